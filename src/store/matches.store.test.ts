import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { eventRowOf } from '../model/event-row.ts'
import { type Expression, matches, parseQuery, printQuery, queryFieldNames } from '../model/query/index.ts'
import type { AuditRecord, RuntimeRecord } from '../model/record.ts'
import { auditSample, noon, patient, placed, runtimeSample } from './fixture.ts'
import { openStore } from './index.ts'

// Few and similar texts, so that random queries hit some rows and miss others.
const texts = fc.constantFrom(
  '',
  'a',
  'A',
  'b',
  'ab',
  'a b',
  'a-b',
  'web-1',
  'WEB 1',
  'ü',
  'üa',
  'ÜA',
  'a\nb',
  '%',
  '_',
  '\\',
  '\\%',
  "'",
  '"',
  '*',
  'a*',
  'x.y',
  '日本',
  '0',
  '😀',
)
const records = fc
  .record({
    user: texts,
    name: texts,
    userAgent: texts,
    requestUri: texts,
    reason: texts,
    verb: texts,
    code: fc.constantFrom(0, 200, 403, 404),
    stage: fc.constantFrom('ResponseComplete', 'RequestReceived', 'Panic'),
  })
  .map((fields): Partial<AuditRecord> => fields)

const runtimes = fc
  .record({
    pod: texts,
    namespace: texts,
    type: texts,
    node: texts,
    container: texts,
    image: texts,
    process: fc.record({
      binary: texts,
      arguments: texts,
      pid: fc.constant(1),
      user: fc.constant('root'),
      parentBinary: fc.constant(''),
    }),
  })
  .map((fields): Partial<RuntimeRecord> => fields)

const patterns = fc.array(texts, { minLength: 1, maxLength: 3 })
const terms: fc.Arbitrary<Expression> = fc.oneof(
  patterns.filter((parts) => parts.length > 1 || parts[0] !== '').map((value) => ({ kind: 'text' as const, value })),
  fc.record({
    kind: fc.constant('field' as const),
    field: fc.constantFrom(...queryFieldNames.filter((name) => name !== 'code' && name !== 'id')),
    values: fc.array(patterns, { minLength: 1, maxLength: 2 }),
  }),
  fc
    .constantFrom(['403'], ['4', ''], ['', '0', ''])
    .map((value) => ({ kind: 'field' as const, field: 'code' as const, values: [value] })),
  fc.record({
    kind: fc.constant('compare' as const),
    field: fc.constant('code' as const),
    comparison: fc.constantFrom('=', '<', '<=', '>', '>=' as const),
    number: fc.constantFrom(0, 200, 300, 404, 99_999),
  }),
)
const expressions = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small' },
    terms,
    fc.record({ kind: fc.constant('not' as const), term: tie('expression') }),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      terms: fc.array(tie('expression'), { minLength: 2, maxLength: 3 }),
    }),
  ),
})).expression

test('the store finds the rows that matches() matches', { timeout: 1_800_000 }, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bulwark-test-store-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  await using store = await openStore({ dir }, patient)
  const sample = [
    ...fc
      .sample(records, { numRuns: 400, seed: 7 })
      .map((fields, index) => auditSample({ time: noon + index, ...fields })),
    ...fc
      .sample(runtimes, { numRuns: 200, seed: 7 })
      .map((fields, index) => runtimeSample({ time: noon + 400 + index, ...fields })),
  ]
  await store.insertBlock(placed(sample), 'sample')
  const rows = sample.map((record) => {
    const row = eventRowOf(record)
    assert.ok(row)
    return row
  })
  await fc.assert(
    fc.asyncProperty(expressions, async (expression) => {
      const text = printQuery({ expression, allStages: false })
      const parsed = parseQuery(text)
      fc.pre(parsed.ok)
      const expected = rows.filter((row) => matches(parsed.query, row)).map((row) => row.time)
      const page = await store.searchEvents(
        { query: text, from: undefined, to: undefined },
        { limit: 1000, order: 'oldest' },
      )
      assert.deepEqual(
        page.items.map((row) => row.time),
        expected,
        text,
      )
    }),
    { numRuns: 250 },
  )
})
