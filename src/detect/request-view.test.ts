import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../model/json.ts'
import { ClusterState } from '../state/cluster-state.ts'
import { sampleObject } from '../state/fixture.ts'
import { createDetector } from './detector.ts'
import { audit, placed } from './fixture.ts'
import { callingPod } from './request-view.ts'
import { loadRuleSet } from './rule-set.ts'
import { createSubjects } from './subjects.ts'

const cluster = (uid = 'u1'): ClusterState => {
  const state = new ClusterState()
  const apps = 'apps/v1'
  state.apply(sampleObject({ apiVersion: apps, kind: 'Deployment', namespace: 'shop', name: 'web' }))
  const owner = { apiVersion: apps, kind: 'Deployment', name: 'web' }
  state.apply(sampleObject({ apiVersion: apps, kind: 'ReplicaSet', namespace: 'shop', name: 'web-7c', owner }))
  const of = { apiVersion: apps, kind: 'ReplicaSet', name: 'web-7c' }
  state.apply(sampleObject({ kind: 'Pod', namespace: 'shop', name: 'web-7c-1', uid, owner: of }))
  return state
}

const user = 'system:serviceaccount:shop:web'
const request = (second: number, extra: JsonObject, event: JsonObject = {}) =>
  audit(second, { verb: 'create', user, event: { user: { username: user, extra }, ...event } })
const bound = (uid = 'u1'): JsonObject => ({
  'authentication.kubernetes.io/pod-name': ['web-7c-1'],
  'authentication.kubernetes.io/pod-uid': [uid],
})

test('a request is of the pod that its token is bound to', () => {
  assert.deepEqual(callingPod(request(1, bound())), { namespace: 'shop', name: 'web-7c-1', uid: 'u1' })
  assert.equal(callingPod(request(1, {})), undefined)
  assert.equal(callingPod(request(1, { 'authentication.kubernetes.io/pod-name': 'web-7c-1' })), undefined)
  assert.equal(callingPod({ ...request(1, bound()), user: 'alice' }), undefined)
})

test('its workload is that of the state, unless another pod has its name by now', () => {
  const subjectOf = createSubjects(() => cluster())
  assert.deepEqual(subjectOf(request(1, bound())), {
    namespace: 'shop',
    pod: 'web-7c-1',
    workload: 'Deployment/web',
    serviceAccount: user,
    node: '',
    container: '',
    image: '',
  })
  assert.equal(subjectOf(request(1, bound('u2'))), undefined)
  assert.equal(subjectOf(request(1, {})), undefined)
})

const counted = (field: string, groupBy: string): string => `title: Request
id: 66666666-6666-4666-8666-666666666666
name: request
status: stable
level: informational
logsource: {product: kubernetes, service: audit}
detection: {selection: {verb: create}, condition: selection}
---
title: Many
id: 77777777-7777-4777-8777-777777777777
status: stable
level: high
correlation:
  type: value_count
  rules: [request]
  group-by: [${groupBy}]
  timespan: 10m
  condition: {gte: 2, field: ${field}}
`

const fired = (text: string, events: readonly ReturnType<typeof request>[]) => {
  const set = loadRuleSet([{ name: 'ours.yml', text, origin: 'bulwark' }])
  assert.deepEqual(set.problems, [])
  const detector = createDetector(set, { enabled: () => true, subjectOf: createSubjects(() => cluster()) })
  const found = [...detector.step(placed(1, events)), ...detector.pass(Number.MAX_SAFE_INTEGER)]
  return found.map(({ group, measured }) => [group, measured])
}

test('windows can be grouped by the workload, and count the images that a request makes', () => {
  const image = (name: string): JsonObject => ({
    requestObject: { spec: { template: { spec: { initContainers: [{ image: name }, { image: 7 }, null] } } } },
  })
  const two = [request(1, bound(), image('nginx:1')), request(2, bound(), image('evil.example/x@sha256:0'))]
  assert.deepEqual(fired(counted('images.repository', 'caller.workload'), two), [
    [{ 'caller.workload': 'Deployment/web' }, 2],
  ])
  const same = [request(1, bound(), image('nginx:1')), request(2, bound(), image('docker.io/library/nginx:2'))]
  assert.deepEqual(fired(counted('images.repository', 'caller.workload'), same), [])
  // Nobody is grouped by what is not known.
  assert.deepEqual(
    fired(counted('images.repository', 'caller.workload'), [request(1, {}, image('a')), request(2, {}, image('b'))]),
    [],
  )
})
