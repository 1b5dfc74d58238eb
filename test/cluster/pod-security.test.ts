import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import {
  denialMessage,
  type LevelVersion,
  type PolicyVersion,
  readPod,
  remedyFor,
  violationsOf,
  withApiDefaults,
} from '../../src/engines/pod-security/index.ts'
import { findStack } from './build.ts'
import { at } from './client.ts'
import { type Cluster, startCluster } from './cluster.ts'

const stack = await findStack()

const container = (name: string, securityContext: object = {}, more: object = {}) => ({
  name,
  image: 'registry.k8s.io/pause:3.10',
  securityContext,
  ...more,
})
const restrictedContext = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
}
const appArmor = 'container.apparmor.security.beta.kubernetes.io'

interface PodCase {
  readonly what: string
  readonly spec: object
  readonly annotations?: Readonly<Record<string, string>>
}

/** Pods whose verdict or text is easy to get wrong. */
const podCases: readonly PodCase[] = [
  { what: 'nothing set', spec: { containers: [container('a'), container('b')] } },
  { what: 'all that restricted wants', spec: { containers: [container('a', restrictedContext)] } },
  {
    what: 'privileged init container, host namespaces, defaulted and set host ports',
    spec: {
      hostNetwork: true,
      hostPID: true,
      initContainers: [container('i', { privileged: true })],
      containers: [container('a', {}, { ports: [{ containerPort: 9 }, { containerPort: 10, hostPort: 10 }] })],
    },
  },
  {
    what: 'a volume without a source, a hostPath and an nfs',
    spec: {
      containers: [container('a', restrictedContext)],
      volumes: [{ name: 'u' }, { name: 'h', hostPath: { path: '/' } }, { name: 'n', nfs: { server: 's', path: '/p' } }],
    },
  },
  {
    what: 'AppArmor annotations',
    spec: { containers: [container('a', restrictedContext), container('b')] },
    annotations: { [`${appArmor}/a`]: 'unconfined', [`${appArmor}/b`]: 'runtime/default' },
  },
  {
    what: 'profiles, SELinux, sysctls and a host in a probe',
    spec: {
      securityContext: {
        runAsNonRoot: false,
        seccompProfile: { type: 'Unconfined' },
        appArmorProfile: { type: 'Unconfined' },
        seLinuxOptions: { type: 'spc_t', user: 'u' },
        sysctls: [
          { name: 'kernel.shm_rmid_forced', value: '1' },
          { name: 'net.ipv4.tcp_rmem', value: '4096' },
        ],
      },
      containers: [
        container('b', { runAsUser: 0, capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } }),
        container('a', {}, { livenessProbe: { httpGet: { path: '/', port: 80, host: '127.0.0.1' } } }),
      ],
    },
  },
  {
    what: 'a user namespace',
    spec: { hostUsers: false, containers: [container('a', { procMount: 'Unmasked', runAsUser: 0 })] },
  },
  { what: 'Windows', spec: { os: { name: 'windows' }, containers: [container('a', { runAsNonRoot: true })] } },
]

const versions: readonly PolicyVersion[] = ['latest', 'v1.34', 'v1.24', 'v1.18']
const policies: readonly LevelVersion[] = versions.flatMap((version) => [
  { level: 'baseline' as const, version },
  { level: 'restricted' as const, version },
])
const namespaceOf = ({ level, version }: LevelVersion): string => `${level}-${version.replace('.', '-')}`

describe('Pod Security beside a real API server', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let cluster: Cluster
  before(async () => {
    cluster = await startCluster(stack)
    for (const policy of policies) {
      const labels = {
        'pod-security.kubernetes.io/enforce': policy.level,
        'pod-security.kubernetes.io/enforce-version': policy.version,
      }
      await cluster.admin.post('/api/v1/namespaces', { metadata: { name: namespaceOf(policy), labels } })
    }
  })
  after(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  for (const { what, spec, annotations } of podCases) {
    test(`says of a pod with ${what} what the API server says, at every level and version`, async () => {
      for (const policy of policies) {
        const metadata = { name: 'p', annotations: { ...annotations } }
        const answer = await cluster.admin.post(`/api/v1/namespaces/${namespaceOf(policy)}/pods?dryRun=All`, {
          metadata,
          spec,
        })
        const violations = violationsOf(policy, withApiDefaults(readPod(metadata, spec).pod, 'Pod'))
        assert.deepEqual(
          answer.status === 201 ? 'allowed' : at(answer.body, 'message'),
          violations.length === 0 ? 'allowed' : `pods "p" is forbidden: ${denialMessage(policy, violations)}`,
        )
      }
    })
  }

  test('refuses with the API server an object with a field of a wrong type', async () => {
    const spec = { containers: [container('a', { privileged: 'true' })] }
    const answer = await cluster.admin.post('/api/v1/namespaces/default/pods?dryRun=All', {
      metadata: { name: 'p' },
      spec,
    })
    assert.equal(answer.status, 400)
    assert.deepEqual(
      readPod({}, spec).unreadable.map((field) => field.path),
      ['spec.containers[0].securityContext.privileged'],
    )
  })

  test('a remedy, applied by the API server, brings the pods of a workload to the level', async () => {
    const selector = { matchLabels: { app: 'a' } }
    for (const [index, { spec, annotations, what }] of podCases.entries()) {
      const template = { metadata: { labels: { app: 'a' }, annotations: { ...annotations } }, spec }
      const path = '/apis/apps/v1/namespaces/default/deployments'
      const made = await cluster.admin.post(path, { metadata: { name: `d${index}` }, spec: { selector, template } })
      assert.equal(made.status, 201, `${what}: ${JSON.stringify(made.body)}`)
      const policy = { level: 'restricted', version: 'latest' } as const
      const stored = at(made.body, 'spec', 'template')
      const { patch, unmendable } = remedyFor(policy, { metadata: at(stored, 'metadata'), spec: at(stored, 'spec') })
      const type = 'application/strategic-merge-patch+json'
      const patched = await cluster.admin.patch(`${path}/d${index}`, { spec: { template: patch ?? {} } }, type)
      assert.equal(patched.status, 200, `${what}: ${JSON.stringify(patched.body)}`)
      const after = at(patched.body, 'spec', 'template')
      const pod = {
        metadata: { name: 'p', annotations: at(after, 'metadata', 'annotations') },
        spec: at(after, 'spec'),
      }
      const answer = await cluster.admin.post(`/api/v1/namespaces/${namespaceOf(policy)}/pods?dryRun=All`, pod)
      assert.equal(
        answer.status === 201,
        unmendable.length === 0,
        `${what}: ${JSON.stringify(at(answer.body, 'message'))}`,
      )
    }
  })
})
