/** Rules over what a request lowered, rehearsed: what they find is what the live detector found. */
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createDetector } from '../detect/detector.ts'
import { audit, start } from '../detect/fixture.ts'
import { loadRuleSet, type RuleFile } from '../detect/rule-set.ts'
import type { Detection } from '../model/detection.ts'
import type { JsonObject } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { AuditRecord, BulwarkRecord } from '../model/record.ts'
import { sampleObject } from '../state/fixture.ts'
import { type BacktestProgress, backtest, type Candidate, type CurrentRules } from './backtest.ts'
import { readerOf } from './fixture.ts'

const second = 1_000_000
const enforce = 'pod-security.kubernetes.io/enforce'
const levels = ['privileged', 'baseline', 'restricted'] as const
type Level = (typeof levels)[number]
const id = '44444444-4444-4444-8444-444444444444'
const windowId = '55555555-5555-4555-8555-555555555555'

const text = `title: Pod Security was lowered
id: ${id}
name: lowered
status: stable
level: medium
logsource: {product: kubernetes, service: audit}
detection:
  selection: {lowered.guard: pod-security.*}
  condition: selection
---
title: Lowered twice
id: ${windowId}
status: stable
level: high
correlation:
  type: event_count
  rules: [lowered]
  group-by: [user.username]
  timespan: 2m
  condition: {gte: 2}
  generate: true
`
const files: readonly RuleFile[] = [{ name: 'ours.yml', text, origin: 'bulwark' }]
const set = loadRuleSet(files)
const current: CurrentRules = { files, set, enabled: () => true }

const namespace = (at: number, level: Level | undefined, name = 'payments', more: Partial<ObjectVersion> = {}) => ({
  ...sampleObject({
    kind: 'Namespace',
    name,
    labels: level === undefined ? {} : { [enforce]: level },
    time: start + Math.round(at * second),
  }),
  ...more,
})

/** A request that ended at a second and came in so much later. */
const request = (at: number, event: JsonObject, name = 'payments', delay = 0.5, verb = 'patch'): AuditRecord => {
  const target = { group: '', version: 'v1', resource: 'namespaces', subresource: '', namespace: '', name }
  const one = audit(at, { verb, target, event })
  return { ...one, receivedAt: one.time + Math.round(delay * second) }
}
const patch = (level: Level | null): JsonObject => ({ requestObject: { metadata: { labels: { [enforce]: level } } } })

/** As the server runs it: in the order of arrival, each an entry; the detector is made anew from its checkpoint before each of `restarts`. */
const live = (all: readonly BulwarkRecord[], from: number, to: number, restarts: readonly number[] = []) => {
  let detector = createDetector(set, { enabled: () => true })
  const found: Detection[] = []
  for (const [seq, record] of all.toSorted((a, b) => a.receivedAt - b.receivedAt).entries()) {
    if (restarts.includes(seq))
      detector = createDetector(set, { enabled: () => true }, JSON.parse(JSON.stringify(detector.checkpoint())))
    found.push(...detector.step([{ position: { seq, index: 0 }, record }]))
  }
  return [...found, ...detector.pass(to)].filter(({ time }) => time >= from && time < to)
}

const rehearsed = async (all: readonly BulwarkRecord[], from: number, to: number, batchSize = 7) => {
  const seen: Detection[] = []
  let last: BacktestProgress | undefined
  const covers: Extract<Candidate, { kind: 'suppression' }>['covers'] = (one) => seen.push(one) === 0
  const { reader } = readerOf(
    all.toSorted((a, b) => a.time - b.time),
    batchSize,
  )
  const candidate: Candidate = { kind: 'suppression', rules: [], covers }
  for await (const one of backtest(candidate, current, reader, { from, to, eventsAtOnce: 3 })) last = one()
  assert.equal(last?.before, seen.length)
  return seen
}

const told = (all: readonly Detection[]): readonly string[] =>
  all.map(({ rule, id: one, message, measured }) => `${rule} ${one} ${measured} ${message}`).sort()
const single = (all: readonly Detection[]): readonly string[] => told(all.filter(({ rule }) => rule === id))

const hour = 3600 * second
const [from, to] = [start, start + hour]
const lowered = (was: string, is: string): RegExp => new RegExp(`pod-security.enforce was ${was}, is ${is}$`)

describe('what a request lowered, rehearsed', () => {
  test('is known of what there was before the period, however long ago', async () => {
    const all = [namespace(-86_400, 'restricted'), request(60, patch('baseline')), namespace(60.1, 'baseline')]
    const found = await rehearsed(all, from, to)
    assert.deepEqual(told(found), told(live(all, from, to)))
    assert.match(found[0]?.message ?? '', lowered('restricted', 'baseline'))
  })

  test('is known of changes that no request tells of', async () => {
    const all = [
      namespace(-86_400, 'privileged'),
      namespace(600, 'restricted'),
      request(900, patch('baseline')),
      namespace(1200, 'privileged'),
      request(1500, patch('privileged')),
    ]
    const found = await rehearsed(all, from, to)
    assert.deepEqual(told(found), told(live(all, from, to)))
    assert.equal(found.length, 1)
  })

  test('is told of a request without a body, also where its version is seen behind the period', async () => {
    const all = [namespace(-60, 'restricted'), request(10, {}), namespace(14, 'baseline'), request(3599, {})]
    const more = [...all, namespace(3603, undefined)]
    const found = await rehearsed(more, from, to)
    assert.deepEqual(single(found), single(live(more, from, to)))
    assert.equal(found.length, 2)
    assert.match(found[1]?.message ?? '', lowered('baseline', 'privileged'))
    assert.equal((await rehearsed(all, from, to)).length, 1)
  })

  test('before the period does not count, also where it came in later', async () => {
    const all = [
      namespace(-60, 'restricted'),
      request(-20, patch('baseline')),
      request(-5, patch('privileged'), 'payments', 30),
      request(-1, {}),
      namespace(4, 'restricted'),
    ]
    assert.deepEqual(await rehearsed(all, from, to), [])
    const more = [...all, request(40, patch('baseline'))]
    assert.deepEqual(single(await rehearsed(more, from, to)), single(live(more, from, to)))
    assert.equal(single(await rehearsed(more, from, to)).length, 1)
  })

  test('hands a suppression the request that it is told of, as live: none where its version told of it', async () => {
    const all = [
      namespace(-60, 'restricted'),
      request(10, patch('baseline')),
      namespace(10.1, 'baseline'),
      request(60, {}),
      namespace(61, undefined),
      request(62, patch(null)),
    ]
    const handed: unknown[] = []
    const covers: Extract<Candidate, { kind: 'suppression' }>['covers'] = (_, placed) =>
      handed.push(placed?.record.time) === 0
    const options = { from, to }
    const candidate: Candidate = { kind: 'suppression', rules: [id], covers }
    for await (const _ of backtest(candidate, current, readerOf(all).reader, options));
    assert.deepEqual(handed, [start + 10 * second, undefined])
  })
})

describe('a rule that asks what was lowered', () => {
  const all = [namespace(-60, 'restricted'), request(10, patch('baseline')), namespace(10.1, 'baseline')]
  const lowers = (selection: string): string =>
    text.slice(0, text.indexOf('---')).replace('lowered.guard: pod-security.*', selection)
  const tried = async (selection: string) => {
    const options = { from, to }
    let last: BacktestProgress | undefined
    const candidate: Candidate = { kind: 'rule', text: lowers(selection), replaces: id }
    for await (const one of backtest(candidate, current, readerOf(all).reader, options)) last = one()
    assert.ok(last !== undefined)
    return last
  }

  test('and one in its place that does not show the same request once', async () => {
    const { before, after, samples } = await tried('objectRef.resource: namespaces')
    assert.deepEqual([before, after, samples.map(({ change }) => change)], [1, 1, ['kept']])
  })

  test('is told what it asks for itself and the period never had', async () => {
    const { reader } = readerOf(all)
    const candidate: Candidate = {
      kind: 'rule',
      text: lowers('lowered.guard: x, verb: [patch, escalate]'),
      replaces: undefined,
    }
    let last: BacktestProgress | undefined
    const seen = { ...reader, seen: async () => new Set(['patch']) }
    for await (const one of backtest(candidate, current, seen, { from, to })) last = one()
    assert.deepEqual(last?.unexercised, ['no event has verb "escalate"'])
  })
})

const change = fc.record({
  /** Milliseconds since the one before. */
  gap: fc.oneof(fc.integer({ min: 1, max: 4000 }), fc.integer({ min: 4000, max: 120_000 })),
  name: fc.constantFrom('payments', 'shop'),
  level: fc.constantFrom(...levels, undefined),
  form: fc.constantFrom('update', 'merge', 'answer', 'bare', 'bare', 'create', 'none', 'deleted', 'other'),
  /** Milliseconds between the end of the request and its receipt. */
  delay: fc.oneof(fc.integer({ min: 0, max: 9_900 }), fc.integer({ min: 0, max: 600_000 })),
  /** Milliseconds between the change and its version, by another clock; long where the watch was cut and all was listed again. */
  seen: fc.oneof(fc.integer({ min: -3000, max: 6000 }), fc.integer({ min: 6000, max: 100_000 })),
})
type Change = typeof change extends fc.Arbitrary<infer One> ? One : never

const recordsOf = (changes: readonly Change[], longest = Number.POSITIVE_INFINITY): readonly BulwarkRecord[] => {
  const all: BulwarkRecord[] = [namespace(-900, 'restricted'), namespace(-900, 'baseline', 'shop')]
  let at = 0
  for (const { gap, name, level, form, delay, seen } of changes) {
    at += gap / 1000
    const labels = { [enforce]: level ?? null }
    const body: JsonObject = { metadata: { name, labels } }
    const events: Readonly<Partial<Record<typeof form, JsonObject>>> = {
      update: { requestObject: body },
      create: { requestObject: body },
      merge: { requestObject: { metadata: { labels } } },
      answer: { responseObject: { kind: 'Namespace', ...body } },
      bare: {},
    }
    const event = events[form]
    const verb = form === 'update' || form === 'create' ? form : 'patch'
    if (event !== undefined) all.push(request(at, event, name, Math.min(delay, longest) / 1000, verb))
    if (form === 'other') all.push(audit(at))
    // Not in the microsecond of a request: which one came in first would not be known.
    const more = form === 'deleted' ? ({ change: 'deleted' } as const) : {}
    if (form !== 'other') all.push(namespace(at + 0.0003 + seen / 1000, level, name, more))
  }
  return all
}

describe('rehearsed is what was live, over any changes and requests, over restarts', () => {
  const restarts = fc.array(fc.nat({ max: 40 }), { maxLength: 3 })
  const batch = fc.integer({ min: 1, max: 9 })

  test('for a rule, from any moment on, however late requests are told of', async () => {
    let fired = 0
    const changes = fc.array(change, { minLength: 3, maxLength: 16 })
    const property = fc.asyncProperty(
      changes,
      restarts,
      fc.integer({ min: -10, max: 600 }),
      batch,
      async (all, ...rest) => {
        const [again, cut, batchSize] = rest
        const records = recordsOf(all)
        const begin = start + cut * second
        const found = single(live(records, begin, to, again))
        fired += found.length
        assert.deepEqual(single(await rehearsed(records, begin, to, batchSize)), found)
      },
    )
    await fc.assert(property, { numRuns: 200 })
    assert.ok(fired > 30, `${fired}`)
  })

  test('for a window, where requests are told of within ten seconds, and of what they asked for', async () => {
    let fired = 0
    const property = fc.asyncProperty(
      fc.array(change, { minLength: 3, maxLength: 16 }),
      restarts,
      batch,
      async (all, again, batchSize) => {
        // One without a body waits for its version, and may then be too late for a window.
        const records = recordsOf(
          all.filter(({ form }) => form !== 'bare'),
          9_000,
        )
        const found = told(live(records, from, to, again))
        fired += found.filter((one) => one.startsWith(windowId)).length
        assert.deepEqual(told(await rehearsed(records, from, to, batchSize)), found)
      },
    )
    await fc.assert(property, { numRuns: 100 })
    assert.ok(fired > 5, `${fired}`)
  })
})
