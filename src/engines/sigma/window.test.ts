import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { wholeObject } from '../../model/json-draft.ts'
import type { Micros } from '../../model/time.ts'
import type { Entry } from './entries.ts'
import type { Hit } from './extract.ts'
import { createCorrelator, kubernetesAudit, loadSigma, type SigmaCorrelation } from './index.ts'
import { canSlide, type Fired, maxEvidence, windowMachine } from './window.ts'
import { type CorrelatorCounts, type CorrelatorLimits, noCounts, Windows } from './window-state.ts'

const conditions = ['gte: 3', 'gt: 1', 'lte: 2', 'eq: 2', 'lt: 3, gt: 0']
const texts = [
  ...conditions.map((condition) => `type: event_count\n  condition: {${condition}}`),
  ...conditions.map((condition) => `type: value_count\n  condition: {${condition}, field: value}`),
  ...['value_sum', 'value_avg', 'value_median'].map((type) => `type: ${type}\n  condition: {gte: 3, field: value}`),
  'type: value_percentile\n  condition: {gte: 3, field: value, percentile: 90}',
  'type: temporal',
  'type: temporal\n  condition: a and c and not b',
  'type: temporal_ordered',
]

const rulesText = ['a', 'b', 'c']
  .map(
    (name) =>
      `title: ${name}\nname: ${name}\nlogsource: {product: kubernetes, service: audit}\ndetection: {s: {kind: ${name}}, condition: s}`,
  )
  .join('\n---\n')

const loaded = loadSigma(
  [
    {
      name: 'w.yml',
      text: [
        rulesText,
        ...texts.map(
          (text, place) =>
            `title: w${place}\nname: w${place}\ncorrelation:\n  rules: [a, b, c]\n  group-by: [user]\n  timespan: 10s\n  ${text}`,
        ),
      ].join('\n---\n'),
    },
  ],
  { sources: [kubernetesAudit] },
)

interface PlainGroup {
  readonly opened: Micros
  touched: Micros
  firing: boolean
  readonly entries: Map<string, Entry>
  readonly chains: (readonly Entry[])[]
}

/** The same windows with one Map for all, as plainly as they can be written: those of the engine are held against it. */
class PlainWindows {
  readonly groups = new Map<string, PlainGroup>()
  readonly counts: CorrelatorCounts = noCounts()
  readonly #correlation: SigmaCorrelation
  readonly #limits: CorrelatorLimits
  readonly #span: Micros
  readonly #slides: boolean
  #seq = 0

  constructor(correlation: SigmaCorrelation, limits: CorrelatorLimits) {
    this.#correlation = correlation
    this.#limits = limits
    this.#span = correlation.timespanSeconds * 1e6
    this.#slides = canSlide(correlation)
  }

  get entries(): number {
    return [...this.groups.values()].reduce((sum, one) => sum + one.entries.size + one.chains.flat().length, 0)
  }

  add(hit: Hit, time: Micros, ref: string): readonly Fired[] {
    const entry: Entry = { time, number: hit.number ?? 0, ref }
    this.#seq += 1
    if (this.#slides) {
      for (const [key, { touched }] of this.groups) {
        if (touched > time - this.#span) break
        this.groups.delete(key)
      }
    }
    return hit.groups.flatMap((key) => {
      const found = this.#addTo(key, hit, entry)
      for (const first of this.groups.keys()) {
        const isWithin = this.groups.size <= this.#limits.groups && this.entries <= this.#limits.entries
        if (isWithin || this.groups.size === 1) break
        this.groups.delete(first)
        this.counts.evictedGroups += 1
      }
      return found
    })
  }

  close(until: Micros): readonly Fired[] {
    const found: Fired[] = []
    if (this.#slides) return found
    for (const [key, group] of this.groups) {
      const end = group.opened + this.#span
      if (end > until) break
      if (this.#holds(group)) found.push(this.#fired(key, end, group))
      this.groups.delete(key)
    }
    return found
  }

  #addTo(key: string, hit: Hit, entry: Entry): readonly Fired[] {
    const { type } = this.#correlation
    const after = entry.time - this.#span
    const known = this.groups.get(key)
    const fresh: PlainGroup = { opened: entry.time, touched: 0, firing: false, entries: new Map(), chains: [] }
    const group = known ?? fresh
    group.touched = entry.time
    if (this.#slides) this.groups.delete(key)
    this.groups.set(key, group)
    const isOrdered = type === 'temporal_ordered'
    if (this.#slides && !isOrdered)
      for (const [name, { time }] of group.entries) if (time <= after) group.entries.delete(name)
    const last = this.#correlation.rules.length - 1
    const isComplete = (): boolean => (group.chains[last]?.[0]?.time ?? after) > after
    if (!(isOrdered ? isComplete() : this.#holds(group))) group.firing = false
    if (isOrdered) {
      const before = hit.rule === 0 ? [] : (group.chains[hit.rule - 1] ?? [])
      if (hit.rule === 0 || (before[0]?.time ?? after) > after) {
        while (group.chains.length <= last) group.chains.push([])
        group.chains[hit.rule] = [...before, entry]
      }
    } else {
      const names =
        type === 'value_count' ? hit.values : [type === 'temporal' ? String(hit.rule) : `event ${this.#seq}`]
      for (const name of names) {
        group.entries.delete(name)
        group.entries.set(name, entry)
        if (group.entries.size <= this.#limits.entriesOfGroup) continue
        const [oldest = ''] = group.entries.keys()
        group.entries.delete(oldest)
        this.counts.droppedEntries += 1
      }
    }
    if (!this.#slides || group.firing || !(isOrdered ? isComplete() : this.#holds(group))) return []
    group.firing = true
    return [this.#fired(key, entry.time, group)]
  }

  #fired(group: string, time: Micros, of: PlainGroup): Fired {
    const isOrdered = this.#correlation.type === 'temporal_ordered'
    const entries = isOrdered ? [...(of.chains.at(-1) ?? [])] : [...of.entries.values()]
    const measured = isOrdered ? this.#correlation.rules.length : this.#measure(of)
    return { group, time, measured, entries: entries.slice(-maxEvidence).reverse() }
  }

  #holds(group: PlainGroup): boolean {
    const { condition } = this.#correlation
    if (group.entries.size === 0) return false
    // Of the conditions of this test: `a and c and not b`, or all rules.
    if (condition.kind === 'presence') {
      if (!this.#slides) return group.entries.has('0') && group.entries.has('2') && !group.entries.has('1')
      return group.entries.size === 3
    }
    const measured = this.#measure(group)
    return condition.bounds.every(({ operator, number }) => {
      if (operator === 'gt') return measured > number
      if (operator === 'gte') return measured >= number
      if (operator === 'lt') return measured < number
      return operator === 'lte' ? measured <= number : measured === number
    })
  }

  #measure({ entries }: PlainGroup): number {
    const numbers = [...entries.values()].map(({ number }) => number)
    const sorted = numbers.toSorted((a, b) => a - b)
    const sum = numbers.reduce((total, one) => total + one, 0)
    switch (this.#correlation.type) {
      case 'value_sum':
        return sum
      case 'value_avg':
        return sum / numbers.length
      case 'value_median': {
        const half = numbers.length / 2
        return ((sorted[Math.ceil(half) - 1] ?? 0) + (sorted[Math.floor(half)] ?? 0)) / 2
      }
      case 'value_percentile':
        return sorted[Math.max(0, Math.ceil(0.9 * numbers.length) - 1)] ?? 0
      default:
        return numbers.length
    }
  }
}

const hits = fc.array(
  fc.record({
    gap: fc.constantFrom(0, 0, 0, 1, 2, 5, 11),
    rule: fc.nat(2),
    groups: fc.subarray(['["x"]', '["y"]', '["z"]'], { minLength: 1 }),
    values: fc.subarray(['["1"]', '["2"]', '["3"]', '["4"]', '["5"]'], { minLength: 1 }),
    number: fc.nat(5),
  }),
  { maxLength: 120 },
)

test('windows are those of one plain Map: what fires, what is held, and what is forgotten', () => {
  assert.deepEqual(loaded.problems, [])
  const limits: CorrelatorLimits = { groups: 2, entriesOfGroup: 6, entries: 9, waiting: 10 }
  for (const { correlation } of loaded.correlations) {
    fc.assert(
      fc.property(hits, (list) => {
        const counts = noCounts()
        const machine = windowMachine(correlation, limits, () => counts)
        const windows = new Windows()
        const plain = new PlainWindows(correlation, limits)
        let time = 0
        for (const [index, { gap, ...hit }] of list.entries()) {
          time += gap * 1e6
          assert.deepEqual(machine.close(windows, time), plain.close(time))
          const ref = String(index)
          assert.deepEqual(
            machine.add(windows, { correlation: 0, ...hit }, { time, ref }),
            plain.add({ correlation: 0, ...hit }, time, ref),
          )
          assert.deepEqual([windows.entries, windows.size], [plain.entries, plain.groups.size])
          assert.deepEqual(counts, plain.counts)
        }
        assert.deepEqual(
          windows.all().map(({ key, firing, entries }) => [key, firing, entries.all()]),
          [...plain.groups].map(([key, { firing, entries }]) => [key, firing, [...entries.values()]]),
        )
      }),
      { numRuns: 60 },
    )
  }
})

const events = fc.array(
  fc.record({
    gap: fc.constantFrom(0, 0, 1, 2, 5),
    /** Seconds that it comes late: more than 3 are too many. */
    late: fc.constantFrom(0, 0, 0, 1, 2, 4, 9),
    rule: fc.nat(2),
    user: fc.constantFrom('x', 'y', 'z'),
    value: fc.nat(4),
  }),
  { maxLength: 50 },
)

test('a checkpoint that is made slowly is that of the moment at which it was begun, and the rest goes on from it', () => {
  fc.assert(
    fc.property(events, fc.nat(49), fc.nat(9), (list, cut, each) => {
      const make = () =>
        createCorrelator(loaded, {
          latenessSeconds: 3,
          limits: { groups: 2, entriesOfGroup: 4, entries: 9, waiting: 5 },
        })
      const correlator = make()
      let state = correlator.start()
      let other = correlator.start()
      let correlatorOfOther = correlator
      let expected = ''
      let draft: ReturnType<typeof correlator.checkpointSlowly> | undefined
      let time = 0
      for (const [index, { gap, late, rule, user, value }] of list.entries()) {
        time += gap * 1e6
        if (index === cut) {
          expected = JSON.stringify(correlator.checkpoint(state))
          draft = correlator.checkpointSlowly(state)
          correlatorOfOther = make()
          other = correlatorOfOther.restore(JSON.parse(expected)) ?? assert.fail('not restored')
        }
        const matched = loaded.rules.slice(rule, rule + 1)
        const input = {
          kind: 'event',
          time: time - late * 1e6,
          receivedAt: time,
          event: { user, value },
          matched,
          ref: `${index}`,
        } as const
        const next = correlator.step(state, input)
        const same = correlatorOfOther.step(other, input)
        assert.deepEqual(same.detections.map(plainly), next.detections.map(plainly))
        state = next.state
        other = same.state
        if (draft !== undefined && index >= cut + each) {
          assert.equal(JSON.stringify(wholeObject(draft)), expected)
          draft = undefined
        }
      }
      if (draft !== undefined) assert.equal(JSON.stringify(wholeObject(draft)), expected)
      assert.deepEqual(correlatorOfOther.checkpoint(other), correlator.checkpoint(state))
    }),
    { numRuns: 300 },
  )
})

const plainly = ({ correlation, ...rest }: { readonly correlation: SigmaCorrelation }): unknown => ({
  title: correlation.title,
  ...rest,
})
