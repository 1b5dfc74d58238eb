import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuntimeRecord } from '../model/record.ts'
import { ClusterState } from './cluster-state.ts'
import { sampleObject } from './fixture.ts'
import { runtimeSubject } from './runtime-subject.ts'

const id = 'bae66fa9f18079f78500ad37e88eb8a88b3181b2d0767f26dc532f75e4024d27'

const state = (): ClusterState => {
  const cluster = new ClusterState()
  cluster.apply(sampleObject({ apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' }))
  cluster.apply(
    sampleObject({
      apiVersion: 'apps/v1',
      kind: 'ReplicaSet',
      namespace: 'shop',
      name: 'web-7c',
      owner: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    }),
  )
  cluster.apply(
    sampleObject({
      kind: 'Pod',
      namespace: 'shop',
      name: 'web-7c-1',
      uid: 'pod-uid',
      owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7c' },
      rest: {
        spec: {
          nodeName: 'worker-1',
          serviceAccountName: 'web',
          containers: [
            { name: 'web', image: 'docker.io/library/nginx:1.29' },
            { name: 'sidecar', image: 'proxy:1' },
          ],
        },
        status: { containerStatuses: [{ name: 'web', containerID: `containerd://${id}`, image: 'nginx' }] },
      },
    }),
  )
  return cluster
}

const record = (more: Partial<RuntimeRecord>): RuntimeRecord => ({
  kind: 'runtime',
  time: 1,
  receivedAt: 1,
  cluster: 'shop',
  source: 'falco',
  sensor: 'falco',
  eventId: '',
  type: 'Terminal shell in container',
  priority: 'Notice',
  tags: [],
  message: '',
  node: '',
  namespace: '',
  pod: '',
  podUid: '',
  container: '',
  containerId: '',
  image: '',
  process: { binary: '/bin/sh', arguments: '', pid: 1, user: 'root', parentBinary: '' },
  request: undefined,
  event: {},
  ...more,
})

const found = (more: Partial<RuntimeRecord>) => {
  const subject = runtimeSubject(state(), record(more))
  if (subject.kind !== 'pod') return subject
  const { pod, ...rest } = subject
  return {
    ...rest,
    pod: pod.ref.name,
    workload: subject.workload && `${subject.workload.kind} ${subject.workload.name}`,
  }
}

const whole = {
  kind: 'pod',
  pod: 'web-7c-1',
  workload: 'Deployment web',
  namespace: 'shop',
  serviceAccount: 'system:serviceaccount:shop:web',
  node: 'worker-1',
  container: 'web',
  image: 'docker.io/library/nginx:1.29',
}

test('a pod is found by name, with its workload, service account, node and image', () => {
  assert.deepEqual(found({ namespace: 'shop', pod: 'web-7c-1', container: 'web' }), { ...whole, foundBy: 'pod name' })
})

test('a pod is found by the digits of a container id that the sensor tells, with the name of the container', () => {
  assert.deepEqual(found({ containerId: id.slice(0, 12) }), { ...whole, foundBy: 'container id' })
  assert.deepEqual(found({ namespace: 'shop', pod: 'web-7c-1', containerId: id }), {
    ...whole,
    foundBy: 'container id',
  })
})

test('a pod is found by its uid alone', () => {
  assert.deepEqual(found({ podUid: 'pod-uid', container: 'web' }), { ...whole, foundBy: 'pod uid' })
})

test('what the record says itself is kept', () => {
  const subject = found({ namespace: 'shop', pod: 'web-7c-1', container: 'sidecar', image: 'proxy@sha256:0' })
  assert.deepEqual(subject, { ...whole, foundBy: 'pod name', container: 'sidecar', image: 'proxy@sha256:0' })
})

test('a later pod of the same name is not taken for the one of the record', () => {
  assert.deepEqual(found({ namespace: 'shop', pod: 'web-7c-1', podUid: 'earlier' }), {
    kind: 'unknown',
    why: 'the pod shop/web-7c-1 in the state is another of that name',
    node: '',
  })
})

test('what the state does not know is unknown, and says why', () => {
  assert.deepEqual(found({ namespace: 'shop', pod: 'gone', node: 'worker-1' }), {
    kind: 'unknown',
    why: 'the pod shop/gone is not in the state',
    node: 'worker-1',
  })
  assert.deepEqual(found({ containerId: '0123456789ab' }), {
    kind: 'unknown',
    why: 'no pod in the state has this container',
    node: '',
  })
  // A short text is no id: it would be the start of many.
  assert.equal(found({ containerId: id.slice(0, 3) }).kind, 'unknown')
  assert.equal(found({ process: undefined }).kind, 'unknown')
})

test('a process outside of containers is of the node', () => {
  assert.deepEqual(found({ node: 'worker-1' }), { kind: 'node', node: 'worker-1' })
})

test('objects of wrong shapes are no pods with containers', () => {
  const cluster = new ClusterState()
  cluster.apply(
    sampleObject({
      kind: 'Pod',
      namespace: 'shop',
      name: 'odd',
      rest: { spec: 7, status: { containerStatuses: ['x', 7] } },
    }),
  )
  const subject = runtimeSubject(cluster, record({ namespace: 'shop', pod: 'odd', containerId: id }))
  assert.ok(subject.kind === 'pod')
  assert.deepEqual(
    [subject.node, subject.image, subject.serviceAccount],
    ['', '', 'system:serviceaccount:shop:default'],
  )
})
