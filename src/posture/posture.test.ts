import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../model/json.ts'
import type { NamespacePosture } from '../model/posture.ts'
import { ClusterState } from '../state/cluster-state.ts'
import { type SampleObject, sampleObject } from '../state/fixture.ts'
import { clusterView } from './cluster-view.ts'
import { Posture, type PostureOptions } from './posture.ts'
import { workloadDetail } from './workload-detail.ts'

const safe = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  runAsNonRoot: true,
  seccompProfile: { type: 'RuntimeDefault' },
}
const container = (name: string, securityContext: JsonObject): JsonObject => ({
  name,
  image: 'shop/web:1',
  securityContext,
})
const restricted: JsonObject = { containers: [container('web', safe)] }
const baseline: JsonObject = { containers: [container('web', { ...safe, runAsNonRoot: null })] }
const privileged: JsonObject = { containers: [container('web', { ...safe, privileged: true })] }

const apps = (kind: string, name: string, podSpec: JsonObject, namespace = 'shop'): SampleObject => ({
  apiVersion: 'apps/v1',
  kind,
  namespace,
  name,
  rest: { spec: { replicas: 1, template: { spec: podSpec } } },
})
const replicaSet = (podSpec: JsonObject): SampleObject => ({
  ...apps('ReplicaSet', 'web-1', podSpec),
  owner: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
})
const pod = (name: string, podSpec: JsonObject, phase = 'Running'): SampleObject => ({
  kind: 'Pod',
  namespace: 'shop',
  name,
  owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-1' },
  rest: { spec: podSpec, status: { phase } },
})
const namespace = (name: string, labels: Readonly<Record<string, string>> = {}): SampleObject => ({
  kind: 'Namespace',
  name,
  labels,
})
const web = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }
const enforce = (level: string) => ({ 'pod-security.kubernetes.io/enforce': level })

class Cluster {
  readonly state = new ClusterState()
  readonly posture: Posture
  constructor(samples: readonly SampleObject[], options: PostureOptions = {}) {
    for (const sample of samples) this.state.apply(sampleObject(sample))
    this.posture = new Posture(this.state, options)
  }
  apply(sample: SampleObject): void {
    this.posture.apply(this.state.apply(sampleObject(sample)))
  }
  told(): readonly string[] {
    return this.posture
      .assessments()
      .flatMap(({ findings }) => findings.map(({ check, message }) => `${check}: ${message}`))
  }
  namespace(name: string): NamespacePosture | undefined {
    return this.posture.namespaces().find((one) => one.name === name)
  }
}

test('tells a fault of a template once, however many pods have it', () => {
  const cluster = new Cluster([
    apps('Deployment', 'web', privileged),
    replicaSet(privileged),
    pod('web-1-a', privileged),
    pod('web-1-b', privileged),
  ])
  assert.deepEqual(cluster.posture.assessments(), [
    {
      workload: web,
      level: 'privileged',
      pods: 2,
      findings: [
        {
          id: 'pod-security/privileged:apps/Deployment/shop/web',
          check: 'pod-security/privileged',
          title: 'Privileged container',
          severity: 'critical',
          object: web,
          message: 'privileged (container "web" must not set securityContext.privileged=true)',
          paths: ['spec.template.spec.containers[0].securityContext.privileged'],
          remediation: 'Set securityContext.privileged to false, and add only the capabilities that are needed.',
          reference: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline',
        },
      ],
    },
  ])
})

test('tells what running pods have and their template has not, grouped over the pods', () => {
  const cluster = new Cluster([
    apps('Deployment', 'web', restricted),
    replicaSet(restricted),
    ...['a', 'b', 'c', 'd'].map((name) => pod(`web-1-${name}`, privileged)),
    pod('web-1-e', restricted),
  ])
  assert.deepEqual(cluster.told(), [
    'pod-security/privileged: privileged (container "web" must not set securityContext.privileged=true), in 4 running pods (web-1-a, web-1-b, web-1-c, …)',
  ])
  assert.equal(cluster.posture.assessment(web)?.level, 'privileged')
  assert.deepEqual(cluster.posture.assessment(web)?.findings[0]?.paths, [
    'spec.containers[0].securityContext.privileged',
  ])
})

test('does not tell a fault of a template again because an injected container has another', () => {
  const injected = { containers: [container('web', { ...safe, privileged: true }), container('proxy', safe)] }
  const cluster = new Cluster([apps('Deployment', 'web', privileged), replicaSet(privileged), pod('web-1-a', injected)])
  assert.equal(cluster.told().length, 1)
})

test('finds a privileged debug container that was put into a running pod', () => {
  const debugged = { ...restricted, ephemeralContainers: [container('debug', { ...safe, privileged: true })] }
  const cluster = new Cluster([apps('Deployment', 'web', restricted), replicaSet(restricted), pod('web-1-a', debugged)])
  assert.deepEqual(cluster.told(), [
    'pod-security/privileged: privileged (container "debug" must not set securityContext.privileged=true), in running pod web-1-a',
  ])
})

test('pods that ended count for nothing', () => {
  const cluster = new Cluster([
    apps('Deployment', 'web', restricted),
    replicaSet(restricted),
    pod('web-1-a', privileged, 'Succeeded'),
    pod('web-1-b', privileged, 'Failed'),
  ])
  assert.deepEqual(cluster.posture.rows(), [
    { workload: web, level: 'restricted', pods: 0, findings: { info: 0, low: 0, medium: 0, high: 0, critical: 0 } },
  ])
})

test('a workload whose own object is not seen is judged by what stands below it', () => {
  const cluster = new Cluster([replicaSet(baseline)])
  assert.deepEqual(
    cluster.posture.rows().map(({ workload, level }) => ({ workload, level })),
    [{ workload: web, level: 'baseline' }],
  )
})

test('a pod that cannot be read is never fine', () => {
  const broken = { containers: [{ name: 'web', securityContext: { ...safe, privileged: 'true' } }] }
  const cluster = new Cluster([apps('Deployment', 'web', broken)])
  assert.deepEqual(cluster.told(), [
    'pod-security/unreadable: spec.containers[0].securityContext.privileged is the text "true", not true or false',
  ])
  assert.equal(cluster.posture.assessment(web)?.level, 'privileged')
})

test('a namespace could enforce the level of its mildest workload, and names who keeps it from the next', () => {
  const cluster = new Cluster([
    namespace('shop', enforce('baseline')),
    apps('Deployment', 'web', restricted),
    apps('StatefulSet', 'db', baseline),
    apps('DaemonSet', 'log', baseline),
    namespace('empty'),
  ])
  assert.deepEqual(cluster.posture.namespaces(), [
    {
      name: 'shop',
      enforce: 'baseline',
      enforceVersion: 'latest',
      audit: 'privileged',
      warn: 'baseline',
      unlabelled: false,
      labelError: '',
      possible: 'baseline',
      blockers: [
        { group: 'apps', kind: 'StatefulSet', namespace: 'shop', name: 'db' },
        { group: 'apps', kind: 'DaemonSet', namespace: 'shop', name: 'log' },
      ],
      exempt: '',
      workloads: 3,
      pods: 0,
      findings: { info: 0, low: 0, medium: 2, high: 0, critical: 0 },
      lastChange: '1970-01-01T00:00:00.000001Z',
    },
    {
      name: 'empty',
      enforce: 'privileged',
      enforceVersion: 'latest',
      audit: 'privileged',
      warn: 'privileged',
      unlabelled: true,
      labelError: '',
      possible: 'restricted',
      blockers: [],
      exempt: '',
      workloads: 0,
      pods: 0,
      findings: { info: 0, low: 0, medium: 0, high: 0, critical: 0 },
      lastChange: '1970-01-01T00:00:00.000001Z',
    },
  ])
})

test('a running pod older than its template keeps the namespace from the level of the template', () => {
  const cluster = new Cluster([apps('Deployment', 'web', restricted), replicaSet(restricted), pod('web-1-a', baseline)])
  assert.equal(cluster.namespace('shop')?.possible, 'baseline')
})

test('says when labels cannot be read, when the namespace is not seen, and when it is exempt', () => {
  const cluster = new Cluster(
    [namespace('typo', enforce('Restricted')), apps('Deployment', 'web', restricted, 'unseen')],
    { exempt: (name) => (name === 'typo' ? 'told by the audit log' : '') },
  )
  const facts = cluster.posture
    .namespaces()
    .map(({ name, enforce, unlabelled, labelError, exempt }) => [name, enforce, unlabelled, labelError, exempt])
  assert.deepEqual(facts.sort(), [
    [
      'typo',
      'restricted',
      false,
      'pod-security.kubernetes.io/enforce: "Restricted" must be one of privileged, baseline, restricted',
      'told by the audit log',
    ],
    ['unseen', 'privileged', false, 'the Namespace itself is not seen, so that its labels are not known', ''],
  ])
})

test('a change re-checks only what it touches', () => {
  const names = Array.from({ length: 50 }, (_, index) => `app-${index}`)
  const cluster = new Cluster([
    namespace('shop'),
    namespace('other'),
    ...names.map((name) => apps('Deployment', name, baseline)),
    ...names.map((name) => apps('Deployment', name, baseline, 'other')),
    apps('Deployment', 'web', restricted),
    replicaSet(restricted),
    pod('web-1-a', restricted),
    pod('web-1-b', restricted),
  ])
  const work = (change: SampleObject): object => {
    cluster.posture.namespaces()
    const before = cluster.posture.work
    cluster.apply(change)
    cluster.posture.namespaces()
    const { judged, assessed, namespaces } = cluster.posture.work
    return {
      judged: judged - before.judged,
      assessed: assessed - before.assessed,
      namespaces: namespaces - before.namespaces,
    }
  }
  assert.deepEqual(work({ kind: 'ConfigMap', namespace: 'elsewhere', name: 'a' }), {
    judged: 0,
    assessed: 0,
    namespaces: 1,
  })
  assert.deepEqual(work({ ...pod('web-1-a', privileged), resourceVersion: '2' }), {
    judged: 1,
    assessed: 1,
    namespaces: 1,
  })
  assert.equal(cluster.namespace('shop')?.possible, 'privileged')
  assert.deepEqual(work({ ...pod('web-1-a', privileged), change: 'deleted' }), {
    judged: 0,
    assessed: 1,
    namespaces: 1,
  })
  assert.equal(cluster.namespace('shop')?.possible, 'baseline')
  assert.deepEqual(work({ ...apps('Deployment', 'app-7', privileged), resourceVersion: '2' }), {
    judged: 1,
    assessed: 1,
    namespaces: 1,
  })
  assert.deepEqual(work({ ...namespace('other', enforce('baseline')), resourceVersion: '2' }), {
    judged: 0,
    assessed: 0,
    namespaces: 1,
  })
})

test('what changes one by one ends as what is built at once', () => {
  const steps = [
    pod('web-1-a', privileged),
    replicaSet(restricted),
    apps('Deployment', 'web', restricted),
    pod('web-1-b', baseline),
    apps('StatefulSet', 'db', baseline),
    { ...apps('StatefulSet', 'db', baseline), change: 'deleted' as const },
    namespace('shop', enforce('baseline')),
    { ...pod('web-1-a', privileged), change: 'deleted' as const },
  ]
  const grown = new Cluster([])
  for (const step of steps) {
    grown.apply(step)
    const built = new Posture(grown.state)
    const facts = (posture: Posture) => ({
      counts: posture.counts(),
      namespaces: posture.namespaces(),
      assessments: posture.assessments(),
    })
    assert.deepEqual(facts(grown.posture), facts(built))
  }
})

test('shows what stands below a workload, without ReplicaSets that are scaled to nothing', () => {
  const former = { ...replicaSet(baseline), name: 'web-0', rest: { spec: { replicas: 0 } } }
  const { state, posture } = new Cluster([
    apps('Deployment', 'web', restricted),
    replicaSet(restricted),
    former,
    pod('web-1-a', restricted),
  ])
  const assessment = posture.assessment(web)
  assert.ok(assessment)
  assert.deepEqual(workloadDetail(state, assessment).tree, [
    {
      group: 'apps',
      version: 'v1',
      kind: 'ReplicaSet',
      name: 'web-1',
      phase: '',
      children: [{ group: '', version: 'v1', kind: 'Pod', name: 'web-1-a', phase: 'Running', children: [] }],
    },
  ])
})

test('shows each object once, though all of them claim to own each other', () => {
  const names = Array.from({ length: 30 }, (_, index) => `web-${index}`)
  const owner = { apiVersion: 'v1', kind: 'Pod', name: 'web', uid: 'same' }
  const { posture } = new Cluster(names.map((name) => ({ ...pod(name, restricted), uid: 'same', owner })))
  const tree = clusterView(posture, 1, []).ownedBy({ group: '', kind: 'Pod', namespace: 'shop', name: 'web-0' })
  assert.deepEqual(tree.map(({ name }) => name).sort(), names.slice(1).sort())
})

const patches: readonly (readonly [string, JsonObject, JsonObject | undefined])[] = [
  ['to the next level', baseline, { spec: { securityContext: { runAsNonRoot: true } } }],
  ['when the strictest is reached: none', restricted, undefined],
  [
    'when no setting mends it: none',
    { ...restricted, volumes: [{ name: 'host', hostPath: { path: '/' } }] },
    undefined,
  ],
]
for (const [name, spec, patch] of patches) {
  test(`gives the patch ${name}`, () => {
    const { state, posture } = new Cluster([apps('Deployment', 'web', spec)])
    const assessment = posture.assessment(web)
    assert.ok(assessment)
    assert.deepEqual(workloadDetail(state, assessment).patch, patch)
  })
}
