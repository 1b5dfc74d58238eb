import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseEventId } from './event-id.ts'
import { eventRowOf } from './event-row.ts'
import type { ObjectVersion } from './object.ts'
import type { AuditRecord, Gap, RuntimeRecord } from './record.ts'

const time = 1_795_000_000_000_001
const audit: AuditRecord = {
  kind: 'audit',
  time,
  receivedAt: time + 5,
  cluster: 'shop',
  source: 'audit-webhook',
  auditId: '1f0c1dd8-5d3b-4a43-8a8e-6d2f8e3c8f6b',
  stage: 'ResponseComplete',
  level: 'Metadata',
  verb: 'delete',
  user: 'alice',
  groups: [],
  impersonatedUser: '',
  sourceIps: ['10.0.0.1', '10.0.0.2'],
  userAgent: 'kubectl',
  requestUri: '/api/v1/namespaces/shop/pods/web-1',
  target: { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'shop', name: 'web-1' },
  code: 200,
  decision: 'allow',
  reason: 'RBAC',
  event: {},
}

test('makes one row of a request', () => {
  const row = eventRowOf(audit)
  assert.match(row?.id ?? '', /^a[0-9a-z]+-1f0c1dd85d3b4a438a8e6d2f8e3c8f6b-[0-9a-z]+$/)
  assert.deepEqual(
    { ...row, id: '' },
    {
      id: '',
      kind: 'audit',
      time: '2026-11-18T11:06:40.000001Z',
      receivedAt: '2026-11-18T11:06:40.000006Z',
      cluster: 'shop',
      source: 'audit-webhook',
      user: 'alice',
      impersonatedUser: '',
      verb: 'delete',
      group: '',
      resource: 'pods',
      subresource: '',
      namespace: 'shop',
      name: 'web-1',
      code: 200,
      decision: 'allow',
      reason: 'RBAC',
      level: 'Metadata',
      stage: 'ResponseComplete',
      sourceIp: '10.0.0.1',
      userAgent: 'kubectl',
      requestUri: '/api/v1/namespaces/shop/pods/web-1',
      node: '',
      container: '',
      image: '',
      process: '',
      summary: 'alice deleted pod shop/web-1',
    },
  )
})

const target = audit.target ?? { group: '', version: '', resource: '', subresource: '', namespace: '', name: '' }
for (const [change, summary] of [
  [{ code: 403, decision: 'forbid' }, 'alice was refused to delete pod shop/web-1'],
  [{ code: 404 }, 'alice tried to delete pod shop/web-1: 404'],
  [{ verb: 'list', target: { ...target, name: '' } }, 'alice listed pods in shop'],
  [{ verb: 'create', target: { ...target, subresource: 'exec' } }, 'alice created exec of pod shop/web-1'],
  [{ verb: 'get', target: undefined, requestUri: '/healthz', user: '' }, 'somebody read /healthz'],
  [{ impersonatedUser: 'admin' }, 'alice as admin deleted pod shop/web-1'],
  [{ verb: 'constructor' }, 'alice constructor pod shop/web-1'],
  [{ target: { ...target, resource: 'networkpolicies', namespace: '', name: 'x' } }, 'alice deleted networkpolicy x'],
] as const satisfies readonly (readonly [Partial<AuditRecord>, string])[]) {
  test(`says “${summary}”`, () => assert.equal(eventRowOf({ ...audit, ...change })?.summary, summary))
}

test('gives the same id to the same request from another source, and another to a request that borrows its audit ID', () => {
  const id = eventRowOf(audit)?.id
  assert.equal(eventRowOf({ ...audit, source: 'audit-file', receivedAt: time + 99 })?.id, id)
  for (const change of [
    { user: 'mallory' },
    { stage: 'Panic' },
    { time: time + 1 },
    { requestUri: '/x' },
    { verb: 'get' },
  ]) {
    assert.notEqual(eventRowOf({ ...audit, ...change })?.id, id, JSON.stringify(change))
  }
})

test('makes a row of a gap and of an Event object, and none of other objects', () => {
  const gap: Gap = {
    kind: 'gap',
    time,
    receivedAt: time,
    cluster: 'shop',
    source: 'cluster',
    from: time - 12_000_000,
    to: time,
    reason: 'stream-broken',
    what: 'watch of pods was cut',
    estimate: undefined,
  }
  assert.equal(eventRowOf(gap)?.summary, 'watch of pods was cut for 12 s')
  const version: ObjectVersion = {
    kind: 'object',
    time,
    receivedAt: time,
    cluster: 'shop',
    source: 'cluster',
    ref: { group: 'events.k8s.io', version: 'v1', kind: 'Event', resource: 'events', namespace: 'shop', name: 'e' },
    uid: 'u',
    resourceVersion: '5',
    change: 'added',
    synthesised: false,
    body: {
      regarding: { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'web' },
      reason: 'ScalingReplicaSet',
      note: 'Scaled up',
      type: 'Normal',
      reportingController: 'deployment-controller',
      eventTime: '2026-11-18T09:00:00.5Z',
    },
  }
  const row = eventRowOf(version)
  assert.ok(row)
  assert.deepEqual(
    [row.kind, row.time, row.group, row.resource, row.name, row.level, row.userAgent, row.summary],
    [
      'event',
      '2026-11-18T09:00:00.500000Z',
      'apps',
      'deployments',
      'web',
      'Normal',
      'deployment-controller',
      'ScalingReplicaSet of deployment shop/web: Scaled up',
    ],
  )
  assert.equal(eventRowOf({ ...version, change: 'deleted' }), undefined)
  assert.equal(eventRowOf({ ...version, ref: { ...version.ref, group: '', kind: 'Pod' } }), undefined)
  assert.equal(eventRowOf({ ...version, body: { regarding: 5, series: 'x' } as ObjectVersion['body'] })?.reason, '')
})

const alert: RuntimeRecord = {
  kind: 'runtime',
  time,
  receivedAt: time + 5,
  cluster: 'shop',
  source: 'falco',
  sensor: 'falco',
  eventId: '0123456789abcdef0123456789abcdef',
  type: 'Terminal shell in container',
  priority: 'Notice',
  tags: ['T1059'],
  message: 'A shell was spawned',
  node: 'worker-1',
  namespace: 'shop',
  pod: 'web-1',
  podUid: '',
  container: '',
  containerId: 'bae66fa9f18079f78500ad37e88eb8a88b3181b2d0767f26dc532f75e4024d27',
  image: 'docker.io/library/nginx:1.29',
  process: { binary: '/bin/bash', arguments: '-c id', pid: 7, user: 'root', parentBinary: '/bin/sh' },
  request: undefined,
  event: {},
}

test('makes a row of a runtime event: its pod, its process, where it ran', () => {
  const row = eventRowOf(alert)
  assert.ok(row)
  const { id, kind, resource, namespace, name, reason, level, user, userAgent, node, container, image } = row
  assert.deepEqual(
    { kind, resource, namespace, name, reason, level, user, userAgent, node, container, image },
    {
      kind: 'runtime',
      resource: 'pods',
      namespace: 'shop',
      name: 'web-1',
      reason: 'Terminal shell in container',
      level: 'Notice',
      // A Linux user is nobody that the API server knows.
      user: '',
      userAgent: 'falco',
      node: 'worker-1',
      container: 'bae66fa9f180',
      image: 'docker.io/library/nginx:1.29',
    },
  )
  assert.equal(row.process, '/bin/bash -c id')
  assert.equal(row.summary, 'Terminal shell in container: A shell was spawned')
  assert.equal(parseEventId(id)?.uid, alert.eventId)
  assert.equal(eventRowOf({ ...alert, container: 'web' })?.container, 'web')
  assert.equal(eventRowOf({ ...alert, source: 'falco-file', receivedAt: 9 })?.id, id)
})

test('a process of the node has no pod, and an alert about a request has its user and target', () => {
  const onNode = eventRowOf({ ...alert, namespace: '', pod: '', containerId: '' })
  assert.deepEqual([onNode?.resource, onNode?.name, onNode?.container], ['', '', ''])
  const aboutRequest = eventRowOf({
    ...alert,
    process: undefined,
    request: {
      user: 'alice',
      verb: 'create',
      target: { group: '', version: '', resource: 'pods', subresource: 'exec', namespace: 'shop', name: 'web-1' },
    },
  })
  assert.deepEqual(
    [aboutRequest?.user, aboutRequest?.verb, aboutRequest?.subresource, aboutRequest?.name, aboutRequest?.process],
    ['alice', 'create', 'exec', 'web-1', ''],
  )
})
