import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterState } from '../state/cluster-state.ts'
import { sampleObject } from '../state/fixture.ts'
import { alert } from './fixture.ts'
import { createSubjects } from './subjects.ts'

const id = 'bae66fa9f18079f78500ad37e88eb8a88b3181b2d0767f26dc532f75e4024d27'

const cluster = (): ClusterState => {
  const state = new ClusterState()
  const apps = 'apps/v1'
  state.apply(sampleObject({ apiVersion: apps, kind: 'Deployment', namespace: 'shop', name: 'web' }))
  state.apply(
    sampleObject({
      apiVersion: apps,
      kind: 'ReplicaSet',
      namespace: 'shop',
      name: 'web-7c',
      owner: { apiVersion: apps, kind: 'Deployment', name: 'web' },
    }),
  )
  return state
}

const pod = sampleObject({
  kind: 'Pod',
  namespace: 'shop',
  name: 'web-7c-1',
  owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7c' },
  rest: {
    spec: { nodeName: 'worker-1', serviceAccountName: 'web', containers: [{ name: 'web', image: 'nginx:1' }] },
    status: { containerStatuses: [{ name: 'web', containerID: `containerd://${id}` }] },
  },
})

const event = (kind: string, name: string, apiVersion: string) =>
  sampleObject({ kind: 'Event', name: 'x', rest: { involvedObject: { kind, name, namespace: 'shop', apiVersion } } })

const account = 'system:serviceaccount:shop:web'

test('a record is joined by the name of its pod or by its container', () => {
  const state = cluster()
  state.apply(pod)
  const subjectOf = createSubjects((of) => (of === 'shop' ? state : undefined))
  const named = subjectOf(alert(1, { pod: 'web-7c-1', container: '', image: '' }))
  assert.deepEqual(named, {
    namespace: 'shop',
    pod: 'web-7c-1',
    workload: 'Deployment/web',
    serviceAccount: account,
    node: 'worker-1',
    container: '',
    image: '',
  })
  const found = subjectOf(alert(1, { pod: '', namespace: '', container: '', image: '', containerId: id.slice(0, 12) }))
  assert.deepEqual([found?.pod, found?.container, found?.image], ['web-7c-1', 'web', 'nginx:1'])
  assert.equal(subjectOf(alert(1, { cluster: 'other', pod: 'web-7c-1' })), undefined)
  assert.equal(subjectOf(alert(1, { pod: '', namespace: '', containerId: '' })), undefined)
})

test('of a container whatever digits a sensor tells, of any list of statuses, and of no other that begins alike', () => {
  const state = cluster()
  const other = `${id.slice(0, 20)}${'0'.repeat(44)}`
  const status = { initContainerStatuses: [{ name: 'init', containerID: `cri-o://${other}` }] }
  state.apply(sampleObject({ kind: 'Pod', namespace: 'shop', name: 'other', rest: { spec: {}, status } }))
  const of = (containerId: string) =>
    createSubjects(() => state)(alert(1, { pod: '', namespace: '', container: '', image: '', containerId }))
  assert.deepEqual([of(other)?.pod, of(other.slice(0, 31))?.pod, of(other)?.container], ['other', 'other', 'init'])
  assert.equal(of(id), undefined)
  assert.equal(of(id.slice(0, 11)), undefined)
})

test('containers of no pod are asked for without going through all pods each time', () => {
  const state = cluster()
  let passes = 0
  const counting = new Proxy(state, {
    get: (target, key) => {
      const member: unknown = Reflect.get(target, key, target)
      if (typeof member !== 'function') return member
      return (...input: readonly unknown[]) => {
        if (key === 'objects') passes += 1
        return Reflect.apply(member, target, input)
      }
    },
  })
  const subjectOf = createSubjects(() => counting)
  for (let n = 0; n < 1000; n++)
    subjectOf(alert(n / 1000, { pod: '', namespace: '', containerId: String(n).padStart(12, 'a') }))
  assert.equal(passes, 1)
})

test('a container that is not found is asked for again after five seconds, and one that was is kept', () => {
  const state = cluster()
  const subjectOf = createSubjects(() => state)
  const at = (second: number) => subjectOf(alert(second, { pod: '', namespace: '', containerId: id.slice(0, 12) }))
  assert.equal(at(1), undefined)
  state.apply(pod)
  assert.equal(at(2), undefined)
  assert.equal(at(7)?.pod, 'web-7c-1')
  state.apply({ ...pod, change: 'deleted', resourceVersion: '2' })
  assert.equal(at(8)?.workload, 'Deployment/web')
})

test('an Event is joined by what it is about', () => {
  const state = cluster()
  state.apply(pod)
  const subjectOf = createSubjects(() => state)
  const ofPod = subjectOf(event('Pod', 'web-7c-1', 'v1'))
  assert.deepEqual([ofPod?.workload, ofPod?.serviceAccount, ofPod?.node], ['Deployment/web', account, 'worker-1'])
  assert.equal(subjectOf(event('ReplicaSet', 'web-7c', 'apps/v1'))?.workload, 'Deployment/web')
  const gone = subjectOf(event('Pod', 'gone', 'v1'))
  assert.deepEqual([gone?.pod, gone?.workload, gone?.serviceAccount], ['gone', '', ''])
  assert.equal(subjectOf(sampleObject({ kind: 'Event', name: 'x' })), undefined)
})
