import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createDetector } from '../detect/detector.ts'
import { audit, start } from '../detect/fixture.ts'
import { loadRuleSet, type RuleFile } from '../detect/rule-set.ts'
import { createMatcher } from '../engines/sigma/index.ts'
import type { AuditRecord, PlacedRecord } from '../model/record.ts'
import { type BacktestProgress, backtest, type Candidate, type CurrentRules, type RecordReader } from './backtest.ts'

const id = '4f2f2f3e-6a55-4d0e-8b4c-2a3f6f0d8c11'
const rule = (selection: string, more = ''): string => `
title: Secrets read
id: ${id}
name: secrets-read
status: stable
level: high
logsource: {product: kubernetes, service: audit}
detection:
  sel: ${selection}
  condition: sel
${more}`

const files: readonly RuleFile[] = [
  { name: 'rules/secrets.yml', text: rule('{verb: get, objectRef.resource: secrets}'), origin: 'user' },
]
const current: CurrentRules = { files, set: loadRuleSet(files), enabled: () => true }

const day = 86_400
const [from, to] = [start, start + 3 * day * 1_000_000]

/** The record as a store would hand it out: only what the predicate is true of, in batches. */
const recordOf = (records: readonly AuditRecord[], { batchSize = 7, notKept = 0 } = {}) => {
  const asked: number[] = []
  const placed = records.map((record, seq): PlacedRecord => ({ position: { seq, index: 0 }, record }))
  const within = (begin: number, end: number) => records.filter(({ time }) => time >= begin && time < end)
  const reader: RecordReader = {
    async *records({ audit: predicate }, begin, end) {
      const matcher = createMatcher(predicate === undefined ? [] : [predicate])
      const found = placed.filter(
        ({ record }) =>
          record.time >= begin &&
          record.time < end &&
          record.kind === 'audit' &&
          matcher.matches(record.event).length > 0,
      )
      asked.push(found.length)
      for (let at = 0; at < found.length; at += batchSize) yield found.slice(at, at + batchSize)
    },
    objects: async function* () {},
    guards: async function* () {},
    guardsSince: async () => [{ cluster: 'shop', since: undefined }],
    counts: async (_, begin, end, buckets) =>
      Array.from({ length: buckets }, (_, n) => {
        const edge = (place: number) => begin + Math.floor(((end - begin) * place) / buckets)
        return within(edge(n), edge(n + 1)).length
      }),
    seen: async (_, field, values, begin, end) => {
      const have = new Set(
        within(begin, end).map(({ verb, target, user }) =>
          field === 'verb' ? verb : field === 'user.username' ? user : (target?.resource ?? ''),
        ),
      )
      return new Set(values.filter((value) => have.has(value)))
    },
    hasBodies: async () => false,
    notKept: async () => notKept,
  }
  return { reader, asked }
}

/** alice reads a Secret each hour for three days, the backup ten times as often. */
const ordinary = Array.from({ length: 3 * 24 }, (_, hour) => [
  audit(hour * 3600, { user: 'alice' }),
  ...Array.from({ length: 10 }, (_, n) => audit(hour * 3600 + 60 + n, { user: 'backup' })),
  audit(hour * 3600 + 100, { user: 'alice', verb: 'list', target: undefined, requestUri: '/api/v1/pods' }),
]).flat()

const run = async (candidate: Candidate, records = ordinary, rules = current) => {
  const all: BacktestProgress[] = []
  const options = { from, to, eventsAtOnce: 10 }
  for await (const one of backtest(candidate, rules, recordOf(records).reader, options)) all.push(one())
  const last = all.at(-1)
  assert.ok(last !== undefined)
  return { last, all }
}

describe('a rule', () => {
  test('in place of another: what fires, by day and by principal, and what is gone', async () => {
    const text = rule('{verb: get, objectRef.resource: secrets, user.username: alice}')
    const { last } = await run({ kind: 'rule', text, replaces: id })
    assert.deepEqual([last.before, last.after, last.isWhole], [792, 72, true])
    assert.deepEqual(
      last.byDay.map(({ before, after }) => [before, after]),
      [
        [132, 12],
        [264, 24],
        [264, 24],
        [132, 12],
      ],
    )
    assert.deepEqual(last.byPrincipal, [
      { principal: 'backup', before: 720, after: 0 },
      { principal: 'alice', before: 72, after: 72 },
    ])
    assert.deepEqual([last.samples.length, last.samples[0]?.change], [50, 'gone'])
    assert.match(last.samples[0]?.message ?? '', /backup/)
  })

  test('that is new fires beside what is there, and may build on it', async () => {
    const text = `
title: Many Secrets
correlation:
  type: event_count
  rules: [secrets-read]
  group-by: [user.username]
  timespan: 1m
  condition: {gte: 5}
level: high
`
    const { last } = await run({ kind: 'rule', text, replaces: undefined })
    assert.deepEqual([last.before, last.after], [0, 72])
    assert.ok(last.samples.every(({ change }) => change === 'new'))
  })

  test('gives what the live detector gives on the same records', async () => {
    const text = rule('{verb: get, objectRef.resource: secrets, user.username: backup}')
    const set = loadRuleSet([{ name: 'x.yml', text, origin: 'user' }])
    const live = createDetector(set, { enabled: () => true })
    const found = live.step(ordinary.map((record, seq) => ({ position: { seq, index: 0 }, record })))
    assert.equal((await run({ kind: 'rule', text, replaces: undefined })).last.after, found.length)
  })

  test('tells how far it is all along, to the last event', async () => {
    const { all, last } = await run({ kind: 'rule', text: rule('{verb: escalate}'), replaces: undefined })
    assert.ok(all.length > 50)
    assert.deepEqual([last.scanned, last.toScan], [ordinary.length, ordinary.length])
    const scanned = all.map((one) => one.scanned)
    assert.deepEqual(
      scanned,
      scanned.toSorted((a, b) => a - b),
    )
  })

  test('that asks for what the period never had is told to be unexercised', async () => {
    const selection = '{verb: [get, escalate], objectRef.resource: secrets, requestObject.kind: Secret}'
    const { last } = await run({ kind: 'rule', text: rule(selection), replaces: undefined })
    assert.deepEqual(last.unexercised, [
      'no event has verb "escalate"',
      'no event has the body of its request: the audit policy leaves it out',
    ])
  })

  test('that asks what a request lowered is told to know what was before of requests alone', async () => {
    const selection = '{verb: get, lowered.guard: pod-security.*}'
    const { last } = await run({ kind: 'rule', text: rule(selection), replaces: undefined })
    assert.ok(last.unexercised.some((one) => /was tried only on objects of which an earlier request/.test(one)))
    assert.equal(last.after, 0)
  })

  test('says of how much of the period it cannot tell any more', async () => {
    const candidate: Candidate = { kind: 'rule', text: rule('{verb: get}'), replaces: undefined }
    const all: BacktestProgress[] = []
    const { reader } = recordOf(ordinary, { notKept: 12 })
    for await (const one of backtest(candidate, current, reader, { from, to })) all.push(one())
    assert.deepEqual(all.at(-1)?.unexercised, ['12 events are too old to be looked at: only their columns are kept'])
  })

  test('opens only the events that it or the one before it looks at', async () => {
    const { reader, asked } = recordOf(ordinary)
    const text = rule('{verb: get, objectRef.resource: secrets, user.username: alice}')
    for await (const _ of backtest({ kind: 'rule', text, replaces: undefined }, current, reader, { from, to }));
    assert.equal(
      asked.reduce((sum, count) => sum + count, 0),
      72,
    )
  })

  test('in error is refused with line and column', async () => {
    const text = rule('{verb|contians: get}')
    await assert.rejects(run({ kind: 'rule', text, replaces: undefined }), (error) => {
      assert.ok(error instanceof Error)
      assert.equal(Reflect.get(error, 'code'), 'RULES_INVALID')
      assert.match(String(Reflect.get(error, 'where')), /^line 9, column \d+, rule "Secrets read"$/)
      return true
    })
  })

  test('in place of one that is not there is refused', async () => {
    const text = rule('{verb: get}')
    await assert.rejects(run({ kind: 'rule', text, replaces: 'none' }), { code: 'REQUEST_INVALID' })
  })
})

describe('a suppression', () => {
  test('keeps out what it covers, and nothing else', async () => {
    const { last } = await run({
      kind: 'suppression',
      rules: [id],
      covers: ({ principal }, record) => principal === 'backup' && record !== undefined,
    })
    assert.deepEqual([last.before, last.after], [792, 72])
    assert.deepEqual(new Set(last.samples.map(({ change }) => change)), new Set(['gone']))
  })

  test('of a rule that is off changes nothing, for it fires nothing', async () => {
    const off = { ...current, enabled: () => false }
    const { last } = await run({ kind: 'suppression', rules: [id], covers: () => true }, ordinary, off)
    assert.deepEqual([last.before, last.after], [0, 0])
  })
})

test('ends when it is cancelled', async () => {
  let count = 0
  const options = { from, to, isCancelled: () => count > 3 }
  const candidate: Candidate = { kind: 'rule', text: rule('{verb: get}'), replaces: undefined }
  for await (const progress of backtest(candidate, current, recordOf(ordinary).reader, options)) {
    count += 1
    assert.equal(progress().isWhole, false)
  }
  assert.ok(count < 10)
})

test('memory is bounded whatever principals there are', async () => {
  const records = Array.from({ length: 30_000 }, (_, n) => audit(n, { user: `u${n}` }))
  const candidate: Candidate = { kind: 'rule', text: rule('{verb: get}'), replaces: undefined }
  let last: BacktestProgress | undefined
  const { reader } = recordOf(records, { batchSize: 500 })
  for await (const one of backtest(candidate, current, reader, { from, to })) last = one()
  assert.equal(last?.after, 30_000)
  assert.equal(last?.byPrincipal.length, 101)
  assert.equal(
    last?.byPrincipal.reduce((sum, { after }) => sum + after, 0),
    30_000,
  )
})
