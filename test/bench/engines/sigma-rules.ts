/**
 * Sigma rules as people write them for Kubernetes' audit log, always the same: verbs, resources, subresources, namespaces,
 * users and user agents; parts of bodies by contains, startswith and regular expressions; exceptions; keywords. Most name
 * a verb and a resource, as upstream's do; one in ten names neither.
 */
export const sigmaRules = (count: number): string => {
  const random = sequence(20_260_101)
  return Array.from({ length: count }, (_, index) => ruleText(index, random)).join('')
}

type Random = <T>(values: readonly T[]) => T

const ruleText = (index: number, random: Random): string => {
  const selection = index % 10 === 9 ? random(unbound)(random) : bound(random)
  const [filter, condition] =
    random([0, 1, 2]) === 0
      ? [`  filter:\n    ${random(exceptions)}\n`, 'selection and not filter']
      : index % 29 === 3
        ? [`  keywords: [${random(words)}, ${random(words)}]\n`, 'selection and keywords']
        : ['', 'selection']
  return `---
title: Variant ${index}
id: 00000000-0000-4000-8000-${String(index).padStart(12, '0')}
status: test
level: ${random(['low', 'medium', 'high'])}
logsource: {product: kubernetes, service: audit}
detection:
  selection:
${selection.map((line) => `    ${line}\n`).join('')}${filter}  condition: ${condition}
`
}

const bound = (random: Random): readonly string[] => {
  const [resource, subresource] = random(targets)
  const lines = [`verb: ${random(verbs)}`, `objectRef.resource: ${resource}`]
  if (subresource !== undefined) lines.push(`objectRef.subresource: ${subresource}`)
  if (random([0, 1, 2]) === 0) lines.push(`objectRef.namespace: ${random(namespaces)}`)
  const parts = bodies[resource] ?? (random([0, 1]) === 0 ? anyBody : [])
  if (parts.length > 0 && subresource === undefined && random([0, 1, 2]) < 2) lines.push(random(parts))
  return lines
}

const verbs = [
  'create',
  'delete',
  '[create, update, patch]',
  '[update, patch]',
  '[get, list]',
  'list',
  '[delete, deletecollection]',
  '[create, get]',
] as const

const targets: readonly (readonly [resource: string, subresource?: string])[] = [
  ['pods'],
  ['pods'],
  ['pods'],
  ['pods'],
  ['pods', 'exec'],
  ['pods', '[attach, portforward]'],
  ['pods', 'ephemeralcontainers'],
  ['deployments'],
  ['deployments'],
  ['daemonsets'],
  ['statefulsets'],
  ['cronjobs'],
  ['secrets'],
  ['secrets'],
  ['configmaps'],
  ['configmaps'],
  ['services'],
  ['serviceaccounts'],
  ['serviceaccounts', 'token'],
  ['roles'],
  ['rolebindings'],
  ['clusterroles'],
  ['clusterrolebindings'],
  ['namespaces'],
  ['nodes', 'proxy'],
  ['events'],
  ['networkpolicies'],
  ['validatingwebhookconfigurations'],
  ['certificatesigningrequests', 'approval'],
]

const namespaces = ['kube-system', '[kube-system, kube-public]', 'default', 'monitoring', "'prod-*'", 'shop'] as const

const containers = (prefix: string): readonly string[] => [
  `${prefix}.containers.securityContext.privileged: true`,
  `${prefix}.containers.image|contains: [xmrig, kinsing, monero]`,
  `${prefix}.containers.image|startswith: [docker.io/, quay.io/]`,
  `${prefix}.containers.image|re: ':(latest|dev|v?0\\.[0-9]+)$'`,
  `${prefix}.containers.command|contains|all: [bash, -c]`,
  `${prefix}.containers.args|re: '(curl|wget)\\s+https?://'`,
  `${prefix}.containers.env.name|endswith: [_TOKEN, _PASSWORD]`,
  `${prefix}.volumes.hostPath.path|startswith: [/etc, /var/run, /root]`,
  `${prefix}.hostNetwork: true`,
  `${prefix}.serviceAccountName: [default, admin]`,
]

const anyBody = [
  "requestObject.metadata.name|startswith: 'kube-'",
  'requestObject.metadata.labels.app|contains: miner',
  "user.username|re: '^system:serviceaccount:[a-z-]+:default$'",
] as const

const bodies: Readonly<Record<string, readonly string[]>> = {
  pods: containers('requestObject.spec'),
  deployments: containers('requestObject.spec.template.spec'),
  daemonsets: containers('requestObject.spec.template.spec'),
  cronjobs: containers('requestObject.spec.jobTemplate.spec.template.spec'),
  configmaps: ['objectRef.name: [aws-auth, coredns]', "requestObject.data.*|contains: 'BEGIN RSA'"],
  rolebindings: [
    'requestObject.roleRef.name: [cluster-admin, admin, edit]',
    "requestObject.subjects.name|contains: 'anonymous'",
  ],
  clusterrolebindings: [
    'requestObject.roleRef.name: cluster-admin',
    "requestObject.subjects.name|startswith: 'system:'",
  ],
  clusterroles: ["requestObject.rules.verbs: '*'", 'requestObject.rules.resources|contains: secrets'],
  services: ['requestObject.spec.type: [NodePort, LoadBalancer]', "requestObject.spec.externalIPs: '*'"],
}

const unbound: readonly ((random: Random) => readonly string[])[] = [
  (random) => [`userAgent|contains: ${random(['[kdigger, peirates]', 'python-requests', '[curl, wget]', 'nmap'])}`],
  (random) => [`responseStatus.code: ${random(['403', '[401, 403]', '500'])}`, `verb: ${random(verbs)}`],
  (random) => ["user.username: 'system:anonymous'", `responseStatus.code: ${random(['200', '[200, 201]'])}`],
  (random) => [`requestURI|contains: ${random(["'%2fbin%2fsh'", "'/proxy/'", "'command=bash'"])}`],
  (random) => [`requestURI|re: '${random(['/namespaces/kube-[a-z]+/secrets', 'exec\\?command=(ba)?sh'])}'`],
  (random) => [`sourceIPs|cidr: ${random(['192.0.2.0/24', '203.0.113.0/24'])}`],
  (random) => [
    `annotations.authorization.k8s.io/decision: forbid`,
    `user.groups: ${random(['dev', 'system:masters'])}`,
  ],
  (random) => [`impersonatedUser.username|startswith: '${random(['system:', 'admin'])}'`],
]

const exceptions = [
  "user.username|startswith: 'system:'",
  "user.username: ['system:kube-controller-manager', 'system:kube-scheduler']",
  "user.username|startswith: 'system:serviceaccount:kube-system:'",
  'user.groups: system:masters',
  'objectRef.namespace: [kube-system, argocd]',
  "userAgent|startswith: 'kube-controller-manager/'",
] as const

const words = ['xmrig', 'stratum', 'nsenter', 'mimikatz', '/dev/tcp', 'base64', 'chroot'] as const

/** Lehmer's numbers: the same choices in every run. */
const sequence = (seed: number): Random => {
  let state = seed
  return (values) => {
    state = (state * 48_271) % 0x7fff_ffff
    const value = values[state % values.length]
    if (value === undefined) throw new RangeError('there is nothing to choose from')
    return value
  }
}
