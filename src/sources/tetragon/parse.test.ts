import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import type { BulwarkRecord, RuntimeRecord } from '../../model/record.ts'
import { parseTetragon } from './parse.ts'

const process: JsonObject = {
  exec_id: 'd29ya2VyLTE6MTIzOjQ3MTE=',
  pid: 4711,
  uid: 0,
  cwd: '/',
  binary: '/usr/bin/curl',
  arguments: '-s http://169.254.169.254/',
  flags: 'execve clone',
  start_time: '2026-11-23T10:00:00.123456789Z',
  pod: {
    namespace: 'shop',
    name: 'web-1',
    uid: '0b1f2a30-0000-4000-8000-000000000001',
    container: {
      id: 'containerd://bae66fa9f18079f78500ad37e88eb8a88b3181b2d0767f26dc532f75e4024d27',
      name: 'web',
      image: { id: 'docker.io/library/nginx@sha256:0123', name: 'docker.io/library/nginx:1.29' },
      pid: 12,
    },
    workload: 'web',
    workload_kind: 'Deployment',
  },
  docker: 'bae66fa9f18079f78500ad37e88eb8a',
}
const parent: JsonObject = { exec_id: 'eA==', pid: 4700, uid: 0, binary: '/usr/bin/bash' }

const event = (type: string, more: JsonObject = {}): JsonObject => ({
  [type]: { process, parent, ...more },
  node_name: 'worker-1',
  time: '2026-11-23T10:00:00.123456789Z',
})

const parse = (payload: string) =>
  parseTetragon({
    stream: 'tetragon',
    source: 'tetragon',
    cluster: 'shop',
    receivedAt: 7,
    payload: Buffer.from(payload),
  })

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

test('the start of a program is lifted whole', () => {
  const { eventId, ...record } = only(event('process_exec'))
  assert.match(eventId, /^[0-9a-f]{32}$/)
  assert.deepEqual(record, {
    kind: 'runtime',
    time: 1_795_428_000_123_456,
    receivedAt: 7,
    cluster: 'shop',
    source: 'tetragon',
    sensor: 'tetragon',
    type: 'process_exec',
    priority: undefined,
    tags: [],
    message: '/usr/bin/curl -s http://169.254.169.254/ in shop/web-1 (web)',
    node: 'worker-1',
    namespace: 'shop',
    pod: 'web-1',
    podUid: '0b1f2a30-0000-4000-8000-000000000001',
    container: 'web',
    containerId: 'bae66fa9f18079f78500ad37e88eb8a88b3181b2d0767f26dc532f75e4024d27',
    image: 'docker.io/library/nginx:1.29',
    process: {
      binary: '/usr/bin/curl',
      arguments: '-s http://169.254.169.254/',
      pid: 4711,
      user: '0',
      parentBinary: '/usr/bin/bash',
    },
    request: undefined,
    event: event('process_exec'),
  })
})

for (const [type, more, message] of [
  [
    'process_exit',
    { signal: 'SIGKILL' },
    '/usr/bin/curl -s http://169.254.169.254/ ended by SIGKILL in shop/web-1 (web)',
  ],
  [
    'process_kprobe',
    { function_name: 'tcp_connect', policy_name: 'egress', message: 'Metadata address', tags: ['T1552'] },
    'Metadata address: /usr/bin/curl -s http://169.254.169.254/ called tcp_connect in shop/web-1 (web), by policy egress',
  ],
  [
    'process_tracepoint',
    { subsys: 'syscalls', event: 'sys_enter_ptrace' },
    '/usr/bin/curl -s http://169.254.169.254/ called syscalls/sys_enter_ptrace in shop/web-1 (web)',
  ],
  [
    'process_lsm',
    { function_name: 'bprm_check_security' },
    '/usr/bin/curl -s http://169.254.169.254/ called bprm_check_security in shop/web-1 (web)',
  ],
  [
    'process_uprobe',
    { path: '/bin/bash', symbol: 'readline' },
    '/usr/bin/curl -s http://169.254.169.254/ called readline in shop/web-1 (web)',
  ],
  ['process_loader', { path: '/lib/x.so' }, '/usr/bin/curl -s http://169.254.169.254/ in shop/web-1 (web)'],
  // Of earlier versions.
  ['process_connect', { destination_ip: '10.0.0.1' }, '/usr/bin/curl -s http://169.254.169.254/ in shop/web-1 (web)'],
  ['process_listen', { port: 80 }, '/usr/bin/curl -s http://169.254.169.254/ in shop/web-1 (web)'],
] as const satisfies readonly (readonly [string, JsonObject, string])[]) {
  test(`${type} says “${message}”`, () => {
    const record = only(event(type, more))
    assert.equal(record.type, type)
    assert.equal(record.message, message)
    assert.equal(record.pod, 'web-1')
  })
}

test('a process outside of pods has no pod, a container whose pod is not known its id', () => {
  const { pod: _, docker: __, ...onNode } = process
  const record = only({ ...event('process_exec'), process_exec: { process: onNode } })
  assert.deepEqual([record.namespace, record.pod, record.containerId], ['', '', ''])
  const orphan = only({ ...event('process_exec'), process_exec: { process: { ...onNode, docker: 'bae66fa9f180' } } })
  assert.deepEqual([orphan.pod, orphan.containerId], ['', 'bae66fa9f180'])
})

test('an event without a time has that of its process or exit', () => {
  const { time: _, ...start } = event('process_exec')
  assert.equal(only(start).time, 1_795_428_000_123_456)
  const { time: __, ...exit } = event('process_exit', { time: '2026-11-23T10:00:01Z' })
  assert.equal(only(exit).time, 1_795_428_001_000_000)
  const { time: ___, ...probe } = event('process_kprobe')
  assert.equal(only(probe).time, 7)
})

test('what is of no known shape is kept, as type unknown', () => {
  const strange = { something_else: { a: 1 }, node_name: 'worker-1', time: '2026-11-23T10:00:00Z' }
  const record = only(strange)
  assert.deepEqual(
    [record.type, record.node, record.process, record.event],
    ['unknown', 'worker-1', undefined, strange],
  )
})

test('what the exporter left out is a gap with its count', () => {
  const { records } = parse(
    JSON.stringify({
      rate_limit_info: { number_of_dropped_process_events: '250' },
      node_name: 'worker-1',
      time: '2026-11-23T10:00:00Z',
    }),
  )
  assert.deepEqual(records.map(typeOf), ['rate_limit_info', 'gap'])
  const gap = records[1]
  assert.ok(gap?.kind === 'gap')
  const { from, to, reason, what, estimate } = gap
  assert.deepEqual(
    { from, to, reason, what, estimate },
    {
      from: 1_795_428_000_000_000 - 60_000_000,
      to: 1_795_428_000_000_000,
      reason: 'dropped-at-source',
      what: 'Tetragon on worker-1 left out events beyond its export rate limit',
      estimate: 250,
    },
  )
  assert.equal(parse('{"rate_limit_info":{"number_of_dropped_process_events":"many"}}').records.length, 1)
})

test('what is left out of a cgroup that makes too many events is a gap without a count, at its start and its end', () => {
  const told = (type: string) =>
    parse(
      JSON.stringify({
        process_throttle: { type, cgroup: 'session-4.scope' },
        node_name: 'worker-1',
        time: '2026-11-23T10:00:00Z',
      }),
    ).records.flatMap((one) => (one.kind === 'gap' ? [[one.from, one.what, one.estimate]] : []))
  const left = 'Tetragon on worker-1 leaves out events of the cgroup session-4.scope'
  assert.deepEqual(told('THROTTLE_START'), [
    [1_795_428_000_000_000, `${left} from now on, since it makes too many`, undefined],
  ])
  assert.deepEqual(told('THROTTLE_STOP'), [
    [1_795_428_000_000_000, `${left} until now, since it makes too many`, undefined],
  ])
  assert.deepEqual(told('THROTTLE_UNKNOWN'), [])
})

test('the id is the same whoever passed the event on, and another for another event', () => {
  const { eventId } = only(event('process_exec'))
  const shipped = { date: 1.5, kubernetes: { host: 'x' }, ...event('process_exec') }
  assert.equal(only(shipped).eventId, eventId)
  assert.equal(only({ log: JSON.stringify(event('process_exec')), stream: 'stdout' }).eventId, eventId)
  assert.notEqual(only(event('process_exit')).eventId, eventId)
  assert.notEqual(only({ ...event('process_exec'), node_name: 'worker-2' }).eventId, eventId)
})

describe('payloads', () => {
  const text = JSON.stringify(event('process_exec'))

  test('one event, an array, lines; bad ones beside good ones', () => {
    assert.deepEqual(outcome(text), { types: ['process_exec'], bad: [] })
    assert.deepEqual(outcome(`[${text},${text}]`), { types: ['process_exec', 'process_exec'], bad: [] })
    assert.deepEqual(outcome(`${text}\n{"process_exec":\n[${text},7]`), {
      types: ['process_exec', 'process_exec'],
      bad: ['it is not valid JSON: it ends too early', 'it is no JSON object'],
    })
  })

  test('a text of an event is never taken for another event in its place', () => {
    const forged = JSON.stringify(event('process_exit'))
    assert.deepEqual(outcome(JSON.stringify({ ...event('process_exec'), log: forged, message: forged })).types, [
      'process_exec',
    ])
  })

  test('parts of wrong types are unknown; a time of a wrong type is refused', () => {
    const record = only({
      process_exec: { process: { binary: 7, pid: 'x', pod: [], docker: {} }, parent: 'x' },
      node_name: [],
    })
    assert.deepEqual([record.node, record.pod, record.process?.binary, record.process?.pid], ['', '', '', undefined])
    assert.deepEqual(outcome('{"process_exec":7}').types, ['unknown'])
    assert.deepEqual(outcome('{"process_exec":{},"time":7}').bad, ['time is no RFC 3339 time'])
  })

  test('deep events and harmful keys', () => {
    const deep = `{"process_exec":${'{"a":'.repeat(100)}1${'}'.repeat(100)}}`
    assert.deepEqual(outcome(deep).bad, ['it is nested deeper than 64 levels'])
    const record = parse(`{"process_exec":{"__proto__":{"x":1}},"time":"2026-11-23T10:00:00Z"}`).records[0]
    assert.ok(record?.kind === 'runtime' && !JSON.stringify(record.event).includes('__proto__'))
  })

  test('any JSON gives records or bad parts, never an exception', () => {
    const keys = fc.constantFrom(
      'process_exec',
      'process',
      'parent',
      'pod',
      'container',
      'image',
      'time',
      'node_name',
      'rate_limit_info',
      'log',
      'number_of_dropped_process_events',
      'tags',
    )
    const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom('2026-11-23T10:00:00Z', '{}', '{"a":1}', ''),
        fc.double(),
        fc.constant(null),
        fc.array(tie('value'), { maxLength: 3 }),
        fc.dictionary(keys, tie('value'), { maxKeys: 6 }),
      ),
    }))
    fc.assert(
      fc.property(value, (any) => {
        const { records, bad } = parse(JSON.stringify(any))
        assert.ok(records.length + bad.length > 0 || (Array.isArray(any) && any.length === 0))
      }),
      { numRuns: 1000 },
    )
  })
})
