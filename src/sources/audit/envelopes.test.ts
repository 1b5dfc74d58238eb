import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { auditEventsOf, openEnvelope } from './envelopes.ts'
import { parseAudit } from './parse.ts'

const event = (auditID: string): JsonObject => ({
  kind: 'Event',
  apiVersion: 'audit.k8s.io/v1',
  level: 'Metadata',
  auditID,
  stage: 'ResponseComplete',
  requestURI: '/api/v1/namespaces/shop/pods/web',
  verb: 'get',
  user: { username: 'alice' },
  stageTimestamp: '2026-11-23T10:00:00.000002Z',
})

const part = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {})

const ids = (value: JsonValue) => auditEventsOf(value).map(({ auditID }) => auditID)

/** What becomes of a payload in the whole: ids of records, and why the rest is none. */
const outcome = (payload: string) => {
  const entry = {
    stream: 'audit',
    source: 'audit',
    cluster: 'shop',
    receivedAt: 7,
    payload: Buffer.from(payload),
  } as const
  const { records, bad } = parseAudit(entry)
  return {
    ids: records.map((record) => (record.kind === 'audit' ? record.auditId : record.kind)),
    bad: bad.map(({ why }) => why),
  }
}

const cloudWatch = (messages: readonly JsonValue[], logStream = 'kube-apiserver-audit-0123'): JsonObject => ({
  messageType: 'DATA_MESSAGE',
  owner: '123456789012',
  logGroup: '/aws/eks/shop/cluster',
  logStream,
  subscriptionFilters: ['bulwark'],
  logEvents: messages.map((message, index) => ({ id: String(index), timestamp: 1_795_428_000_000, message })),
})

const aks = (log: JsonValue, category = 'kube-audit'): JsonObject => ({
  time: '2026-11-23T10:00:00.0000000Z',
  resourceId: '/SUBSCRIPTIONS/…/MANAGEDCLUSTERS/SHOP',
  category,
  operationName: 'Microsoft.ContainerService/managedClusters/diagnosticLogs/Read',
  properties: { log, stream: 'stdout', pod: 'kube-apiserver-7c' },
})

const gke = (payload: JsonObject, more: JsonObject = {}): JsonObject => ({
  insertId: 'insert-1',
  logName: 'projects/shop/logs/cloudaudit.googleapis.com%2Factivity',
  operation: { id: '1f0c1dd8-5d3b-4a43-8a8e-6d2f8e3c8f6b', producer: 'k8s.io', first: true, last: true },
  resource: { type: 'k8s_cluster', labels: { cluster_name: 'shop', location: 'europe-west1', project_id: 'p' } },
  timestamp: '2026-11-23T10:00:00.123456Z',
  receiveTimestamp: '2026-11-23T10:00:02.5Z',
  protoPayload: {
    '@type': 'type.googleapis.com/google.cloud.audit.AuditLog',
    serviceName: 'k8s.io',
    authenticationInfo: { principalEmail: 'alice@example.com' },
    requestMetadata: { callerIp: '203.0.113.9', callerSuppliedUserAgent: 'kubectl/v1.37.0' },
    status: {},
    ...payload,
  },
  ...more,
})

test('an Event, an EventList and an array of Events are what they are', () => {
  assert.deepEqual(auditEventsOf(event('a')), [event('a')])
  assert.deepEqual(ids({ kind: 'EventList', items: [event('a'), event('b')] }), ['a', 'b'])
  assert.deepEqual(ids([event('a'), event('b')]), ['a', 'b'])
  // An event that lacks its id is still one: whoever makes a record of it says what is missing.
  assert.deepEqual(auditEventsOf({ kind: 'Event', verb: 'get' }), [{ kind: 'Event', verb: 'get' }])
})

describe('EKS', () => {
  test('messages of a subscription to CloudWatch Logs, and of a query', () => {
    const messages = [JSON.stringify(event('a')), JSON.stringify(event('b'))]
    assert.deepEqual(ids(cloudWatch(messages)), ['a', 'b'])
    assert.deepEqual(ids([{ '@timestamp': '2026-11-23 10:00:00', '@message': JSON.stringify(event('c')) }]), ['c'])
  })

  test('other logs of the control plane and control messages are left out', () => {
    const nothing = { events: [], bad: [] }
    assert.deepEqual(openEnvelope(cloudWatch(['time="…" level=info'], 'authenticator-0123')), nothing)
    assert.deepEqual(openEnvelope({ messageType: 'CONTROL_MESSAGE', logEvents: [{ message: 'CWL CONTROL' }] }), nothing)
  })

  test('a message that is cut off is set aside, those beside it are read', () => {
    assert.deepEqual(outcome(JSON.stringify(cloudWatch([JSON.stringify(event('a')), '{"kind":"Ev', 7]))), {
      ids: ['a'],
      bad: ['it is no JSON object', 'it is no JSON object'],
    })
  })
})

describe('AKS', () => {
  test('records of a diagnostic setting, together and alone, with properties as text too', () => {
    const log = JSON.stringify(event('a'))
    assert.deepEqual(ids({ records: [aks(log), aks(JSON.stringify(event('b')), 'kube-audit-admin')] }), ['a', 'b'])
    assert.deepEqual(ids(aks(log)), ['a'])
    assert.deepEqual(ids({ category: 'kube-audit', properties: JSON.stringify({ log }) }), ['a'])
  })

  test('records of other categories are left out', () => {
    assert.deepEqual(openEnvelope({ records: [aks('I1123 leader', 'kube-scheduler')] }), { events: [], bad: [] })
  })

  test('blobs with a record a line', () => {
    const lines = [aks(JSON.stringify(event('a'))), aks('no JSON'), aks(JSON.stringify(event('b')))]
    assert.deepEqual(outcome(lines.map((line) => JSON.stringify(line)).join('\n')), {
      ids: ['a', 'b'],
      bad: ['it is no JSON object'],
    })
  })
})

describe('GKE', () => {
  test('a LogEntry becomes the Event that it tells of', () => {
    const request = { '@type': 'core.k8s.io/v1.Pod', kind: 'Pod', metadata: { name: 'web-1' } }
    const entry = gke(
      {
        methodName: 'io.k8s.core.v1.pods.create',
        resourceName: 'core/v1/namespaces/shop/pods/web-1',
        authorizationInfo: [{ granted: true, permission: 'io.k8s.core.v1.pods.create' }],
        request,
        response: { ...request, '@type': 'core.k8s.io/v1.Pod' },
      },
      { labels: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'RBAC: allowed' } },
    )
    assert.deepEqual(auditEventsOf(entry), [
      {
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        level: 'RequestResponse',
        auditID: '1f0c1dd8-5d3b-4a43-8a8e-6d2f8e3c8f6b',
        stage: 'ResponseComplete',
        requestURI: '/api/v1/namespaces/shop/pods/web-1',
        verb: 'create',
        user: { username: 'alice@example.com' },
        sourceIPs: ['203.0.113.9'],
        userAgent: 'kubectl/v1.37.0',
        objectRef: { apiVersion: 'v1', namespace: 'shop', resource: 'pods', name: 'web-1' },
        responseStatus: { code: 201 },
        requestObject: request,
        responseObject: request,
        requestReceivedTimestamp: '2026-11-23T10:00:00.123456Z',
        stageTimestamp: '2026-11-23T10:00:00.123456Z',
        annotations: {
          cluster_name: 'shop',
          location: 'europe-west1',
          project_id: 'p',
          'authorization.k8s.io/decision': 'allow',
          'authorization.k8s.io/reason': 'RBAC: allowed',
        },
      },
    ])
    assert.deepEqual(outcome(JSON.stringify(entry)), { ids: ['1f0c1dd8-5d3b-4a43-8a8e-6d2f8e3c8f6b'], bad: [] })
  })

  for (const [methodName, resourceName, expected] of [
    [
      'io.k8s.core.v1.pods.exec.create',
      'core/v1/namespaces/shop/pods/web-1/exec',
      { verb: 'create', code: 101, uri: '/api/v1/namespaces/shop/pods/web-1/exec', ref: 'v1/shop/pods/web-1/exec' },
    ],
    [
      'io.k8s.authorization.rbac.v1.clusterrolebindings.delete',
      'rbac.authorization.k8s.io/v1/clusterrolebindings/admins',
      {
        verb: 'delete',
        code: 200,
        uri: '/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/admins',
        ref: 'rbac.authorization.k8s.io/v1//clusterrolebindings/admins/',
      },
    ],
    [
      'io.k8s.core.v1.secrets.list',
      'core/v1/namespaces/shop/secrets',
      { verb: 'list', code: 200, uri: '/api/v1/namespaces/shop/secrets', ref: 'v1/shop/secrets//' },
    ],
    [
      'io.k8s.core.v1.namespaces.delete',
      'core/v1/namespaces/shop',
      { verb: 'delete', code: 200, uri: '/api/v1/namespaces/shop', ref: 'v1/shop/namespaces/shop/' },
    ],
    [
      'com.example.shop.v1beta1.carts.patch',
      'shop.example.com/v1beta1/namespaces/shop/carts/c/status',
      {
        verb: 'patch',
        code: 200,
        uri: '/apis/shop.example.com/v1beta1/namespaces/shop/carts/c/status',
        ref: 'shop.example.com/v1beta1/shop/carts/c/status',
      },
    ],
    [
      'io.k8s.apps.v1.deployments.scale.update',
      '',
      { verb: 'update', code: 200, uri: '/apis/apps/v1/deployments', ref: 'apps/v1//deployments//scale' },
    ],
    [
      'io.k8s.authorization.rbac.v1.roles.create',
      '',
      {
        verb: 'create',
        code: 201,
        uri: '/apis/rbac.authorization.k8s.io/v1/roles',
        ref: 'rbac.authorization.k8s.io/v1//roles//',
      },
    ],
    ['io.k8s.readyz', '/readyz', { verb: 'get', code: 200, uri: '/readyz', ref: undefined }],
    ['io.k8s.core.v1.healthz.get', 'core/v1/healthz', { verb: 'get', code: 200, uri: '/healthz', ref: undefined }],
  ] as const) {
    test(`${methodName} of ${resourceName || 'no resource'}`, () => {
      const [read] = auditEventsOf(gke({ methodName, resourceName }))
      const ref = read?.objectRef === undefined ? undefined : part(read.objectRef)
      const texts =
        ref && ['apiGroup', 'apiVersion', 'namespace', 'resource', 'name', 'subresource'].map((key) => ref[key])
      assert.deepEqual(
        {
          verb: read?.verb,
          code: part(read?.responseStatus).code,
          uri: read?.requestURI,
          ref: texts?.slice(texts[0] === undefined ? 1 : 0).join('/'),
        },
        expected,
      )
    })
  }

  for (const [what, payload, code, decision] of [
    ['a code of gRPC', { status: { code: 7, message: 'PERMISSION_DENIED' } }, 403, undefined],
    ['a code of gRPC', { status: { code: 5 } }, 404, undefined],
    ['a code that nobody knows', { status: { code: 99 } }, 500, undefined],
    [
      'the Status that was answered',
      { status: { code: 2 }, response: { '@type': 'core.k8s.io/v1.Status', code: 422 } },
      422,
      undefined,
    ],
    ['who was not granted', { authorizationInfo: [{ granted: false }] }, 403, 'forbid'],
    ['who was granted', { authorizationInfo: [{ granted: true }] }, 200, 'allow'],
  ] as const) {
    test(`the HTTP status comes from ${what}: ${code}`, () => {
      const [read] = auditEventsOf(
        gke({ methodName: 'io.k8s.core.v1.pods.get', resourceName: 'core/v1/namespaces/a/pods/b', ...payload }),
      )
      assert.equal(part(read?.responseStatus).code, code)
      assert.equal(part(read?.annotations)['authorization.k8s.io/decision'], decision)
    })
  }

  test('arrays as gcloud prints them, and pushes of Pub/Sub', () => {
    const entry = gke({ methodName: 'io.k8s.core.v1.pods.get', resourceName: 'core/v1/namespaces/a/pods/b' })
    const data = Buffer.from(JSON.stringify(entry)).toString('base64')
    assert.equal(ids([entry, entry]).length, 2)
    assert.deepEqual(auditEventsOf({ message: { data, messageId: '1' }, subscription: 's' }), auditEventsOf(entry))
  })

  test('logs of other services are left out', () => {
    const other = gke({ serviceName: 'compute.googleapis.com', methodName: 'v1.compute.instances.insert' })
    assert.deepEqual(openEnvelope(other), { events: [], bad: [] })
  })

  test('a long request has an entry at its start and one at its end', () => {
    const at = (first: boolean, last: boolean) =>
      auditEventsOf(gke({ methodName: 'io.k8s.core.v1.pods.watch' }, { operation: { id: 'x', first, last } }))[0]?.stage
    assert.deepEqual(
      [at(true, false), at(false, true), at(true, true)],
      ['ResponseStarted', 'ResponseComplete', 'ResponseComplete'],
    )
  })
})

describe('hostile envelopes', () => {
  test('parts of wrong types are set aside with a reason', () => {
    for (const [value, why] of [
      [{ records: 7 }, 'records is no list'],
      [{ records: [7] }, 'a record is no JSON object'],
      [{ logEvents: {} }, 'logEvents is no list'],
      [{ kind: 'EventList', items: 'x' }, 'items of the EventList is no list'],
      [{ category: 'kube-audit', properties: 7 }, 'it is no JSON object'],
      [{ protoPayload: { serviceName: 'k8s.io' } }, 'methodName is missing'],
      [{ message: { data: '%%%' } }, 'the message of Pub/Sub holds no LogEntry'],
      [[1], 'it is no JSON object'],
    ] as const) {
      assert.deepEqual(outcome(JSON.stringify(value)), { ids: [], bad: [why] }, JSON.stringify(value))
    }
  })

  test('an envelope in an envelope is not opened', () => {
    const inner = JSON.stringify({ records: [aks(JSON.stringify(event('a')))] })
    assert.deepEqual(outcome(JSON.stringify(aks(inner))).ids, [])
  })

  test('keys that harm programs do not get through, deep events are set aside', () => {
    const log = `{"auditID":"a","stage":"Panic","stageTimestamp":"2026-11-23T10:00:00Z","__proto__":{"x":1}}`
    assert.deepEqual(outcome(JSON.stringify(aks(log))), { ids: ['a'], bad: [] })
    const labels = '{"__proto__":"polluted"}'
    const entry = JSON.stringify(gke({ methodName: 'io.k8s.readyz', resourceName: '/readyz' })).replace(
      '"operation"',
      `"labels":${labels},"operation"`,
    )
    assert.equal(outcome(entry).ids.length, 1)
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false)
    const deep = `{"auditID":"b","x":${'['.repeat(100_000)}${']'.repeat(100_000)}}`
    assert.deepEqual(outcome(JSON.stringify(aks(deep))), { ids: [], bad: ['it is nested deeper than 64 levels'] })
    assert.equal(outcome(`{"records":${'['.repeat(100_000)}${']'.repeat(100_000)}}`).bad.length, 1)
  })

  test('any JSON opens without an exception', () => {
    const keys = fc.constantFrom(
      'kind',
      'items',
      'records',
      'logEvents',
      'category',
      'properties',
      'log',
      'protoPayload',
      'methodName',
      'resourceName',
      'message',
      'data',
      'status',
      'labels',
      'resource',
      'authorizationInfo',
      'response',
    )
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'medium' },
        fc.constantFrom('EventList', 'kube-audit', 'io.k8s.core.v1.pods.get', 'io.k8s.', '{}', '[', ''),
        fc.integer(),
        fc.boolean(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
      ),
    }))
    fc.assert(
      fc.property(value, (any) => {
        openEnvelope(any)
        outcome(JSON.stringify(any))
      }),
      { numRuns: 2000 },
    )
  })

  test('a large export is read in one go', () => {
    const records = Array.from({ length: 20_000 }, (_, index) => aks(JSON.stringify(event(`e${index}`))))
    assert.equal(outcome(JSON.stringify({ records })).ids.length, 20_000)
  })
})
