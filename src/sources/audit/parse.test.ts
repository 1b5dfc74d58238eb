import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../../model/json.ts'
import { parseAudit } from './parse.ts'

const event = (auditID: string, more: JsonObject = {}): JsonObject => ({
  level: 'Metadata',
  auditID,
  stage: 'ResponseComplete',
  requestURI: '/api/v1/namespaces/shop/pods/web',
  verb: 'get',
  user: { username: 'alice', groups: ['dev', 'system:authenticated'] },
  sourceIPs: ['10.0.0.1'],
  userAgent: 'kubectl/v1.37.2',
  objectRef: { resource: 'pods', namespace: 'shop', name: 'web', apiVersion: 'v1' },
  responseStatus: { metadata: {}, code: 200 },
  requestReceivedTimestamp: '2026-11-23T10:00:00.000001Z',
  stageTimestamp: '2026-11-23T10:00:00.000002Z',
  annotations: { 'authorization.k8s.io/decision': 'allow', 'authorization.k8s.io/reason': 'RBAC: allowed' },
  ...more,
})

const listOf = (events: readonly unknown[]): string =>
  JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: events })

const parse = (payload: string | Buffer) =>
  parseAudit({ stream: 'audit', source: 'audit', cluster: 'shop', receivedAt: 7, payload: Buffer.from(payload) })

/** Ids of what was read, and why the rest was not. */
const outcome = (payload: string | Buffer) => {
  const { records, bad } = parse(payload)
  return {
    ids: records.map((record) => (record.kind === 'audit' ? record.auditId : record.kind)),
    bad: bad.map(({ why }) => why),
  }
}

test('an event is lifted whole', () => {
  assert.deepEqual(parse(listOf([event('a')])), {
    records: [
      {
        kind: 'audit',
        time: 1_795_428_000_000_002,
        receivedAt: 7,
        cluster: 'shop',
        source: 'audit',
        auditId: 'a',
        stage: 'ResponseComplete',
        level: 'Metadata',
        verb: 'get',
        user: 'alice',
        groups: ['dev', 'system:authenticated'],
        impersonatedUser: '',
        sourceIps: ['10.0.0.1'],
        userAgent: 'kubectl/v1.37.2',
        requestUri: '/api/v1/namespaces/shop/pods/web',
        target: { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'shop', name: 'web' },
        code: 200,
        decision: 'allow',
        reason: 'RBAC: allowed',
        event: event('a'),
      },
    ],
    bad: [],
  })
})

test('a list, a single event and JSON lines are read alike', () => {
  const lines = `${JSON.stringify(event('a'))}\n${JSON.stringify(event('b'))}\n`
  assert.deepEqual(outcome(listOf([event('a'), event('b')])), { ids: ['a', 'b'], bad: [] })
  assert.deepEqual(outcome(JSON.stringify(event('a'))), { ids: ['a'], bad: [] })
  assert.deepEqual(outcome(lines), { ids: ['a', 'b'], bad: [] })
  assert.deepEqual(outcome(lines.replaceAll('\n', '\r\n')), { ids: ['a', 'b'], bad: [] })
})

test('fields that are missing are empty, and the time is that of the receipt where the stage has none', () => {
  const { records } = parse(
    JSON.stringify({ auditID: 'a', stage: 'RequestReceived', requestReceivedTimestamp: '2026-11-23T10:00:00Z' }),
  )
  const [record] = records
  assert.ok(record?.kind === 'audit')
  assert.deepEqual(
    { time: record.time, target: record.target, code: record.code, decision: record.decision, user: record.user },
    { time: 1_795_428_000_000_000, target: undefined, code: 0, decision: 'none', user: '' },
  )
})

describe('a bad event among good ones is set aside alone', () => {
  const around = (bad: string | Buffer): Buffer => {
    const [before = '', behind = ''] = listOf([event('a'), 'HERE', event('z')]).split('"HERE"')
    return Buffer.concat([Buffer.from(before), Buffer.from(bad), Buffer.from(behind)])
  }
  const invalidUtf8 = Buffer.from(JSON.stringify(event('b', { userAgent: 'XX' })).replace('XX', '\xff\xfe'), 'latin1')
  const deep = `{"auditID":"b","x":${'['.repeat(10_000)}${']'.repeat(10_000)}}`
  const cases: readonly (readonly [string, string | Buffer, string])[] = [
    ['a number', '7', 'it is no JSON object'],
    ['null', 'null', 'it is no JSON object'],
    ['a list', '[]', 'it is no JSON object'],
    ['no auditID', JSON.stringify(event('')), 'auditID is missing'],
    ['no stage', JSON.stringify(event('b', { stage: null })), 'stage is missing'],
    [
      'no time',
      JSON.stringify(event('b', { stageTimestamp: null, requestReceivedTimestamp: null })),
      'stageTimestamp and requestReceivedTimestamp are missing',
    ],
    ['a bad time', JSON.stringify(event('b', { stageTimestamp: 'yesterday' })), 'stageTimestamp is no RFC 3339 time'],
    ['verb as a number', JSON.stringify(event('b', { verb: 7 })), 'verb is no text'],
    ['user as a text', JSON.stringify(event('b', { user: 'alice' })), 'user is no object'],
    ['groups as a text', JSON.stringify(event('b', { user: { groups: 'dev' } })), 'groups is no list of texts'],
    [
      'a code as a text',
      JSON.stringify(event('b', { responseStatus: { code: '200' } })),
      'responseStatus.code is no whole number',
    ],
    ['another kind', JSON.stringify(event('b', { kind: 'Pod' })), 'kind is not Event'],
    ['10,000 levels', deep, 'it is nested deeper than 64 levels'],
    ['invalid UTF-8', invalidUtf8, 'it is not valid UTF-8'],
    ['a missing value', '{"auditID":"b","stage":}', 'it is not valid JSON: unexpected text'],
    ['a missing quote', '{"level":"Metadata","auditID":"b,"stage":"x"}', 'the event is cut off'],
  ]
  for (const [name, bad, why] of cases) {
    test(name, () => {
      assert.deepEqual(outcome(around(bad)), { ids: ['a', 'z'], bad: [why] })
    })
  }
  test('as a line', () => {
    const lines = `${JSON.stringify(event('a'))}\n{"auditID":"b\n${JSON.stringify(event('z'))}\n`
    assert.deepEqual(outcome(lines), { ids: ['a', 'z'], bad: ['it is not valid JSON: unexpected text at position 13'] })
  })
})

describe('a list that is cut off gives the events before the cut', () => {
  const text = listOf([event('a'), event('b')])
  test('inside an event', () => {
    assert.deepEqual(outcome(text.slice(0, -40)), { ids: ['a'], bad: ['the event is cut off'] })
  })
  test('between events', () => {
    assert.deepEqual(outcome(text.slice(0, text.indexOf(',{"level"', 100))), {
      ids: ['a'],
      bad: ['the list of events is cut off'],
    })
  })
  test('behind the last event', () => {
    assert.deepEqual(outcome(text.slice(0, -1)), {
      ids: ['a', 'b'],
      bad: ['the EventList is not valid behind its events'],
    })
  })
})

test('what is no audit data at all is one bad part', () => {
  assert.deepEqual(outcome(''), { ids: [], bad: ['it is empty'] })
  assert.deepEqual(outcome('hello'), { ids: [], bad: ['it is not valid JSON: unexpected text'] })
  assert.deepEqual(outcome('{"kind":"EventList","items":7}'), { ids: [], bad: ['items of the EventList is no list'] })
  assert.deepEqual(outcome('{"kind":"EventList"}'), { ids: [], bad: [] })
})

test('why something is unreadable never quotes it', () => {
  const { bad } = parse('{"password": hunter2}')
  assert.ok(bad.length === 1 && !bad[0]?.why.includes('hunter2'))
})

test('lone surrogates and NUL are text like any other', () => {
  const { records, bad } = parse(listOf([event('a', { userAgent: '\ud800\u0000' })]))
  assert.deepEqual([records.length, bad.length], [1, 0])
})

test('the keys __proto__, constructor and prototype are dropped at any depth', () => {
  const text = listOf([event('a')])
    .replace('"metadata":{}', '"metadata":{}')
    .replace(
      '"level":',
      '"__proto__":{"polluted":1},"requestObject":{"constructor":{"prototype":1},"list":[{"__proto__":1,"kept":2}]},"level":',
    )
  const [record] = parse(text).records
  assert.ok(record?.kind === 'audit')
  assert.deepEqual(JSON.parse(JSON.stringify(record.event)), event('a', { requestObject: { list: [{ kept: 2 }] } }))
  assert.equal('polluted' in record.event, false)
})

test('any bytes give records and bad parts, never an exception, and nothing vanishes', () => {
  const good = Buffer.from(listOf([event('a'), event('b'), event('c')]))
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.uint8Array({ maxLength: 4 }), fc.nat(3), (at, bytes, cut) => {
      const damaged = Buffer.concat([good.subarray(0, at), bytes, good.subarray(at + cut)])
      const { records, bad } = parse(damaged)
      assert.ok(records.length + bad.length > 0)
      assert.ok(records.length === 3 || bad.length > 0)
    }),
    { numRuns: 500, seed: 1 },
  )
})

// Work that grows with the square of the size would take hours here and hit the bound.
test('16 MiB of broken events are read in linear time', { timeout: 120_000 }, () => {
  const broken = `{"level":"x","a":"${'y'.repeat(60)},`
  const text = `{"kind":"EventList","items":[${broken.repeat((16 * 1024 * 1024) / broken.length)}`
  const { records, bad } = parse(text)
  assert.equal(records.length, 0)
  assert.ok(bad.length > 0)
})
