import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ClusterState } from '../state/cluster-state.ts'
import { sampleObject } from '../state/fixture.ts'
import { alert } from './fixture.ts'
import { subjectPart } from './subject-part.ts'
import { createSubjects } from './subjects.ts'

const pod = sampleObject({
  kind: 'Pod',
  namespace: 'shop',
  name: 'web-7c9-x',
  uid: 'p',
  labels: { app: 'web', 'pod-template-hash': '7c9' },
  owner: { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: 'web-7c9' },
  rest: {
    spec: {
      serviceAccountName: 'shopper',
      nodeName: 'node-1',
      containers: [{ name: 'web', image: 'shop/web:1', env: [{ name: 'A', value: 'long' }] }],
      volumes: [{ name: 'v' }],
    },
    status: {
      phase: 'Running',
      containerStatuses: [
        { name: 'web', containerID: 'containerd://bae66fa9f18012', image: 'shop/web:1', ready: true },
      ],
    },
  },
})

test('of a pod is kept what says where it belongs, and nothing else', () => {
  const { body } = subjectPart(pod)
  assert.deepEqual(body, {
    metadata: {
      name: 'web-7c9-x',
      namespace: 'shop',
      uid: 'p',
      ownerReferences: [
        {
          apiVersion: 'apps/v1',
          kind: 'ReplicaSet',
          name: 'web-7c9',
          uid: 'uid-ReplicaSet-shop-web-7c9',
          controller: true,
        },
      ],
      labels: { 'pod-template-hash': '7c9' },
    },
    spec: {
      serviceAccountName: 'shopper',
      nodeName: 'node-1',
      containers: [{ name: 'web', image: 'shop/web:1' }],
    },
    status: { containerStatuses: [{ name: 'web', image: 'shop/web:1', containerID: 'containerd://bae66fa9f18012' }] },
  })
})

test('the state says the same of it as of the whole', () => {
  const subject = (version: typeof pod) => {
    const state = new ClusterState()
    state.apply(version)
    return createSubjects(() => state)(alert(1, { pod: '', podUid: '', containerId: 'bae66fa9f180', image: '' }))
  }
  assert.equal(subject(pod)?.workload, 'Deployment/web')
  assert.deepEqual(subject(subjectPart(pod)), subject(pod))
})

test('bodies of any shape are taken', () => {
  for (const rest of [
    { spec: 7 },
    { status: [] },
    { spec: { containers: 'x' } },
    { spec: { containers: [null, 3] } },
  ]) {
    assert.doesNotThrow(() => subjectPart(sampleObject({ kind: 'Pod', name: 'x', rest })))
  }
})
