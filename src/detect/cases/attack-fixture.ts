/**
 * What rules find in the recording that ships with the repository (recordings/README.md), as detections for tests: the
 * nine steps of its attack, and the ordinary acts that look alike.
 */
import type { Detection } from '../../model/detection.ts'
import { type SampleDetection, sampleDetection } from './fixture.ts'

export const deployer = 'system:serviceaccount:ci:deployer'
const addonManager = 'system:serviceaccount:kube-system:addon-manager'
const abroad = '198.51.100.23'
const spaces = ['ci', 'shop', 'payments', 'monitoring', 'kube-system']

const thief = (sample: SampleDetection): SampleDetection => ({
  principal: deployer,
  sourceIp: abroad,
  userAgent: 'python-requests/2.32.3',
  ...sample,
})
const exec = (at: number, namespace: string, name: string): SampleDetection =>
  thief({
    rule: 'exec',
    title: 'Commands run in a pod',
    severity: 'medium',
    tags: ['attack.execution', 'attack.t1609'],
    minute: at,
    verb: 'create',
    target: { resource: 'pods', subresource: 'exec', namespace, name },
  })
const hostPod = (at: number, namespace: string, refused: boolean): SampleDetection =>
  thief({
    rule: 'privileged-pod',
    title: 'Privileged pod made',
    severity: 'high',
    tags: ['attack.privilege-escalation', 'attack.t1611'],
    minute: at,
    verb: 'create',
    refused,
    target: { resource: 'pods', namespace, name: 'runner-cache-warmer' },
  })

const steps: readonly SampleDetection[] = [
  // 1: probes without credentials
  ...Array.from({ length: 23 }, (_, n) => ({
    rule: 'anonymous-probe',
    title: 'Anonymous requests',
    severity: 'high' as const,
    tags: ['attack.discovery', 'attack.t1613'],
    minute: 14.2 + n * 0.02,
    principal: 'system:anonymous',
    sourceIp: '198.51.100.66',
    userAgent: 'zgrab/0.x',
    refused: true,
  })),
  // 2: a stolen token looks around
  ...spaces.flatMap((namespace, n) => [
    thief({
      rule: 'self-review',
      title: 'Own permissions asked for',
      severity: 'low',
      tags: ['attack.discovery', 'attack.t1069'],
      minute: 16.6 + n * 0.025,
      verb: 'create',
      target: { group: 'authorization.k8s.io', resource: 'selfsubjectrulesreviews' },
    }),
    thief({
      rule: 'pod-lists',
      title: 'Pods listed in many namespaces',
      severity: 'info',
      tags: ['attack.discovery', 'attack.t1613'],
      minute: 16.8 + n * 0.02,
      verb: 'list',
      target: { resource: 'pods', namespace },
    }),
  ]),
  // 3: Secrets by guessed names
  ...Array.from({ length: 155 }, (_, n) =>
    thief({
      rule: 'refused-secret',
      title: 'Refused reads of Secrets',
      severity: 'medium',
      tags: ['attack.credential-access', 'attack.t1552.007'],
      minute: 18.1 + n * 0.005,
      refused: true,
      verb: n % 31 === 0 ? 'list' : 'get',
      target: {
        resource: 'secrets',
        namespace: spaces[Math.floor(n / 31)] ?? '',
        name: n % 31 === 0 ? '' : `guess-${n % 31}`,
      },
    }),
  ),
  // 4: commands in pods
  exec(20.6, 'shop', 'web-7d9f8c6b5d-x2k4z'),
  exec(20.7, 'shop', 'web-7d9f8c6b5d-x2k4z'),
  exec(20.86, 'payments', 'api-5c9f8b7d64-bcdfg'),
  // 5: a pod that is the node
  hostPod(22.3, 'payments', true),
  hostPod(22.37, 'shop', true),
  hostPod(22.44, 'ci', false),
  exec(22.5, 'ci', 'runner-cache-warmer'),
  // 6: as somebody else
  {
    rule: 'cluster-admin',
    title: 'Binding to cluster-admin made',
    severity: 'critical',
    tags: ['attack.privilege-escalation', 'attack.t1098.006'],
    minute: 24.4,
    verb: 'create',
    principal: addonManager,
    sourceIp: abroad,
    userAgent: 'curl/8.5.0',
    grants: [deployer],
    target: {
      group: 'rbac.authorization.k8s.io',
      resource: 'clusterrolebindings',
      name: 'system-metrics-aggregator',
    },
  },
  // 7: every Secret
  thief({
    rule: 'secret-lists',
    title: 'All Secrets listed',
    severity: 'high',
    tags: ['attack.credential-access', 'attack.t1552.007'],
    minute: 25.2,
    verb: 'list',
    target: { resource: 'secrets' },
  }),
  ...['database', 'stripe'].map((name, n) =>
    thief({
      rule: 'secret-read',
      title: 'Secret read by a person or from outside',
      severity: 'low',
      tags: ['attack.credential-access', 'attack.t1552.007'],
      minute: 25.25 + n * 0.03,
      target: { resource: 'secrets', namespace: 'payments', name },
    }),
  ),
  // 8: traces removed
  thief({
    rule: 'pod-deleted',
    title: 'Pod deleted',
    severity: 'info',
    tags: [],
    minute: 26.5,
    verb: 'delete',
    target: { resource: 'pods', namespace: 'ci', name: 'runner-cache-warmer' },
  }),
  ...['ci', 'shop', 'payments'].map((namespace, n) =>
    thief({
      rule: 'events-deleted',
      title: 'Events deleted',
      severity: 'high',
      tags: ['attack.defense-evasion', 'attack.t1070'],
      minute: 26.55 + n * 0.03,
      verb: 'deletecollection',
      target: { resource: 'events', namespace },
    }),
  ),
  // 9: the token is worth nothing any more
  ...[0, 1, 2].map((n) => ({
    rule: 'unauthorized',
    title: 'Credentials refused',
    severity: 'low' as const,
    tags: [],
    minute: 29.2 + n * 0.07,
    sourceIp: abroad,
    userAgent: 'python-requests/2.32.3',
    refused: true,
    code: 401,
    verb: 'list',
    target: { resource: 'pods', namespace: 'payments' },
  })),
]

/** By the order of the attack. */
export const attackRules: readonly string[] = [...new Set(steps.map(({ rule }) => rule))]

const dave = { principal: 'dave@shop.example', sourceIp: '10.20.9.88' }
const alice = { principal: 'alice@shop.example', sourceIp: '10.20.4.17' }
const carol = { principal: 'carol@shop.example', sourceIp: '10.20.7.5' }

const ordinary: readonly SampleDetection[] = [
  {
    ...dave,
    rule: 'refused-secret',
    title: 'Refused reads of Secrets',
    minute: 7.2,
    refused: true,
    target: { resource: 'secrets', namespace: 'payments', name: 'database' },
  },
  {
    ...alice,
    rule: 'binding',
    severity: 'low',
    minute: 8.65,
    verb: 'create',
    grants: ['dave'],
    target: { group: 'rbac.authorization.k8s.io', resource: 'rolebindings', namespace: 'dev', name: 'config-reader' },
  },
  {
    ...alice,
    rule: 'debug',
    title: 'Ephemeral container added',
    minute: 12.8,
    verb: 'patch',
    target: {
      resource: 'pods',
      subresource: 'ephemeralcontainers',
      namespace: 'shop',
      name: 'search-5c9f8b7d64-zzzzz',
    },
  },
  ...[0, 1, 2, 3].map((n) => ({
    ...carol,
    rule: 'eviction',
    severity: 'low' as const,
    minute: 15.5 + n * 0.1,
    verb: 'create',
    target: { resource: 'pods', subresource: 'eviction', namespace: 'shop', name: `web-7d9f8c6b5d-222${n + 2}4` },
  })),
  {
    ...dave,
    rule: 'exec',
    title: 'Commands run in a pod',
    minute: 19.3,
    verb: 'create',
    target: { resource: 'pods', subresource: 'exec', namespace: 'dev', name: 'dave-shell' },
  },
  ...[0, 1, 2].map((n) => ({
    rule: 'scaled',
    severity: 'medium' as const,
    minute: 8.3 + n * 3,
    verb: 'update',
    principal: 'system:serviceaccount:kube-system:horizontal-pod-autoscaler',
    sourceIp: '127.0.0.1',
    target: { group: 'apps', resource: 'deployments', subresource: 'scale', namespace: 'shop', name: 'web' },
  })),
  {
    ...alice,
    rule: 'binding',
    severity: 'low',
    minute: 23.1,
    verb: 'create',
    target: { group: 'rbac.authorization.k8s.io', resource: 'rolebindings', namespace: 'monitoring', name: 'view' },
  },
]

/** Not of the attack, but about it: somebody takes the binding away. */
const response: SampleDetection = {
  ...carol,
  rule: 'binding-deleted',
  severity: 'medium',
  minute: 28.7,
  verb: 'delete',
  target: {
    group: 'rbac.authorization.k8s.io',
    resource: 'clusterrolebindings',
    name: 'system-metrics-aggregator',
  },
}

export const attackDetections: readonly Detection[] = steps.map(sampleDetection)
export const ordinaryDetections: readonly Detection[] = ordinary.map(sampleDetection)
/** Both, in order of time. */
export const halfHour: readonly Detection[] = [
  ...attackDetections,
  ...ordinaryDetections,
  sampleDetection(response),
].sort((a, b) => a.time - b.time || (a.id < b.id ? -1 : 1))
