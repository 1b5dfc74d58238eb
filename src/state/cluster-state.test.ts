import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { WorkloadRef } from '../model/finding.ts'
import { type ObjectVersion, objectKey } from '../model/object.ts'
import { ClusterState, stateOf } from './cluster-state.ts'
import { type SampleObject, sampleObject } from './fixture.ts'

const deployment: SampleObject = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }
const replicaSet: SampleObject = {
  apiVersion: 'apps/v1',
  kind: 'ReplicaSet',
  namespace: 'shop',
  name: 'web-5d8',
  owner: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
}
const pod: SampleObject = {
  kind: 'Pod',
  namespace: 'shop',
  name: 'web-5d8-x',
  owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-5d8' },
}
const web: WorkloadRef = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }
const podName = { group: '', kind: 'Pod', namespace: 'shop', name: 'web-5d8-x' }

const state = (...samples: readonly SampleObject[]): ClusterState => {
  const made = new ClusterState()
  for (const sample of samples) made.apply(sampleObject(sample))
  return made
}
const names = (versions: Iterable<ObjectVersion>): readonly string[] =>
  Array.from(versions, (v) => objectKey(v.ref)).sort()
const rvOf = (made: ClusterState): string | undefined => made.get(podName)?.resourceVersion

test('keeps the newest version of an object, and ignores older and repeated ones of the same uid', () => {
  const made = state({ ...pod, resourceVersion: '10' })
  assert.equal(made.apply(sampleObject({ ...pod, resourceVersion: '9' })).kind, 'ignored')
  assert.equal(made.apply(sampleObject({ ...pod, resourceVersion: '10' })).kind, 'ignored')
  assert.equal(made.apply(sampleObject({ ...pod, resourceVersion: '100' })).kind, 'modified')
  assert.equal(rvOf(made), '100')
})

test('takes versions whose resourceVersion is no number in the order in which they come', () => {
  const made = state({ ...pod, resourceVersion: 'b' })
  assert.equal(made.apply(sampleObject({ ...pod, resourceVersion: 'a' })).kind, 'modified')
  assert.equal(rvOf(made), 'a')
})

test('an object that was made again under its old name replaces the old one, whatever its resourceVersion', () => {
  const made = state({ ...pod, uid: 'old', resourceVersion: '50' }, { ...pod, uid: 'new', resourceVersion: '7' })
  assert.equal(made.get(podName)?.uid, 'new')
  const late = sampleObject({ ...pod, uid: 'old', resourceVersion: '51', change: 'deleted' })
  assert.equal(made.apply(late).kind, 'ignored')
  assert.equal(made.get(podName)?.uid, 'new')
})

test('a late word of a deleted object does not bring it back, a newer one or a relist does', () => {
  const gone = () => state({ ...pod, resourceVersion: '5' }, { ...pod, resourceVersion: '8', change: 'deleted' })
  const after = (sample: Partial<SampleObject>): string | undefined => {
    const made = gone()
    made.apply(sampleObject({ ...pod, ...sample }))
    return rvOf(made)
  }
  assert.equal(after({ resourceVersion: '6', change: 'modified' }), undefined)
  assert.equal(after({ resourceVersion: '9', change: 'modified' }), '9')
  assert.equal(after({ resourceVersion: '5', change: 'listed' }), '5')
  assert.equal(after({ resourceVersion: '5', change: 'added', synthesised: true }), '5')
})

test('a deleted object leaves every index', () => {
  const made = state(deployment, replicaSet, pod)
  for (const sample of [pod, replicaSet, deployment]) made.apply(sampleObject({ ...sample, change: 'deleted' }))
  assert.deepEqual(
    [made.size, names(made.objects({})), [...made.kinds()], [...made.namespaces()], [...made.workloads()]],
    [0, [], [], [], []],
  )
})

test('Kubernetes Events are records, not state', () => {
  const made = state(
    { kind: 'Event', namespace: 'shop', name: 'a' },
    { apiVersion: 'events.k8s.io/v1', kind: 'Event', name: 'b' },
  )
  assert.equal(made.size, 0)
})

test('finds objects by kind, namespace or both, with empty texts for the core group and for cluster-scoped objects', () => {
  const made = state(deployment, pod, { kind: 'Node', name: 'n1' }, { ...pod, namespace: 'other' })
  assert.deepEqual(names(made.objects({ kind: 'Pod' })), ['/Pod/other/web-5d8-x', '/Pod/shop/web-5d8-x'])
  assert.deepEqual(names(made.objects({ group: '', kind: 'Pod', namespace: 'shop' })), ['/Pod/shop/web-5d8-x'])
  assert.deepEqual(names(made.objects({ namespace: 'shop' })), ['/Pod/shop/web-5d8-x', 'apps/Deployment/shop/web'])
  assert.deepEqual(names(made.objects({ namespace: '' })), ['/Node//n1'])
  assert.deepEqual(names(made.objects({ group: '' })), ['/Node//n1', '/Pod/other/web-5d8-x', '/Pod/shop/web-5d8-x'])
  assert.deepEqual([...made.namespaces()].sort(), ['other', 'shop'])
})

test('follows owners up and dependants down', () => {
  const made = state(pod, deployment, replicaSet)
  assert.deepEqual(
    made.ownersOf(podName).map((ref) => `${ref.kind} ${ref.name}`),
    ['ReplicaSet web-5d8', 'Deployment web'],
  )
  assert.deepEqual(names(made.ownedBy(web)), ['apps/ReplicaSet/shop/web-5d8'])
  assert.deepEqual(names(made.membersOf(web)), [
    '/Pod/shop/web-5d8-x',
    'apps/Deployment/shop/web',
    'apps/ReplicaSet/shop/web-5d8',
  ])
})

const orders = [
  [deployment, replicaSet, pod],
  [pod, replicaSet, deployment],
  [replicaSet, pod, deployment],
]
for (const order of orders) {
  test(`a pod belongs to its Deployment when they come as ${order.map(({ kind }) => kind).join(', ')}`, () => {
    const made = state(...order)
    assert.deepEqual([...made.workloads()], [web])
    assert.deepEqual(made.workloadOf(podName), web)
  })
}

const custom = (kind: string, name: string, owner?: SampleObject['owner']): SampleObject => ({
  apiVersion: 'example.io/v1',
  kind,
  namespace: 'shop',
  name,
  ...(owner ? { owner } : {}),
})
const ownedByCustom = (kind: string, name: string) => ({ apiVersion: 'example.io/v1', kind, name })
const chains: readonly (readonly [string, readonly SampleObject[], string])[] = [
  ['a bare pod is its own workload', [{ kind: 'Pod', namespace: 'shop', name: 'web-5d8-x' }], '/Pod/shop/web-5d8-x'],
  [
    'a mirror pod is its own workload, though a Node is its controller',
    [{ ...pod, owner: { apiVersion: 'v1', kind: 'Node', name: 'n1' } }],
    '/Pod/shop/web-5d8-x',
  ],
  ['a pod whose ReplicaSet is not seen belongs to that ReplicaSet', [pod], 'apps/ReplicaSet/shop/web-5d8'],
  [
    'a pod whose ReplicaSet is not seen belongs to the Deployment that its hash tells',
    [{ ...pod, labels: { 'pod-template-hash': '5d8' } }],
    'apps/Deployment/shop/web',
  ],
  ['a pod whose Deployment is not seen belongs to it by name', [replicaSet, pod], 'apps/Deployment/shop/web'],
  [
    'a Job of a CronJob is a part of it',
    [
      { apiVersion: 'batch/v1', kind: 'CronJob', namespace: 'shop', name: 'tidy' },
      {
        apiVersion: 'batch/v1',
        kind: 'Job',
        namespace: 'shop',
        name: 'tidy-1',
        owner: { apiVersion: 'batch/v1', kind: 'CronJob', name: 'tidy' },
      },
      { ...pod, owner: { apiVersion: 'batch/v1', kind: 'Job', name: 'tidy-1' } },
    ],
    'batch/CronJob/shop/tidy',
  ],
  [
    "an operator's Deployment is the workload, not the custom resource above it",
    [{ ...deployment, owner: ownedByCustom('Shop', 'main') }, replicaSet, pod, custom('Shop', 'main')],
    'apps/Deployment/shop/web',
  ],
  [
    'a Rollout that owns a ReplicaSet is the workload',
    [{ ...replicaSet, owner: ownedByCustom('Rollout', 'web') }, pod, custom('Rollout', 'web')],
    'example.io/Rollout/shop/web',
  ],
  [
    'a custom resource that makes pods itself is the workload, up to the topmost',
    [
      { ...pod, owner: ownedByCustom('Workflow', 'w-1') },
      custom('Workflow', 'w-1', ownedByCustom('CronWorkflow', 'w')),
      custom('CronWorkflow', 'w'),
    ],
    'example.io/CronWorkflow/shop/w',
  ],
  [
    'owners in a circle end',
    [
      { ...pod, owner: ownedByCustom('A', 'a') },
      custom('A', 'a', ownedByCustom('B', 'b')),
      custom('B', 'b', ownedByCustom('A', 'a')),
    ],
    'example.io/B/shop/b',
  ],
]
for (const [name, samples, expected] of chains) {
  test(name, () => {
    const workload = state(...samples).workloadOf(podName)
    assert.equal(workload && objectKey(workload), expected)
  })
}

test('a change names the workloads that it touched, those that lost a pod too', () => {
  const made = state(deployment, replicaSet, pod)
  const orphaned = made.apply(sampleObject({ kind: 'Pod', namespace: 'shop', name: pod.name, resourceVersion: '2' }))
  assert.deepEqual(orphaned.kind !== 'ignored' && orphaned.workloads, [web, podName])
  const status = made.apply(sampleObject({ ...deployment, resourceVersion: '2' }))
  assert.deepEqual(status.kind !== 'ignored' && status.workloads, [web])
  const unrelated = made.apply(sampleObject({ kind: 'ConfigMap', namespace: 'shop', name: 'c' }))
  assert.deepEqual(unrelated.kind !== 'ignored' && unrelated.workloads, [])
})

test('says when a namespace changed last, and trusts an object more than the moment of a list', () => {
  const listed = {
    change: 'listed',
    time: 5e15,
    rest: { metadata: { creationTimestamp: '2026-01-02T03:04:05Z' } },
  } as const
  const made = state({ kind: 'ConfigMap', namespace: 'shop', name: 'a', ...listed })
  assert.equal(made.lastChange('shop'), Date.UTC(2026, 0, 2, 3, 4, 5) * 1000)
  made.apply(sampleObject({ kind: 'Namespace', name: 'shop', time: 6e15 }))
  assert.equal(made.lastChange('shop'), 6e15)
  assert.equal(made.lastChange('other'), 0)
})

test('hostile owner references are no owners', () => {
  for (const ownerReferences of [
    'x',
    [null],
    [{ controller: true }],
    [{ controller: true, apiVersion: 1, kind: {}, name: [], uid: 'u' }],
  ]) {
    const made = state({ ...pod, rest: { metadata: { ownerReferences } as never } })
    assert.deepEqual(made.workloadOf(podName), podName)
  }
})

test('what the indexes say never depends on the order in which different objects came', async () => {
  const objects = [deployment, replicaSet, pod, { ...pod, name: 'web-5d8-y' }, custom('Shop', 'main')].map(sampleObject)
  const facts = (made: ClusterState) => ({
    members: names(made.membersOf(web)),
    workloads: Array.from(made.workloads(), objectKey),
    owned: names(made.ownedBy(web)),
  })
  const expected = facts(await stateOf(objects))
  await fc.assert(
    fc.asyncProperty(fc.shuffledSubarray(objects, { minLength: objects.length }), async (shuffled) => {
      assert.deepEqual(facts(await stateOf(shuffled)), expected)
    }),
  )
})
