import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { evaluate } from '../engines/sigma/index.ts'
import type { JsonObject, JsonValue } from '../model/json.ts'
import type { Predicate, ValueTest } from '../model/predicate.ts'
import type { AuditRecord } from '../model/record.ts'
import { formatMicros } from '../model/time.ts'
import { toAuditRecord } from '../sources/audit/event.ts'
import { noon, objectSample, patient, placed, second } from './fixture.ts'
import { openStore, type Store } from './index.ts'

const recordOf = (event: JsonObject): AuditRecord => {
  const entry = {
    stream: 'audit' as const,
    cluster: 'shop',
    source: 'audit',
    receivedAt: noon + 60 * second,
    payload: Buffer.from(''),
  }
  const record = toAuditRecord(event, entry)
  if (typeof record === 'string') assert.fail(record)
  return record
}

// Few and similar texts, so that random predicates are true of some events and false of others.
const texts = fc.constantFrom('get', 'GET', 'create', 'pods', 'Pods', 'k', '\u212a', 'alice', 'system:x', 'a.b', '')
const optional = (values: fc.Arbitrary<JsonValue>) => fc.option(values, { nil: undefined })
const events = fc
  .record({
    verb: texts,
    user: optional(fc.record({ username: texts })),
    objectRef: optional(
      fc.record(
        { resource: texts, namespace: texts, name: texts },
        { requiredKeys: ['resource'] },
      ) as fc.Arbitrary<JsonValue>,
    ),
    responseStatus: optional(fc.record({ code: fc.constantFrom(200, 403, 404) })),
    requestObject: optional(fc.record({ spec: fc.record({ image: texts }) })),
  })
  .map((fields): JsonObject => fields)

const tests: fc.Arbitrary<ValueTest> = fc.oneof(
  fc.record({
    kind: fc.constant('pattern' as const),
    parts: fc.array(
      fc.oneof(
        texts.map((text) => ({ text })),
        fc.constant({ wildcard: 'any' as const }),
      ),
      { maxLength: 2 },
    ),
    cased: fc.boolean(),
  }),
  fc.constantFrom('(?i-s)^GET$', '(?-s)^$', '(?-s)s').map((source) => ({ kind: 'regex' as const, source })),
  fc.record({
    kind: fc.constant('number' as const),
    comparison: fc.constantFrom('=', '<', '>=' as const),
    number: fc.constantFrom(0, 200, 403, 70_000, 1.5),
  }),
  fc.constantFrom<ValueTest>({ kind: 'value' }, { kind: 'null' }, { kind: 'exists', exists: false }),
)
const names = fc.constantFrom(
  ...['verb', 'user.username', 'objectRef.resource', 'objectRef.namespace', 'objectRef.name'],
  ...['responseStatus.code', 'requestObject.spec.image', 'stage'],
)
const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    fc.record({
      kind: fc.constant('field' as const),
      field: names.map((name) => [name]),
      tests: fc.array(tests, { minLength: 1, maxLength: 2 }),
    }),
    fc.record({ kind: fc.constant('not' as const), term: tie('predicate') }),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      terms: fc.array(tie('predicate'), { minLength: 1, maxLength: 3 }),
    }),
  ),
}))

const whole = (field: string, text: string): Predicate => ({
  kind: 'field',
  field: [field],
  tests: [{ kind: 'pattern', parts: [{ text }], cased: false }],
})

describe('events that a predicate is true of', () => {
  let dir = ''
  let store: Store
  const sample = fc.sample(events, { numRuns: 300, seed: 5 }).map((fields, index): JsonObject => {
    const stage = index % 5 === 0 ? 'RequestReceived' : 'ResponseComplete'
    // Ten at each moment, so that slices end among equal times.
    const time = formatMicros(noon + Math.floor(index / 10) * second)
    const auditID = `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`
    return JSON.parse(
      JSON.stringify({ kind: 'Event', auditID, stage, stageTimestamp: time, requestURI: `/${index}`, ...fields }),
    )
  })

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'bulwark-test-matching-'))
    store = await openStore({ dir }, patient)
    const kubernetesEvent = objectSample({ time: noon, kind: 'Event', resource: 'events', name: 'web-1.17' })
    await store.insertBlock(placed([...sample.map(recordOf), kubernetesEvent]), 'sample')
    // The same again, as after a restart: each counts once.
    await store.insertBlock(placed(sample.slice(0, 50).map(recordOf)), 'again')
  })
  after(async () => {
    await store[Symbol.asyncDispose]()
    await rm(dir, { recursive: true, force: true })
  })

  const idsOf = (list: readonly JsonObject[]): readonly string[] => list.map(({ auditID }) => String(auditID)).sort()
  const found = async (question: Parameters<Store['matchingEvents']>[0]) => {
    const list: JsonObject[] = []
    let last = 0
    for await (const { time, event } of store.matchingEvents(question)) {
      assert.ok(time >= last, 'in order of time')
      last = time
      list.push(event)
    }
    return list
  }
  const range = { from: noon, to: noon + 3600 * second }

  test('are those that the engine says it is true of, whatever the columns need', { timeout: 1_800_000 }, async () => {
    await fc.assert(
      fc.asyncProperty(predicate, async (one) => {
        const expected = sample.filter((event) => evaluate(one, event))
        assert.deepEqual(idsOf(await found({ predicate: one, ...range })), idsOf(expected))
      }),
      { numRuns: 120 },
    )
  })

  test('are narrowed by time and by columns, and come whole', async () => {
    const everything: Predicate = { kind: 'all', terms: [] }
    const [from, to] = [noon + 2 * second, noon + 5 * second]
    assert.deepEqual(await found({ predicate: everything, from, to, only: { stage: ['RequestReceived'] } }), [
      ...[20, 25, 30, 35, 40, 45].map((index) => sample[index]),
    ])
    assert.deepEqual(await found({ predicate: everything, ...range, only: { verb: [] } }), [])
    assert.equal((await found({ predicate: everything, ...range, only: { cluster: ['shop'] } })).length, 300)
    assert.deepEqual(await found({ predicate: everything, from: to, to: from }), [])
    // Slices of a few: those of one moment stay together, and none is left out or told twice.
    assert.deepEqual(idsOf(await found({ predicate: everything, ...range, candidates: 7 })), idsOf(sample))
  })

  test('are counted over time and by who did it', async () => {
    const one = whole('verb', 'get')
    const expected = sample.filter((event) => evaluate(one, event))
    const counts = await store.matchingCounts({ predicate: one, from: noon, to: noon + 30 * second }, 10)
    assert.deepEqual([counts.total, counts.stepSeconds, counts.withoutBody], [expected.length, 5, 0])
    const alice = counts.principals.find(({ principal }) => principal === 'alice')
    const ofAlice = expected.filter((event) => evaluate(whole('user.username', 'alice'), event))
    assert.deepEqual(
      alice?.counts.slice(0, 6),
      [0, 1, 2, 3, 4, 5].map(
        (bucket) => ofAlice.filter((event) => Math.floor(sample.indexOf(event) / 50) === bucket).length,
      ),
    )
    assert.equal(
      counts.principals.reduce((sum, { total }) => sum + total, 0),
      expected.length,
    )
  })
})
