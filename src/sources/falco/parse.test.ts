import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import type { BulwarkRecord, RuntimeRecord } from '../../model/record.ts'
import { parseFalco } from './parse.ts'

const alert = (more: JsonObject = {}, fields: JsonObject = {}): JsonObject => ({
  hostname: 'worker-1',
  output:
    '10:00:00.123456789: Notice A shell was spawned in a container with an attached terminal (user=root pod=web-1)',
  output_fields: {
    'container.id': 'bae66fa9f180',
    'container.image.repository': 'docker.io/library/nginx',
    'container.image.tag': '1.29',
    'container.name': 'web',
    'evt.time': 1_795_428_000_123_456_800,
    'k8s.ns.name': 'shop',
    'k8s.pod.name': 'web-1',
    'k8s.pod.uid': '0b1f2a30-0000-4000-8000-000000000001',
    'proc.cmdline': 'bash -c id',
    'proc.exepath': '/usr/bin/bash',
    'proc.name': 'bash',
    'proc.pid': 4711,
    'proc.pname': 'runc',
    'proc.tty': 34816,
    'user.name': 'root',
    ...fields,
  },
  priority: 'Notice',
  rule: 'Terminal shell in container',
  source: 'syscall',
  tags: ['T1059', 'container', 'mitre_execution', 'shell'],
  time: '2026-11-23T10:00:00.123456789Z',
  ...more,
})

const parse = (payload: string) =>
  parseFalco({ stream: 'falco', source: 'falco', cluster: 'shop', receivedAt: 7, payload: Buffer.from(payload) })

const only = (value: JsonValue): RuntimeRecord => {
  const { records, bad } = parse(JSON.stringify(value))
  assert.deepEqual(bad, [])
  const [record] = records
  assert.ok(record?.kind === 'runtime')
  return record
}

const outcome = (payload: string) => {
  const { records, bad } = parse(payload)
  return { types: records.map(typeOf), bad: bad.map(({ why }) => why) }
}

const typeOf = (record: BulwarkRecord): string => (record.kind === 'runtime' ? record.type : record.kind)

test('an alert is lifted whole', () => {
  const { eventId, ...record } = only(alert())
  assert.match(eventId, /^[0-9a-f]{32}$/)
  assert.deepEqual(record, {
    kind: 'runtime',
    time: 1_795_428_000_123_456,
    receivedAt: 7,
    cluster: 'shop',
    source: 'falco',
    sensor: 'falco',
    type: 'Terminal shell in container',
    priority: 'Notice',
    tags: ['T1059', 'container', 'mitre_execution', 'shell'],
    message: 'A shell was spawned in a container with an attached terminal (user=root pod=web-1)',
    node: 'worker-1',
    namespace: 'shop',
    pod: 'web-1',
    podUid: '0b1f2a30-0000-4000-8000-000000000001',
    container: 'web',
    containerId: 'bae66fa9f180',
    image: 'docker.io/library/nginx:1.29',
    process: { binary: '/usr/bin/bash', arguments: '-c id', pid: 4711, user: 'root', parentBinary: 'runc' },
    request: undefined,
    event: alert(),
  })
})

test('what Falco does not know is unknown, and never the text <NA>', () => {
  const record = only(
    alert(
      {},
      {
        'container.id': '<NA>',
        'container.image.repository': null,
        'container.name': '<NA>',
        'k8s.ns.name': null,
        'k8s.pod.name': '<NA>',
        'k8s.pod.uid': null,
        'user.name': '<NA>',
        'user.uid': 0,
        'proc.exepath': '<NA>',
      },
    ),
  )
  const { namespace, pod, podUid, container, containerId, image, process } = record
  assert.deepEqual(
    { namespace, pod, podUid, container, containerId, image },
    { namespace: '', pod: '', podUid: '', container: '', containerId: '', image: '' },
  )
  assert.equal(process?.binary, 'bash')
  assert.equal(process?.user, '0')
})

test('a process of the node is in no container', () => {
  const record = only(
    alert({}, { 'container.id': 'host', 'container.name': 'host', 'container.image.repository': null }),
  )
  assert.deepEqual([record.container, record.containerId, record.image], ['', '', ''])
})

test("Docker's name of a container tells the container of the pod", () => {
  assert.equal(only(alert({}, { 'container.name': 'k8s_web_web-1_shop_0b1f_0' })).container, 'web')
})

for (const [written, read] of [
  ['EMERGENCY', 'Emergency'],
  ['alert', 'Alert'],
  ['Critical', 'Critical'],
  ['Error', 'Error'],
  ['Warning', 'Warning'],
  ['info', 'Informational'],
  ['Debug', 'Debug'],
] as const) {
  test(`priority ${written} is ${read}`, () => assert.equal(only(alert({ priority: written })).priority, read))
}

test('an alert about a request of the API server has its user and target', () => {
  const record = only({
    output: '10:00:00.000000000: Notice Attach/Exec to pod (user=alice pod=web-1)',
    output_fields: {
      'ka.user.name': 'alice',
      'ka.verb': 'create',
      'ka.target.name': 'web-1',
      'ka.target.namespace': 'shop',
      'ka.target.resource': 'pods',
      'ka.target.subresource': 'exec',
    },
    priority: 'Notice',
    rule: 'Attach/Exec Pod',
    source: 'k8s_audit',
    tags: ['k8s'],
    time: '2026-11-23T10:00:00.000001000Z',
  })
  assert.equal(record.process, undefined)
  assert.deepEqual(record.request, {
    user: 'alice',
    verb: 'create',
    target: { group: '', version: '', resource: 'pods', subresource: 'exec', namespace: 'shop', name: 'web-1' },
  })
})

describe('the id of an alert', () => {
  const id = only(alert()).eventId

  test('is the same by whatever way it comes: directly, by falcosidekick, with its keys in another order', () => {
    const { output_fields: fields, ...rest } = alert()
    const sorted = Object.fromEntries(Object.entries(fields as JsonObject).toReversed())
    assert.equal(only({ uuid: '8d2f0c1a-0000-4000-8000-000000000002', ...rest, output_fields: sorted }).eventId, id)
    const shortened = { 'evt.time': 1 }
    assert.equal(
      only(alert({ time: '2026-11-23T10:00:00.500Z' }, shortened)).eventId,
      only(alert({ time: '2026-11-23T10:00:00.500000000Z' }, shortened)).eventId,
    )
    assert.notEqual(
      only(alert({ time: '2026-11-23T10:00:10Z' }, shortened)).eventId,
      only(alert({ time: '2026-11-23T10:00:01Z' }, shortened)).eventId,
    )
  })

  test('is another for another alert of the same microsecond', () => {
    for (const other of [
      alert({ time: '2026-11-23T10:00:00.123456788Z' }),
      alert({ rule: 'Other' }),
      alert({ hostname: 'worker-2' }),
      alert({}, { 'proc.pid': 4712 }),
    ]) {
      assert.notEqual(only(other).eventId, id)
    }
  })
})

describe("Falco's own notices", () => {
  const notice = (rule: string, fields: JsonObject): JsonObject => ({
    hostname: 'worker-1',
    output: `10:00:00.000000000: Debug ${rule}.`,
    output_fields: fields,
    priority: 'Debug',
    rule,
    source: 'internal',
    time: '2026-11-23T10:00:00.000000000Z',
  })
  const at = 1_795_428_000_000_000

  test('dropped system calls are a gap of one second with an estimate, beside the alert', () => {
    const { records } = parse(
      JSON.stringify(notice('Falco internal: syscall event drop', { n_evts: '1000', n_drops: '120' })),
    )
    assert.deepEqual(records.map(typeOf), ['Falco internal: syscall event drop', 'gap'])
    assert.deepEqual(records[1], {
      kind: 'gap',
      time: at,
      receivedAt: 7,
      cluster: 'shop',
      source: 'falco',
      from: at - 1_000_000,
      to: at,
      reason: 'dropped-at-source',
      what: 'Falco on worker-1 could not keep up and dropped system calls',
      estimate: 120,
    })
  })

  test('counters of a metrics snapshot are a gap over the time since the last one', () => {
    const { records } = parse(
      JSON.stringify(
        notice('Falco internal: metrics snapshot', {
          'scap.n_drops': 700,
          'scap.n_drops_prev': 100,
          'scap.evts_drop_rate_sec': 10,
        }),
      ),
    )
    const gap = records[1]
    assert.ok(gap?.kind === 'gap')
    assert.deepEqual([gap.from, gap.to, gap.estimate], [at - 60_000_000, at, 600])
  })

  test('alerts that found no room in the queue of outputs are a gap since Falco started, also passed on by falcosidekick', () => {
    const snapshot = notice('Falco internal: metrics snapshot', {
      'falco.outputs_queue_num_drops': 42,
      'falco.start_ts': (at - 90_000_000) * 1000,
      'scap.n_drops': 0,
      'scap.n_drops_prev': 0,
    })
    for (const told of [snapshot, { ...snapshot, uuid: '0b1f2a30-0000-4000-8000-000000000001' }]) {
      const gap = parse(JSON.stringify(told)).records[1]
      assert.ok(gap?.kind === 'gap')
      assert.deepEqual(
        [gap.from, gap.to, gap.reason, gap.what, gap.estimate],
        [
          at - 90_000_000,
          at,
          'dropped-at-source',
          'Falco on worker-1 lost alerts since it started, because the queue of its outputs was full',
          42,
        ],
      )
    }
    const strange = notice('Falco internal: metrics snapshot', {
      'falco.outputs_queue_num_drops': 1,
      'falco.start_ts': 1e30,
      'scap.n_drops': 5,
      'scap.n_drops_prev': 1,
    })
    assert.deepEqual(
      parse(JSON.stringify(strange)).records.flatMap((one) =>
        one.kind === 'gap' ? [[one.from, one.to, one.estimate]] : [],
      ),
      [
        [at, at, 4],
        [at, at, 1],
      ],
    )
  })

  test('without counters of the kernel, the share of what was dropped is a gap', () => {
    const fields = {
      'scap.n_drops_perc': 20,
      'falco.num_evts': 5000,
      'falco.num_evts_prev': 1000,
      'falco.evts_rate_sec': 100,
    }
    const gap = parse(JSON.stringify(notice('Falco internal: metrics snapshot', fields))).records[1]
    assert.ok(gap?.kind === 'gap')
    assert.deepEqual([gap.from, gap.to, gap.estimate], [at - 40_000_000, at, 1000])
    const none = { ...fields, 'scap.n_drops_perc': 0, 'falco.outputs_queue_num_drops': 0 }
    assert.equal(parse(JSON.stringify(notice('Falco internal: metrics snapshot', none))).records.length, 1)
  })

  test('a snapshot without drops is no gap', () => {
    const fields = { 'scap.n_drops': 700, 'scap.n_drops_prev': 700, 'scap.evts_drop_rate_sec': 0 }
    assert.equal(parse(JSON.stringify(notice('Falco internal: metrics snapshot', fields))).records.length, 1)
  })
})

describe('payloads', () => {
  const text = JSON.stringify(alert())

  test('one alert, an array, lines, and lines in the wrapping of a log shipper', () => {
    const type = 'Terminal shell in container'
    assert.deepEqual(outcome(text), { types: [type], bad: [] })
    assert.deepEqual(outcome(`[${text},${text}]`), { types: [type, type], bad: [] })
    assert.deepEqual(outcome(`${text}\n${text}\n`), { types: [type, type], bad: [] })
    assert.deepEqual(outcome(JSON.stringify({ date: 1, log: text, kubernetes: {} })), { types: [type], bad: [] })
  })

  test('a text of an alert is never taken for another alert in its place', () => {
    const forged = JSON.stringify(alert({ rule: 'Nothing to see' }))
    assert.deepEqual(outcome(JSON.stringify(alert({ message: forged, log: forged }))).types, [
      'Terminal shell in container',
    ])
  })

  test('bad lines beside good ones are set aside with a reason that quotes nothing', () => {
    const secret = '{"rule":"x","output":"token=hunter2hunter2'
    assert.deepEqual(outcome(`${text}\n${secret}\n7\n${text}`), {
      types: ['Terminal shell in container', 'Terminal shell in container'],
      bad: ['it is not valid JSON: unexpected text at position 42', 'it is no JSON object'],
    })
  })

  for (const [value, why] of [
    [{ time: '2026-11-23T10:00:00Z', priority: 'Notice' }, 'it has no rule, so it is no alert of Falco'],
    [alert({ rule: 7 }), 'it has no rule, so it is no alert of Falco'],
    [alert({ time: 1_795_428_000 }), 'time is no RFC 3339 time'],
    [alert({ time: 'yesterday' }), 'time is no RFC 3339 time'],
    [alert({ priority: 'Urgent' }), 'priority is none of Falco'],
    [alert({ priority: null }), 'priority is none of Falco'],
  ] as const) {
    test(`${why}: ${JSON.stringify(value).slice(0, 60)}…`, () =>
      assert.deepEqual(outcome(JSON.stringify(value)), { types: [], bad: [why] }))
  }

  test('fields of wrong types are unknown', () => {
    const record = only(alert({ tags: 'x', hostname: {}, output: [] }, { 'k8s.pod.name': {}, 'proc.pid': 'x' }))
    assert.deepEqual(
      [record.tags, record.node, record.message, record.pod, record.process?.pid],
      [[], '', '', '', undefined],
    )
    assert.equal(only(alert({ output_fields: [] })).process, undefined)
  })

  test('long texts are cut in the record and whole in the event', () => {
    const long = 'x'.repeat(100_000)
    const record = only(alert({ message: long }, { 'proc.cmdline': `bash ${long}` }))
    assert.equal(record.message.length, 4096)
    assert.ok((record.process?.arguments.length ?? 0) <= 4096)
    assert.equal(record.event.message, long)
  })

  test('any bytes give records and bad parts, never an exception', () => {
    const keys = fc.constantFrom(
      'rule',
      'time',
      'priority',
      'output',
      'output_fields',
      'tags',
      'hostname',
      'log',
      'proc.cmdline',
      'k8s.pod.name',
    )
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('Notice', '2026-11-23T10:00:00Z', '<NA>', '{}', ''),
        fc.integer(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 6 }),
      ),
    }))
    fc.assert(
      fc.property(value, (any) => {
        outcome(JSON.stringify(any))
      }),
      { numRuns: 1000 },
    )
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (payload) => {
        const { records, bad } = parseFalco({ stream: 'falco', source: 's', cluster: 'c', receivedAt: 1, payload })
        assert.ok(records.length + bad.length > 0)
      }),
    )
  })
})
