import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import {
  type CorrelationDetection,
  type Correlator,
  type CorrelatorState,
  createCorrelator,
  createMatcher,
  defaultLimits,
  kubernetesAudit,
  loadSigma,
  type SigmaRules,
} from './index.ts'

const base = ['a', 'b', 'c']
  .map(
    (name) => `title: ${name}
name: rule_${name}
logsource: {product: kubernetes, service: audit}
detection: {s: {kind: ${name}}, condition: s}`,
  )
  .join('\n---\n')

const correlation = (body: string, title = 'c'): string =>
  `\n---\ntitle: ${title}\nname: ${title}\ncorrelation:\n  ${body.replaceAll('\n', '\n  ')}`
const load = (...correlations: readonly string[]): SigmaRules => {
  const rules = loadSigma([{ name: 'c.yml', text: base + correlations.join('') }], { sources: [kubernetesAudit] })
  assert.deepEqual(rules.problems, [])
  return rules
}

interface Sample extends JsonObject {
  /** In seconds. */
  readonly t: number
  readonly kind: string
}

/** Detections as short texts: title, second, group, what was measured, events. */
const told = ({ correlation: { title }, time, group, measured, refs }: CorrelationDetection): string =>
  `${title}@${time / 1e6} ${JSON.stringify(Object.values(group))} ${measured} ${refs.toReversed().join(',')}`

const feed = (
  rules: SigmaRules,
  correlator: Correlator,
  state: CorrelatorState,
  samples: readonly Sample[],
  from = 0,
): { state: CorrelatorState; found: CorrelationDetection[] } => {
  const matcher = createMatcher(rules.rules.map(({ predicate }) => predicate))
  const found: CorrelationDetection[] = []
  let next = state
  for (const [index, event] of samples.entries()) {
    const matched = matcher.matches(event).flatMap((place) => rules.rules[place] ?? [])
    const time = event.t * 1e6
    const step = correlator.step(next, {
      kind: 'event',
      time,
      receivedAt: time,
      event,
      matched,
      ref: `${from + index}`,
    })
    next = step.state
    found.push(...step.detections)
  }
  return { state: next, found }
}

const run = (rules: SigmaRules, samples: readonly Sample[], options: Parameters<typeof createCorrelator>[1] = {}) => {
  const correlator = createCorrelator(rules, { latenessSeconds: 0, ...options })
  const { state, found } = feed(rules, correlator, correlator.start(), samples)
  const end = correlator.step(state, { kind: 'time', now: 1e6 * 1e6 })
  return { found: [...found, ...end.detections].map(told), counts: end.state.counts }
}

const events = (text: string): readonly Sample[] =>
  text.split(' ').map((one) => {
    const [t = '', kind = '', user, value] = one.split(':')
    return { t: Number(t), kind, ...(user ? { user } : {}), ...(value === undefined ? {} : { value }) }
  })

test('each type of correlation counts what the specification says', () => {
  const count = 'type: event_count\nrules: [rule_a]\ngroup-by: [user]\ntimespan: 10s\ncondition:'
  const value = (type: string, condition: string): string =>
    `type: ${type}\nrules: rule_a\ngroup-by: user\ntimespan: 10s\ncondition: {field: value, ${condition}}`
  const temporal = (type: string, rest = ''): string =>
    `type: ${type}\nrules: [rule_a, rule_b]\ngroup-by: [user]\ntimespan: 10s${rest}`
  const table: readonly (readonly [body: string, samples: string, found: readonly string[]])[] = [
    // The window is (t − 10, t]; groups are apart; nothing more while it stays true; again after it was false.
    [`${count} {gte: 3}`, '0:a:x 5:a:x 10:a:x', []],
    [`${count} {gte: 3}`, '0:a:x 5:a:x 9:a:x 9:a:y', ['c@9 ["x"] 3 0,1,2']],
    [`${count} {gte: 2}`, '0:a:x 1:a:x 2:a:x 12:a:x 13:a:x', ['c@1 ["x"] 2 0,1', 'c@13 ["x"] 2 3,4']],
    [`${count} {gt: 1, gte: 3}`, '0:a:x 1:a:x 2:a:x', ['c@2 ["x"] 3 0,1,2']],
    // What lacks the group's field is in no group; groups tell case apart.
    [`${count} {gte: 2}`, '0:a 1:a 2:a:x 3:a:X', []],
    // Decided at the end of a window that begins with its first event; absence never fires.
    [`${count} {lt: 3}`, '0:a:x 1:a:x', ['c@10 ["x"] 2 0,1']],
    [`${count} {lt: 3}`, '0:a:x 1:a:x 2:a:x 10:a:x', ['c@20 ["x"] 1 3']],
    [`${count} {gt: 1, lte: 3}`, '0:a:x 1:a:x 20:a:y', ['c@10 ["x"] 2 0,1']],
    [`${count} {neq: 1}`, '0:a:x', []],
    // One event that matches in two ways counts once; distinct values once, and those without value not.
    [value('value_count', 'gte: 2'), '0:a:x:1 1:a:x:1 2:a:x 3:a:x:2', ['c@3 ["x"] 2 1,3']],
    [value('value_count', 'gte: 2'), '0:a:x:v 10:a:x:w', []],
    [value('value_sum', 'gt: 10'), '0:a:x:5 1:a:x:many 2:a:x:6', ['c@2 ["x"] 11 0,2']],
    [value('value_avg', 'gt: 5'), '0:a:x:2 1:a:x:4 2:a:x:12', ['c@2 ["x"] 6 0,1,2']],
    [value('value_median', 'gte: 4'), '0:a:x:1 1:a:x:7 2:a:x:9', ['c@1 ["x"] 4 0,1']],
    [value('value_percentile', 'percentile: 50, gte: 3'), '0:a:x:1 1:a:x:7 2:a:x:3', ['c@2 ["x"] 3 0,1,2']],
    [temporal('temporal'), '0:b:x 1:a:y 2:a:x', ['c@2 ["x"] 2 0,2']],
    [temporal('temporal', '\ncondition:\naliases: ~\ngenerate: null'), '0:b:x 1:a:y 2:a:x', ['c@2 ["x"] 2 0,2']],
    [temporal('temporal'), '0:b:x 10:a:x', []],
    [temporal('temporal', '\ncondition: {gte: 1}'), '0:b:x', ['c@0 ["x"] 1 0']],
    [temporal('temporal', '\ncondition: rule_a and rule_b'), '0:b:x 1:a:x', ['c@1 ["x"] 2 0,1']],
    [temporal('temporal', '\ncondition: rule_a and not rule_b'), '0:a:x 0:a:y 3:b:y', ['c@10 ["x"] 1 0']],
    [temporal('temporal_ordered'), '0:b:x 1:a:x', []],
    [temporal('temporal_ordered'), '0:a:x 1:c:x 2:b:x', ['c@2 ["x"] 2 0,2']],
    [temporal('temporal_ordered'), '0:a:x 10:b:x', []],
    // The latest beginning counts, and a chain that is complete holds until it leaves the window.
    [temporal('temporal_ordered'), '0:a:x 5:a:x 12:b:x 13:b:x 30:a:x 31:b:x', ['c@12 ["x"] 2 1,2', 'c@31 ["x"] 2 4,5']],
    // Equal times are in order of arrival.
    [temporal('temporal_ordered'), '1:a:x 1:b:x', ['c@1 ["x"] 2 0,1']],
    [temporal('temporal_ordered'), '1:b:x 1:a:x', []],
  ]
  for (const [body, samples, found] of table)
    assert.deepEqual(run(load(correlation(body)), events(samples)).found, found, `${body}\n${samples}`)
})

test('correlations take correlations in, and aliases join fields of other names', () => {
  const rules = load(
    correlation('type: temporal_ordered\nrules: [many, rule_b]\ngroup-by: [user]\ntimespan: 1m', 'then'),
    correlation('type: event_count\nrules: [rule_a]\ngroup-by: [user]\ntimespan: 10s\ncondition: {gte: 2}', 'many'),
    correlation(
      'type: temporal\nrules: [rule_a, rule_c]\ngroup-by: [who]\ntimespan: 10s\naliases: {who: {rule_a: user, rule_c: other}}',
      'alias',
    ),
  )
  assert.deepEqual(
    rules.correlations.map(({ correlation: { title }, alerts }) => [title, alerts]),
    [
      ['many', false],
      ['then', true],
      ['alias', true],
    ],
  )
  assert.deepEqual(
    rules.rules.map(({ alerts }) => alerts),
    [false, false, false],
  )
  const samples = [...events('0:a:x 1:a:x 30:b:x'), { t: 31, kind: 'a', user: 'y' }, { t: 32, kind: 'c', other: 'y' }]
  assert.deepEqual(run(rules, samples).found, ['many@1 ["x"] 2 0,1', 'then@30 ["x"] 2 1,2', 'alias@32 ["y"] 2 3,4'])
})

test('generate lets the rules of that correlation alert, whatever another one says', () => {
  const count = (more: string): string => `type: event_count\nrules: [rule_a]\ntimespan: 1m\ncondition: {gte: 2}${more}`
  const alerts = load(correlation(count('\ngenerate: true'), 'one'), correlation(count(''), 'two')).rules
  assert.deepEqual(
    alerts.map((rule) => rule.alerts),
    [true, true, true],
  )
})

test('what cannot be linked or decided is told', () => {
  const refs = (rules: string, name: string): string =>
    correlation(`type: event_count\nrules: [${rules}]\ntimespan: 1m\ncondition: {gte: 2}`, name)
  const text = `${base}${refs('nobody', 'one')}${refs('three', 'two')}${refs('two', 'three')}${correlation(
    'type: value_percentile\nrules: [rule_a]\ntimespan: 1m\ncondition: {gte: 2, field: x}',
    'four',
  )}${correlation('type: temporal_ordered\nrules: [rule_a, rule_b]\ntimespan: 1m\ncondition: {gte: 1}', 'five')}`
  const { problems, warnings, correlations } = loadSigma([{ name: 'f', text }], { sources: [kubernetesAudit] })
  assert.deepEqual(
    problems.map(({ title, what }) => `${title}: ${what}`),
    [
      'one: there is no rule with the id or name "nobody"',
      'two: refers to itself, by way of what it refers to',
      'three: "two" was refused',
      'two: "three" was refused',
    ],
  )
  assert.deepEqual(
    warnings.map(({ title, what }) => `${title}: ${what}`),
    [
      'four: is not run: value_percentile needs a percentile in its condition',
      'five: is not run: temporal_ordered is decided for all of its rules only',
    ],
  )
  assert.deepEqual(
    correlations.map(({ enabled }) => enabled),
    [false, false],
  )
})

test('correlations stand on a bounded number of levels, in whatever order they are written', () => {
  const level = (index: number): string => {
    const below = index === 0 ? 'rule_a' : `level_${index - 1}`
    return correlation(`type: event_count\nrules: [${below}]\ntimespan: 1m\ncondition: {gte: 1}`, `level_${index}`)
  }
  const levels = Array.from({ length: 5000 }, (_, index) => level(index))
  for (const all of [levels, levels.toReversed()]) {
    const { correlations, problems } = loadSigma([{ name: 'f', text: base + all.join('') }], { sources: [] })
    assert.ok(correlations.length <= 16)
    assert.ok(problems.length + correlations.length >= 5000)
  }
})

test('events are put in order of time within the lateness, and late ones are counted', () => {
  const rules = load(correlation('type: temporal_ordered\nrules: [rule_a, rule_b]\ntimespan: 1m'))
  const samples = events('10:b 5:a 11:c 30:c 12:b')
  assert.deepEqual(run(rules, samples, { latenessSeconds: 8 }), {
    found: ['c@10 [] 2 1,0'],
    counts: { late: 1, ahead: 0, evictedGroups: 0, droppedEntries: 0, cutCombinations: 0 },
  })
})

test('an event that claims to be of the future does not make the others late', () => {
  const rules = load(correlation('type: event_count\nrules: [rule_a]\ntimespan: 10s\ncondition: {gte: 2}'))
  const correlator = createCorrelator(rules, { latenessSeconds: 0 })
  const matched = rules.rules.slice(0, 1)
  const event = (time: number, receivedAt: number) =>
    ({ kind: 'event', time, receivedAt, event: { kind: 'a' }, matched, ref: String(time) }) as const
  const first = correlator.step(correlator.start(), event(9e15, 1e6))
  const second = correlator.step(first.state, event(2e6, 2e6))
  assert.deepEqual(second.detections.map(told), ['c@2 [] 2 9000000000000000,2000000'])
  assert.equal(second.state.counts.ahead, 1)
})

test('memory is bounded: groups and events beyond the limits are forgotten and counted', () => {
  const rules = load(
    correlation('type: event_count\nrules: [rule_a]\ngroup-by: [user]\ntimespan: 1d\ncondition: {gte: 3}'),
  )
  const limits = { ...defaultLimits, groups: 2, entriesOfGroup: 3, entries: 4 }
  const { found, counts } = run(rules, events('0:a:x 1:a:y 2:a:z 3:a:x 4:a:z 5:a:z 6:a:z'), { limits })
  assert.deepEqual(found, ['c@5 ["z"] 3 2,4,5'])
  assert.deepEqual(counts, { late: 0, ahead: 0, evictedGroups: 2, droppedEntries: 1, cutCombinations: 0 })
  const long = 'x'.repeat(2000)
  const correlator = createCorrelator(rules, { latenessSeconds: 0 })
  const many = { user: Array.from({ length: 1000 }, (_, index) => `${long}${index}`) }
  const { state } = feed(rules, correlator, correlator.start(), [{ t: 0, kind: 'a', ...many }])
  assert.ok(JSON.stringify(correlator.checkpoint(state)).length < 64 * 1000)
  assert.equal(state.windows[0]?.size, 64)
  assert.equal(state.counts.cutCombinations, 1)
})

const sample = fc.record({
  gap: fc.constantFrom(0, 0, 1, 2, 5, 11),
  kind: fc.constantFrom('a', 'b', 'c'),
  user: fc.constantFrom('x', 'y', undefined),
  value: fc.constantFrom('1', '2', '3'),
})
const histories = fc.array(sample, { maxLength: 40 }).map((list) => {
  let t = 0
  return list.map(({ gap, user, ...rest }): Sample => {
    t += gap
    return { t, ...rest, ...(user === undefined ? {} : { user }) }
  })
})

const bodies: readonly string[] = [
  'type: event_count\nrules: [rule_a, rule_b]\ngroup-by: [user]\ntimespan: 10s\ncondition: {gte: 3}',
  'type: value_count\nrules: [rule_a]\ngroup-by: [user]\ntimespan: 10s\ncondition: {gte: 2, field: value}',
  'type: temporal\nrules: [rule_a, rule_b, rule_c]\ngroup-by: [user]\ntimespan: 10s',
  'type: temporal_ordered\nrules: [rule_a, rule_b]\ngroup-by: [user]\ntimespan: 10s',
  'type: event_count\nrules: [rule_a]\ntimespan: 10s\ncondition: {eq: 2}',
]

/** The sliding types by their definition: at each event, what is in the window. */
const byDefinition = (place: number, history: readonly Sample[]): readonly number[] => {
  const firing = new Map<unknown, boolean>()
  return history.flatMap((event, now) => {
    const wanted = [['a', 'b'], ['a'], ['a', 'b', 'c'], ['a', 'b']][place] ?? []
    if (event.user === undefined || !wanted.includes(event.kind)) return []
    const holds = (upTo: number): boolean => {
      const seen = history
        .slice(0, upTo)
        .filter((one) => one.user === event.user && wanted.includes(one.kind) && one.t > event.t - 10)
      if (place === 0) return seen.length >= 3
      if (place === 1) return new Set(seen.map((one) => one.value)).size >= 2
      if (place === 2) return new Set(seen.map((one) => one.kind)).size === 3
      return seen.some((one, at) => one.kind === 'a' && seen.slice(at).some((later) => later.kind === 'b'))
    }
    if (!holds(now)) firing.set(event.user, false)
    if (!holds(now + 1) || firing.get(event.user) === true) return []
    firing.set(event.user, true)
    return [now]
  })
}

test('sliding windows agree with their definition', () => {
  for (const [place, body] of bodies.slice(0, 4).entries()) {
    const rules = load(correlation(body))
    fc.assert(
      fc.property(histories, (history) => {
        const correlator = createCorrelator(rules, { latenessSeconds: 0 })
        const { found } = feed(rules, correlator, correlator.start(), history)
        assert.deepEqual(
          found.map(({ refs }) => Number(refs[0])),
          byDefinition(place, history),
        )
      }),
    )
  }
})

test('a checkpoint, kept as JSON and restored, goes on as if nothing had been', () => {
  const rules = load(...bodies.map((body, index) => correlation(body, `c${index}`)))
  const correlator = createCorrelator(rules, { latenessSeconds: 3 })
  fc.assert(
    fc.property(histories, fc.nat(40), (history, cut) => {
      const whole = feed(rules, correlator, correlator.start(), history)
      const first = feed(rules, correlator, correlator.start(), history.slice(0, cut))
      const saved: JsonValue = JSON.parse(JSON.stringify(correlator.checkpoint(first.state)))
      const state = createCorrelator(rules, { latenessSeconds: 3 }).restore(saved)
      if (state === undefined) assert.fail('not restored')
      const second = feed(rules, correlator, state, history.slice(cut), Math.min(cut, history.length))
      assert.deepEqual([...first.found, ...second.found].map(told), whole.found.map(told))
      assert.deepEqual(correlator.checkpoint(second.state), correlator.checkpoint(whole.state))
    }),
  )
})
