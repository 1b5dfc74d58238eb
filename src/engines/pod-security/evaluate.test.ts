import assert from 'node:assert/strict'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import test from 'node:test'
import type { CheckId, PodCheck } from './check.ts'
import { podChecks } from './checks/index.ts'
import { denialMessage, evaluatePod, messageOf, strictestLevel, violationsOf, warningMessage } from './evaluate.ts'
import { readPod } from './read-pod.ts'
import type { PolicyVersion } from './version.ts'

/** A violation of one check as `reason (detail)`, with the paths; undefined when the check passes or does not run. */
const violationOf = (check: CheckId, pod: { metadata?: object; spec: object }, version: PolicyVersion = 'latest') => {
  const level = podChecks.find((one) => one.id === check)?.level ?? 'baseline'
  const violation = evaluatePod({ level, version }, pod).violations.find((one) => one.check === check)
  return violation && { text: messageOf([violation]), paths: violation.paths }
}

const a = (securityContext: object, more: object = {}) => ({ name: 'a', securityContext, ...more })
const at = (field: string, index = 0) => `spec.containers[${index}].securityContext.${field}`

interface Case {
  readonly check: CheckId
  readonly what: string
  readonly spec: object
  readonly metadata?: object
  readonly version?: PolicyVersion
  readonly text?: string
  readonly paths?: readonly string[]
}

const cases: readonly Case[] = [
  {
    check: 'privileged',
    what: 'containers of all three lists in their visiting order',
    spec: {
      containers: [a({ privileged: true }), { name: 'b' }, { name: 'c', securityContext: { privileged: false } }],
      ephemeralContainers: [{ name: 'e', securityContext: { privileged: true } }],
      initContainers: [{ name: 'i', securityContext: { privileged: true } }],
    },
    text: 'privileged (containers "i", "a", "e" must not set securityContext.privileged=true)',
    paths: [
      'spec.initContainers[0].securityContext.privileged',
      at('privileged'),
      'spec.ephemeralContainers[0].securityContext.privileged',
    ],
  },
  {
    check: 'hostNamespaces',
    what: 'all three, always in the same order',
    spec: { hostIPC: true, hostPID: true, hostNetwork: true },
    text: 'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
    paths: ['spec.hostNetwork', 'spec.hostPID', 'spec.hostIPC'],
  },
  {
    check: 'hostPathVolumes',
    what: 'each hostPath volume, even one that is empty',
    spec: {
      volumes: [
        { name: 'v', hostPath: {} },
        { name: 'e', emptyDir: {} },
        { name: 'w', hostPath: { path: '/' } },
      ],
    },
    text: 'hostPath volumes (volumes "v", "w")',
    paths: ['spec.volumes[0].hostPath', 'spec.volumes[2].hostPath'],
  },
  {
    check: 'hostPorts',
    what: 'host ports, sorted as texts and told once',
    spec: {
      containers: [
        { name: 'a', ports: [{ hostPort: 9 }, { hostPort: 0 }, { hostPort: 10 }] },
        { name: 'b', ports: [{ hostPort: 9 }] },
      ],
    },
    text: 'hostPort (containers "a", "b" use hostPorts 10, 9)',
    paths: [
      'spec.containers[0].ports[0].hostPort',
      'spec.containers[0].ports[2].hostPort',
      'spec.containers[1].ports[0].hostPort',
    ],
  },
  {
    check: 'hostProbesAndHostLifecycle',
    what: 'hosts of probes and handlers, also the local ones, with names sorted and told once',
    spec: {
      containers: [
        { name: 'b', startupProbe: { tcpSocket: { host: 'localhost' } }, livenessProbe: { httpGet: { host: '' } } },
        { name: 'a', lifecycle: { preStop: { httpGet: { host: '127.0.0.1' } } } },
      ],
    },
    text: 'probe or lifecycle host (containers "a", "b" use probe or lifecycle hosts "127.0.0.1", "localhost")',
    paths: ['spec.containers[0].startupProbe.tcpSocket.host', 'spec.containers[1].lifecycle.preStop.httpGet.host'],
  },
  {
    check: 'hostProbesAndHostLifecycle',
    what: 'nothing before 1.34',
    spec: { containers: [{ name: 'a', livenessProbe: { httpGet: { host: 'h' } } }] },
    version: 'v1.33',
  },
  {
    check: 'windowsHostProcess',
    what: 'pod and containers',
    spec: {
      securityContext: { windowsOptions: { hostProcess: true } },
      containers: [a({ windowsOptions: { hostProcess: true } })],
    },
    text: 'hostProcess (pod and container "a" must not set securityContext.windowsOptions.hostProcess=true)',
    paths: ['spec.securityContext.windowsOptions.hostProcess', at('windowsOptions.hostProcess')],
  },
  {
    check: 'capabilities_baseline',
    what: 'what is not a default capability, compared exactly',
    spec: { containers: [a({ capabilities: { add: ['CHOWN', 'chown', 'ALL', 'CAP_CHOWN', 'ALL'] } })] },
    text: 'non-default capabilities (container "a" must not include "ALL", "CAP_CHOWN", "chown" in securityContext.capabilities.add)',
    paths: [at('capabilities.add')],
  },
  {
    check: 'capabilities_restricted',
    what: 'a missing drop and a forbidden add apart, ALL only in capitals',
    spec: {
      containers: [
        a({ capabilities: { drop: ['all'], add: ['NET_BIND_SERVICE'] } }),
        { name: 'b' },
        { name: 'c', securityContext: { capabilities: { drop: ['ALL'], add: ['KILL'] } } },
      ],
    },
    text: 'unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"]; container "c" must not include "KILL" in securityContext.capabilities.add)',
    paths: [at('capabilities.drop'), at('capabilities.drop', 1), at('capabilities.add', 2)],
  },
  {
    check: 'capabilities_restricted',
    what: 'nothing of a Windows pod from 1.25 on',
    spec: { os: { name: 'windows' }, containers: [{ name: 'a' }] },
  },
  {
    check: 'capabilities_restricted',
    what: 'a Windows pod before 1.25',
    spec: { os: { name: 'windows' }, containers: [{ name: 'a' }] },
    version: 'v1.24',
    text: 'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"])',
    paths: [at('capabilities.drop')],
  },
  {
    check: 'allowPrivilegeEscalation',
    what: 'true and unset alike',
    spec: {
      containers: [
        a({ allowPrivilegeEscalation: true }),
        { name: 'b' },
        { name: 'c', securityContext: { allowPrivilegeEscalation: false } },
      ],
    },
    text: 'allowPrivilegeEscalation != false (containers "a", "b" must set securityContext.allowPrivilegeEscalation=false)',
    paths: [at('allowPrivilegeEscalation'), at('allowPrivilegeEscalation', 1)],
  },
  {
    check: 'appArmorProfile',
    what: 'fields and annotations of any suffix, with their quotes as Go writes them',
    metadata: {
      annotations: {
        'container.apparmor.security.beta.kubernetes.io/nobody': 'un"confined\n',
        'container.apparmor.security.beta.kubernetes.io/a': 'runtime/default',
        'container.apparmor.security.beta.kubernetes.io/b': '',
        other: 'unconfined',
      },
    },
    spec: {
      securityContext: { appArmorProfile: {} },
      containers: [
        a({ appArmorProfile: { type: 'Unconfined' } }),
        { name: 'b', securityContext: { appArmorProfile: { type: 'Localhost' } } },
      ],
    },
    text: 'forbidden AppArmor profiles (pod and container "a" and annotation must not set AppArmor profile type to "", "Unconfined", "container.apparmor.security.beta.kubernetes.io/nobody="un\\"confined\\n"")',
    paths: [
      'spec.securityContext.appArmorProfile.type',
      at('appArmorProfile.type'),
      'metadata.annotations["container.apparmor.security.beta.kubernetes.io/nobody"]',
    ],
  },
  {
    check: 'seLinuxOptions',
    what: 'types, users and roles; an empty type and any level pass',
    spec: {
      securityContext: { seLinuxOptions: { type: '', level: 's0', role: 'r' } },
      containers: [
        a({ seLinuxOptions: { type: 'spc_t', user: 'u' } }),
        { name: 'b', securityContext: { seLinuxOptions: { type: 'container_engine_t' } } },
      ],
    },
    text: 'seLinuxOptions (pod and container "a" set forbidden securityContext.seLinuxOptions: type "spc_t"; user may not be set; role may not be set)',
    paths: ['spec.securityContext.seLinuxOptions.role', at('seLinuxOptions.type'), at('seLinuxOptions.user')],
  },
  {
    check: 'seLinuxOptions',
    what: 'container_engine_t before 1.31',
    spec: { securityContext: { seLinuxOptions: { type: 'container_engine_t' } } },
    version: 'v1.30',
    text: 'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
    paths: ['spec.securityContext.seLinuxOptions.type'],
  },
  {
    check: 'procMount',
    what: 'everything but Default, the empty text too',
    spec: { containers: [a({ procMount: '' }), { name: 'b', securityContext: { procMount: 'Default' } }] },
    text: 'procMount (container "a" must not set securityContext.procMount to "")',
    paths: [at('procMount')],
  },
  {
    check: 'procMount',
    what: 'nothing in a user namespace from 1.35 on',
    spec: { hostUsers: false, containers: [a({ procMount: 'Unmasked' })] },
  },
  {
    check: 'procMount',
    what: 'a pod in a user namespace before 1.35',
    spec: { hostUsers: false, containers: [a({ procMount: 'Unmasked' })] },
    version: 'v1.34',
    text: 'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    paths: [at('procMount')],
  },
  {
    check: 'procMount_restricted',
    what: 'a pod in a user namespace all the same',
    spec: { hostUsers: false, containers: [a({ procMount: 'Unmasked' })] },
    text: 'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    paths: [at('procMount')],
  },
  {
    check: 'seccompProfile_baseline',
    what: 'the fields from 1.19 on, and no annotation',
    metadata: { annotations: { 'seccomp.security.alpha.kubernetes.io/pod': 'unconfined' } },
    spec: {
      securityContext: { seccompProfile: { type: 'Localhost' } },
      containers: [a({ seccompProfile: { type: 'Unconfined' } })],
    },
    text: 'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    paths: [at('seccompProfile.type')],
  },
  {
    check: 'seccompProfile_baseline',
    what: 'the annotations of pod and existing containers before 1.19, where the empty text is bad',
    metadata: {
      annotations: {
        'seccomp.security.alpha.kubernetes.io/pod': 'docker/default',
        'container.seccomp.security.alpha.kubernetes.io/a': '',
        'container.seccomp.security.alpha.kubernetes.io/nobody': 'unconfined',
      },
    },
    spec: { containers: [a({ seccompProfile: { type: 'Unconfined' } })] },
    version: 'v1.18',
    text: 'seccompProfile (forbidden annotation container.seccomp.security.alpha.kubernetes.io/a="")',
    paths: ['metadata.annotations["container.seccomp.security.alpha.kubernetes.io/a"]'],
  },
  {
    check: 'seccompProfile_restricted',
    what: 'a forbidden value, and then not also those that set none',
    spec: { containers: [a({ seccompProfile: { type: '' } }), { name: 'b' }] },
    text: 'seccompProfile (container "a" must not set securityContext.seccompProfile.type to "")',
    paths: [at('seccompProfile.type')],
  },
  {
    check: 'seccompProfile_restricted',
    what: 'containers that set none where the pod does not',
    spec: {
      containers: [{ name: 'a' }, { name: 'b', securityContext: { seccompProfile: { type: 'RuntimeDefault' } } }],
    },
    text: 'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    paths: [at('seccompProfile.type')],
  },
  {
    check: 'sysctls',
    what: 'what is not safe, in the order of the pod and as often as it stands there',
    spec: {
      securityContext: {
        sysctls: [
          { name: 'net.core.somaxconn' },
          { name: 'net.ipv4.tcp_rmem' },
          { name: 'kernel.msgmax' },
          { name: 'net.core.somaxconn' },
        ],
      },
    },
    text: 'forbidden sysctls (net.core.somaxconn, kernel.msgmax, net.core.somaxconn)',
    paths: [0, 2, 3].map((index) => `spec.securityContext.sysctls[${index}].name`),
  },
  {
    check: 'sysctls',
    what: 'one that became safe in 1.37, at 1.36',
    spec: { securityContext: { sysctls: [{ name: 'net.ipv4.tcp_notsent_lowat' }] } },
    version: 'v1.36',
    text: 'forbidden sysctls (net.ipv4.tcp_notsent_lowat)',
    paths: ['spec.securityContext.sysctls[0].name'],
  },
  {
    check: 'restrictedVolumes',
    what: 'the type of each volume, and unknown for one without',
    spec: {
      volumes: [
        { name: 'n', nfs: {} },
        { name: 'u' },
        { name: 's', secret: {}, hostPath: {} },
        { name: 'h', hostPath: {} },
      ],
    },
    text: 'restricted volume types (volumes "n", "u", "h" use restricted volume types "hostPath", "nfs", "unknown")',
    paths: ['spec.volumes[0].nfs', 'spec.volumes[1]', 'spec.volumes[3].hostPath'],
  },
  {
    check: 'runAsNonRoot',
    what: 'a false on the pod even where every container says true',
    spec: { securityContext: { runAsNonRoot: false }, containers: [a({ runAsNonRoot: true })] },
    text: 'runAsNonRoot != true (pod must not set securityContext.runAsNonRoot=false)',
    paths: ['spec.securityContext.runAsNonRoot'],
  },
  {
    check: 'runAsNonRoot',
    what: 'containers that say nothing where the pod says nothing',
    spec: { containers: [a({ runAsNonRoot: true }), { name: 'b' }] },
    text: 'runAsNonRoot != true (pod or container "b" must set securityContext.runAsNonRoot=true)',
    paths: [at('runAsNonRoot', 1)],
  },
  { check: 'runAsNonRoot', what: 'nothing in a user namespace', spec: { hostUsers: false, containers: [a({})] } },
  {
    check: 'runAsUser',
    what: 'only 0',
    spec: {
      securityContext: { runAsUser: 0 },
      containers: [a({ runAsUser: 0 }), { name: 'b', securityContext: { runAsUser: -1 } }],
    },
    text: 'runAsUser=0 (pod and container "a" must not set runAsUser=0)',
    paths: ['spec.securityContext.runAsUser', at('runAsUser')],
  },
]

for (const { check, what, spec, metadata, version, text, paths } of cases) {
  test(`${check} finds ${what}`, () => {
    const pod = metadata === undefined ? { spec } : { metadata, spec }
    assert.deepEqual(violationOf(check, pod, version), text === undefined ? undefined : { text, paths })
  })
}

test('every check has a case here', () => {
  const covered = new Set(cases.filter((one) => one.text !== undefined).map((one) => one.check))
  assert.deepEqual(
    podChecks.map((check) => check.id).filter((id) => !covered.has(id)),
    [],
  )
})

test('every file of a check is registered, and the order is upstream: baseline, then restricted, each by bytes', async () => {
  const folder = join(import.meta.dirname, 'checks')
  const found: PodCheck[] = []
  for (const file of readdirSync(folder).filter((name) => name !== 'index.ts' && !name.endsWith('.test.ts'))) {
    const module: Readonly<Record<string, unknown>> = await import(`./checks/${file}`)
    found.push(...podChecks.filter((check) => Object.values(module).includes(check)))
  }
  assert.equal(found.length, podChecks.length)
  const key = (check: PodCheck) => `${check.level === 'baseline' ? 0 : 1}${check.id}`
  const sorted = podChecks.toSorted((one, other) => (key(one) < key(other) ? -1 : 1))
  assert.deepEqual(podChecks, sorted)
})

test('a restricted check takes the place of the baseline one that it overrides, from its first version on', () => {
  const { pod } = readPod(
    {},
    { containers: [a({ capabilities: { add: ['KILL'], drop: ['ALL'] } })], volumes: [{ name: 'v', hostPath: {} }] },
  )
  const ids = (version: PolicyVersion) =>
    violationsOf({ level: 'restricted', version }, pod)
      .map((one) => one.check)
      .filter((id) => /capab|olume/.test(id))
  assert.deepEqual(ids('latest'), ['capabilities_restricted', 'restrictedVolumes'])
  assert.deepEqual(ids('v1.21'), ['restrictedVolumes'])
})

test('nothing is checked at privileged, and a newer version than is known means the newest', () => {
  const spec = { hostPID: true }
  assert.deepEqual(evaluatePod({ level: 'privileged', version: 'latest' }, { spec }), {
    allowed: true,
    violations: [],
    unreadable: [],
  })
  assert.equal(evaluatePod({ level: 'baseline', version: 'v1.99' }, { spec }).allowed, false)
})

test('tells the strictest level that a pod satisfies', () => {
  const good = {
    allowPrivilegeEscalation: false,
    capabilities: { drop: ['ALL'] },
    runAsNonRoot: true,
    seccompProfile: { type: 'RuntimeDefault' },
  }
  const levelOf = (securityContext: object) => strictestLevel(readPod({}, { containers: [a(securityContext)] }).pod)
  assert.deepEqual(
    [levelOf(good), levelOf({}), levelOf({ privileged: true })],
    ['restricted', 'baseline', 'privileged'],
  )
})

test('denies and warns in the words of the API server', () => {
  const policy = { level: 'baseline', version: 'v1.30' } as const
  const { violations } = evaluatePod(policy, { spec: { hostPID: true, containers: [a({ privileged: true })] } })
  const what =
    'PodSecurity "baseline:v1.30": host namespaces (hostPID=true), privileged (container "a" must not set securityContext.privileged=true)'
  assert.equal(denialMessage(policy, violations), `violates ${what}`)
  assert.equal(warningMessage(policy, violations), `would violate ${what}`)
})
