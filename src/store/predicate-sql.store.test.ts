import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { evaluate } from '../engines/sigma/index.ts'
import type { JsonObject, JsonValue } from '../model/json.ts'
import type { Predicate, ValueTest } from '../model/predicate.ts'
import { EmbeddedBackend } from './embedded.ts'
import { patient } from './fixture.ts'
import { defaultStoreSettings } from './index.ts'
import { column, NativeBlock } from './native/block.ts'
import { text, uint32 } from './native/column-types.ts'
import { predicateSql } from './predicate-sql.ts'
import { Bindings } from './where.ts'

// Few keys and similar values, so that random predicates are true of some events and false of others.
const scalars = fc.constantFrom<string | number | boolean | null>(
  ...[
    '',
    'a',
    'A',
    'ab',
    'a\nb',
    'a"b',
    'a\\b',
    'ü',
    'Ü',
    '\u212a',
    'k',
    'ı',
    '😀',
    'a.b',
    '403',
    '0403',
    '1.5',
    'true',
  ],
  ...['10.1.2.3', '::ffff:10.1.2.3', 'fd00::1', '2026-11-23T23:59:00Z', '2021-01-03T00:30:00.5+01:00', '2026-11-23'],
  ...[0, 1, 403, -7, 1.5, true, false, null],
)
const keys = fc.constantFrom('a', 'b', 'a.b', 'c', 'b.c', 'a.b.c')
const { event } = fc.letrec<{ value: JsonValue; event: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 4 },
    scalars,
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
  ),
  event: fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
}))

const parts = fc.array(
  fc.oneof(
    fc.constantFrom('a', 'A', 'b', 'ü', '403', '.', '\\', '"', 'k').map((text) => ({ text })),
    fc.constantFrom('any' as const, 'one' as const).map((wildcard) => ({ wildcard })),
  ),
  { maxLength: 3 },
)
const textTests = fc.oneof(
  fc.record({ kind: fc.constant('pattern' as const), parts, cased: fc.boolean() }),
  fc
    .constantFrom('(?-s)a.b', '(?s)a.b', '(?i-s)^A', '(?m-s)^b', '(?-s)\\d+', '(?-s)')
    .map((source) => ({ kind: 'regex' as const, source })),
)
const comparison = fc.constantFrom('=' as const, '<' as const, '<=' as const, '>' as const, '>=' as const)
const tests: fc.Arbitrary<ValueTest> = fc.oneof(
  { arbitrary: textTests, weight: 3 },
  fc.record({ kind: fc.constant('number' as const), comparison, number: fc.constantFrom(0, 1, 1.5, 403, -7) }),
  fc.record({
    kind: fc.constant('time' as const),
    part: fc.constantFrom('minute', 'hour', 'day', 'week', 'month', 'year' as const),
    comparison,
    number: fc.constantFrom(0, 2, 11, 23, 53, 59, 2026),
  }),
  fc
    .constantFrom('10.0.0.0/8', '::ffff:10.0.0.0/104', 'fd00::/8', '10.1.2.3/32', '0.0.0.0/0', '::/0')
    .map((cidr) => ({ kind: 'cidr' as const, cidr })),
  fc.constantFrom<ValueTest>(
    { kind: 'value' },
    { kind: 'null' },
    { kind: 'exists', exists: true },
    { kind: 'exists', exists: false },
  ),
)
const names = fc.array(fc.constantFrom('a', 'b', 'a.b', 'a.b.c', 'c', 'a.a'), { minLength: 1, maxLength: 2 })
const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    fc.record({
      kind: fc.constant('field' as const),
      field: names,
      tests: fc.array(tests, { maxLength: 2 }),
    }),
    fc.record({ kind: fc.constant('anywhere' as const), test: textTests }),
    fc.record({
      kind: fc.constant('fields' as const),
      field: names,
      other: names,
      how: fc.constantFrom('equal', 'starts', 'ends', 'contains' as const),
      cased: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('not' as const), term: tie('predicate') }),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      terms: fc.array(tie('predicate'), { maxLength: 2 }),
    }),
  ),
}))

test('the SQL of a predicate is true of the events that the engine says it is true of', {
  timeout: 1_800_000,
}, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bulwark-test-predicate-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  await using backend = await EmbeddedBackend.open(dir, { ...defaultStoreSettings, ...patient })
  await backend.available()
  const events = fc.sample(event, { numRuns: 300, seed: 11 })
  await backend.client.command('CREATE TABLE samples (i UInt32, body String) ENGINE = MergeTree ORDER BY i')
  const samples = new NativeBlock<number>([
    column('i', uint32, (index) => index),
    column('body', text, (index) => JSON.stringify(events[index])),
  ])
  samples.add([...events.keys()])
  await backend.client.insert('samples', ['i', 'body'], samples.chunks(), 'samples')
  await fc.assert(
    fc.asyncProperty(predicate, async (one) => {
      const bindings = new Bindings()
      const { definitions, condition } = predicateSql(one, 'body', bindings)
      const definitionsText = definitions.length === 0 ? '' : `WITH ${definitions.join(', ')} `
      const sql = `${definitionsText}SELECT i FROM samples WHERE ${condition} ORDER BY i`
      const { rows } = await backend.client.select(sql, bindings.params)
      const expected = events.filter((event) => evaluate(one, event))
      assert.deepEqual(
        rows.map((row) => events[Number(row.i)]),
        expected,
      )
    }),
    { numRuns: 200 },
  )
})
