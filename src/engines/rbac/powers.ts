import type { Request } from './types.ts'

/** What somebody who holds a power can do with it. `serviceAccounts` reaches every account of the namespace; `anyone` every identity. */
export type Effect =
  | { readonly kind: 'serviceAccounts' }
  | { readonly kind: 'anyone' }
  | { readonly kind: 'power'; readonly power: string }

/** A request that is worth more than it seems. */
export interface Power {
  readonly id: string
  readonly verb: string
  readonly apiGroup: string
  readonly resource: string
  readonly subresource: string
  /** Asked once for each namespace, or once for the cluster. */
  readonly scope: 'namespace' | 'cluster'
  readonly effect: Effect
  /** Why, for a person. */
  readonly why: string
}

const power = (
  id: string,
  [verb, apiGroup, path]: readonly [string, string, string],
  scope: Power['scope'],
  effect: Effect,
  why: string,
): Power => {
  const [resource = '', subresource = ''] = path.split('/')
  return { id, verb, apiGroup, resource, subresource, scope, effect, why }
}

const accounts: Effect = { kind: 'serviceAccounts' }
const anyone: Effect = { kind: 'anyone' }
const node: Effect = { kind: 'power', power: 'code on nodes' }
const rbac: Effect = { kind: 'power', power: 'any permission' }
const admission: Effect = { kind: 'power', power: 'objects of everyone' }
const guards: Effect = { kind: 'power', power: 'no guards' }
const secrets: Effect = { kind: 'power', power: 'secret values' }

const rbacGroup = 'rbac.authorization.k8s.io'
const admissionGroup = 'admissionregistration.k8s.io'
const podMakers = [
  ['apps', 'deployments'],
  ['apps', 'daemonsets'],
  ['apps', 'statefulsets'],
  ['apps', 'replicasets'],
  ['batch', 'jobs'],
  ['batch', 'cronjobs'],
  ['', 'replicationcontrollers'],
] as const

/**
 * The requests by which one identity becomes another or passes a boundary. Exec, attach and port-forward are asked as
 * `create` and as `get`: over WebSocket they begin as GET, and which of the two an API server checks depends on its age.
 */
export const powers: readonly Power[] = [
  power(
    'create-pods',
    ['create', '', 'pods'],
    'namespace',
    accounts,
    'a pod may run as any service account of its namespace',
  ),
  ...podMakers.map(([group, resource]) =>
    power(
      `create-${resource}`,
      ['create', group, resource],
      'namespace',
      accounts,
      `${resource} make pods that run as any service account of the namespace`,
    ),
  ),
  ...podMakers.map(([group, resource]) =>
    power(
      `patch-${resource}`,
      ['patch', group, resource],
      'namespace',
      accounts,
      `a patched pod template runs as any service account of the namespace`,
    ),
  ),
  power(
    'ephemeral-containers',
    ['patch', '', 'pods/ephemeralcontainers'],
    'namespace',
    accounts,
    'a container put into a running pod reads its token',
  ),
  ...(['create', 'get'] as const).flatMap((verb) =>
    (['exec', 'attach'] as const).map((sub) =>
      power(
        `${verb}-${sub}`,
        [verb, '', `pods/${sub}`],
        'namespace',
        accounts,
        `${sub} runs code as the pod's service account`,
      ),
    ),
  ),
  power(
    'create-tokens',
    ['create', '', 'serviceaccounts/token'],
    'namespace',
    accounts,
    'makes tokens of service accounts',
  ),
  ...(['get', 'list', 'watch'] as const).map((verb) =>
    power(
      `${verb}-secrets`,
      [verb, '', 'secrets'],
      'namespace',
      secrets,
      `${verb} on secrets answers with their values`,
    ),
  ),
  power('impersonate-users', ['impersonate', '', 'users'], 'cluster', anyone, 'acts under any name'),
  power(
    'impersonate-groups',
    ['impersonate', '', 'groups'],
    'cluster',
    anyone,
    'acts as a member of any group, system:masters included',
  ),
  power(
    'impersonate-accounts',
    ['impersonate', '', 'serviceaccounts'],
    'namespace',
    accounts,
    'acts as any service account of the namespace',
  ),
  ...(['roles', 'clusterroles'] as const).flatMap((resource) => [
    power(
      `escalate-${resource}`,
      ['escalate', rbacGroup, resource],
      resource === 'roles' ? 'namespace' : 'cluster',
      rbac,
      `may write permissions into ${resource} that it does not hold`,
    ),
    power(
      `bind-${resource}`,
      ['bind', rbacGroup, resource],
      resource === 'roles' ? 'namespace' : 'cluster',
      rbac,
      `may bind ${resource} that it does not hold`,
    ),
  ]),
  power(
    'approve-csr',
    ['update', 'certificates.k8s.io', 'certificatesigningrequests/approval'],
    'cluster',
    anyone,
    'approves client certificates for any user but the group system:masters',
  ),
  power(
    'node-proxy',
    ['get', '', 'nodes/proxy'],
    'cluster',
    node,
    'reaches the kubelet API, which runs commands in every pod of a node',
  ),
  power(
    'node-proxy-create',
    ['create', '', 'nodes/proxy'],
    'cluster',
    node,
    'reaches the kubelet API, which runs commands in every pod of a node',
  ),
  power('patch-nodes', ['patch', '', 'nodes'], 'cluster', node, 'moves pods by labels and taints'),
  power('patch-node-status', ['patch', '', 'nodes/status'], 'cluster', node, 'moves pods by false node status'),
  power(
    'create-volumes',
    ['create', '', 'persistentvolumes'],
    'cluster',
    node,
    'a hostPath volume reads and writes files of nodes',
  ),
  ...(['create', 'patch', 'update'] as const).flatMap((verb) => [
    power(
      `${verb}-mutating-webhooks`,
      [verb, admissionGroup, 'mutatingwebhookconfigurations'],
      'cluster',
      admission,
      'a mutating webhook reads and changes every object that passes',
    ),
    power(
      `${verb}-mutating-policies`,
      [verb, admissionGroup, 'mutatingadmissionpolicies'],
      'cluster',
      admission,
      'a mutating policy changes every object that passes',
    ),
  ]),
  ...(['patch', 'update', 'delete'] as const).flatMap((verb) => [
    power(
      `${verb}-validating-webhooks`,
      [verb, admissionGroup, 'validatingwebhookconfigurations'],
      'cluster',
      guards,
      'switches off guards of admission',
    ),
    power(
      `${verb}-validating-policies`,
      [verb, admissionGroup, 'validatingadmissionpolicies'],
      'cluster',
      guards,
      'switches off guards of admission',
    ),
  ]),
  power(
    'patch-namespaces',
    ['patch', '', 'namespaces'],
    'cluster',
    guards,
    'changes the Pod Security labels of namespaces',
  ),
]

/** The request that a power stands for, in one namespace (empty: cluster-wide). */
export const requestOf = ({ verb, apiGroup, resource, subresource }: Power, namespace: string): Request => ({
  kind: 'resource',
  verb,
  apiGroup,
  resource,
  subresource,
  namespace,
  name: '',
})
