/** What Sigma's specification leaves open, and what we decided: one test for each, named by the decision. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model/json.ts'
import { createCorrelator, createMatcher, judgedMoment, kubernetesAudit, loadSigma } from './index.ts'

const load = (...documents: readonly string[]) =>
  loadSigma([{ name: 'r.yml', text: documents.join('\n---\n') }], { sources: [kubernetesAudit] })

const ruleOf = (detection: string, name = 'r'): string =>
  `title: ${name}\nname: ${name}\nlogsource: {product: kubernetes, service: audit}\ndetection:\n${detection.replace(/^/gm, '  ')}`

/** Of the events those that a rule with this one item, or this detection, is true of. */
const hits = (text: string, events: readonly JsonObject[]): readonly JsonObject[] => {
  const detection = /(?:^|\n)condition:/.test(text) ? text : `s:\n  ${text}\ncondition: s`
  const { rules, problems } = load(ruleOf(detection))
  assert.deepEqual(problems, [])
  const matcher = createMatcher(rules.map(({ predicate }) => predicate))
  return events.filter((event) => matcher.matches(event).length > 0)
}

const refused = (detection: string): readonly string[] => load(ruleOf(detection)).problems.map(({ what }) => what)

test('a list that holds null is refused with a message', () => {
  assert.deepEqual(refused('s: {f: [a, null]}\ncondition: s'), [
    '"f": null cannot stand in a list; write a search of its own for it',
  ])
})

test('a keyword is looked for in the JSON text and in every text of the event', () => {
  const events = [{ a: { b: ['say "hi"'] } }, { verb: 'get' }, { 'a key': 1 }]
  assert.deepEqual(hits(`s: ['y "h']\ncondition: s`, events), [events[0]])
  assert.deepEqual(hits(`s: ['"verb":"get"']\ncondition: s`, events), [events[1]])
  assert.deepEqual(hits('s: [A KEY]\ncondition: s', events), [events[2]])
})

test("case is Unicode's simple folding, without a locale: the dotless i is no i", () => {
  const events = ['I', 'i', 'ı', 'İ', 'ẞ', 'ß', 'ss', 'ς', 'Σ'].map((f) => ({ f }))
  const texts = (item: string) => hits(item, events).map(({ f }) => f)
  assert.deepEqual(texts('f: i'), ['I', 'i'])
  assert.deepEqual(texts('f: ß'), ['ẞ', 'ß'])
  assert.deepEqual(texts('f: σ'), ['ς', 'Σ'])
})

test('a list matches where any element does, and a negation is the plain negation of that', () => {
  const events = [{ f: ['a', 'b'] }, { f: ['b'] }, { f: [] }, {}, { f: 'a' }]
  assert.deepEqual(hits('f: a', events), [events[0], events[4]])
  assert.deepEqual(hits('f|all: [a, b]', events), [events[0]])
  const negated = [events[1], events[2], events[3]]
  assert.deepEqual(hits('f|neq: a', events), negated)
  assert.deepEqual(hits('s: {f: a}\ncondition: not s', events), negated)
})

test("a bare '*' is for all that is there and not null: objects, lists and the empty text too", () => {
  const events = [{ f: {} }, { f: [] }, { f: '' }, { f: 0 }, { f: null }, {}]
  assert.deepEqual(hits("f: '*'", events), events.slice(0, 4))
})

test('scalars are those of YAML 1.2, and one that YAML 1.1 reads otherwise is warned of', () => {
  const texts = ['yes', 'on', 'no', 'off', '010', '12:30', '2026-01-02', "'yes'", '7', 'true']
  const warned = texts.map(
    (text) => load(ruleOf(`s: {f: ${text}}\ncondition: s`)).warnings.map(({ what }) => what.split(' is read')[0])[0],
  )
  assert.deepEqual(warned, [...texts.slice(0, 7), undefined, undefined, undefined])
  assert.deepEqual(hits('f: on', [{ f: 'ON' }, { f: true }]), [{ f: 'ON' }])
  assert.deepEqual(hits('f: 2026-01-02', [{ f: '2026-01-02' }]), [{ f: '2026-01-02' }])
})

test('an IPv4 address that is written as IPv6 is compared as IPv4 too', () => {
  const events = ['10.1.2.3', '::ffff:10.1.2.3', '::ffff:11.1.2.3', 'fd00::1', '10.1.2', ''].map((f) => ({ f }))
  assert.deepEqual(hits('f|cidr: 10.0.0.0/8', events), events.slice(0, 2))
  assert.deepEqual(hits('f|cidr: ::ffff:10.0.0.0/104', events), events.slice(0, 2))
  assert.deepEqual(hits('f|cidr: 0.0.0.0/0', events), events.slice(0, 3))
})

test('an address without a length is the network of that address', () => {
  const events = ['10.1.2.3', '::ffff:10.1.2.3', '10.1.2.4', 'fd00::1'].map((f) => ({ f }))
  assert.deepEqual(hits('f|cidr: 10.1.2.3', events), events.slice(0, 2))
  assert.deepEqual(hits('f|cidr: fd00::1', events), events.slice(3))
})

test('a part of a time is compared in UTC, in whichever order the modifiers stand', () => {
  const events = ['2026-11-23T23:59:00Z', '2026-11-24T00:30:00+01:00', '2026-11-24T00:30:00Z', 'soon'].map((f) => ({
    f,
  }))
  for (const item of ['f|day|gt: 23', 'f|gt|day: 23']) assert.deepEqual(hits(item, events), [events[2]])
  assert.deepEqual(hits('f|hour: 23', events), events.slice(0, 2))
})

test('a number or boolean under contains, startswith or endswith is taken as its text', () => {
  const events = [{ f: 1403 }, { f: '4030' }, { f: 'true!' }]
  assert.deepEqual(hits('f|contains: 403', events), events.slice(0, 2))
  assert.deepEqual(hits('f|startswith: 403', events), [events[1]])
  assert.deepEqual(hits('f|endswith: 403', events), [events[0]])
  assert.deepEqual(hits('f|startswith: true', events), [events[2]])
})

test('"1 of" and "all of" over no search refuse the rule', () => {
  for (const quantifier of ['1', 'any', 'all']) {
    assert.deepEqual(refused(`s: {f: a}\ncondition: s or ${quantifier} of t*`), ['no search has a name like "t*"'])
  }
  assert.deepEqual(refused('_s: {f: a}\ncondition: all of them'), ['no search has a name like "*"'])
})

test('words of a condition are read in any case', () => {
  const events = [{ a: 1 }, { b: 1 }, { a: 1, b: 1 }]
  assert.deepEqual(hits('a: {a: 1}\nb: {b: 1}\ncondition: NOT a Or (a AND b)', events), events.slice(1))
  assert.deepEqual(hits('f_a: {a: 1}\nf_b: {b: 1}\ncondition: ALL OF THEM', events), [events[2]])
})

test('a request is judged when it is answered, and a long one when it begins', () => {
  const moment = (stage: string, verb: string, subresource = '') =>
    judgedMoment({ stage, verb, objectRef: { resource: 'pods', subresource }, requestURI: '/' })
  assert.equal(moment('RequestReceived', 'create'), 'skip')
  assert.equal(moment('ResponseComplete', 'create'), 'judge')
  for (const [verb, subresource] of [
    ['watch'],
    ['get', 'exec'],
    ['create', 'attach'],
    ['get', 'portforward'],
    ['get', 'log'],
  ]) {
    assert.equal(moment('ResponseStarted', verb ?? '', subresource), 'judge')
    // Only where its beginning was not seen.
    assert.equal(moment('ResponseComplete', verb ?? '', subresource), 'once')
  }
  assert.equal(moment('Panic', 'create'), 'once')
})

/** Detections of one correlation over events `second rule fields`, as `second group measured`. */
const windows = (
  correlation: string,
  events: readonly (readonly [second: number, rule: string, fields: JsonObject])[],
) => {
  const rules = ['a', 'b'].map((name) => ruleOf(`s: {kind: ${name}}\ncondition: s`, name))
  const set = load(...rules, `title: c\ncorrelation: ${correlation}`)
  assert.deepEqual(set.problems, [])
  const matcher = createMatcher(set.rules.map(({ predicate }) => predicate))
  const correlator = createCorrelator(set, { latenessSeconds: 0 })
  let state = correlator.start()
  const found: string[] = []
  const take = (input: Parameters<typeof correlator.step>[1]): void => {
    const step = correlator.step(state, input)
    state = step.state
    for (const { time, group, measured } of step.detections)
      found.push(`${time / 1e6} ${Object.values(group).join()} ${measured}`)
  }
  for (const [second, kind, fields] of events) {
    const event = { kind, ...fields }
    const matched = matcher.matches(event).flatMap((place) => set.rules[place] ?? [])
    take({ kind: 'event', time: second * 1e6, receivedAt: second * 1e6, event, matched, ref: '' })
  }
  take({ kind: 'time', now: 1e12 })
  return found
}

const counting = (groupBy: string): string =>
  `{type: event_count, rules: [a], group-by: [${groupBy}], timespan: 10s, condition: {gte: 2}}`

test('ordered events of one moment are in order of arrival, and others may stand between', () => {
  const ordered = '{type: temporal_ordered, rules: [a, b], timespan: 10s}'
  assert.deepEqual(
    windows(ordered, [
      [1, 'a', {}],
      [1, 'b', {}],
    ]),
    ['1  2'],
  )
  assert.deepEqual(
    windows(ordered, [
      [1, 'b', {}],
      [1, 'a', {}],
    ]),
    [],
  )
  assert.deepEqual(
    windows(ordered, [
      [1, 'a', {}],
      [2, 'a', {}],
      [5, 'b', {}],
    ]),
    ['5  2'],
  )
  assert.deepEqual(
    windows(ordered, [
      [1, 'a', {}],
      [11, 'b', {}],
    ]),
    [],
  )
})

test('an event that lacks a field of the group is in no group', () => {
  assert.deepEqual(
    windows(counting('user, ip'), [
      [1, 'a', { user: 'x' }],
      [2, 'a', { user: 'x' }],
    ]),
    [],
  )
  assert.deepEqual(
    windows(counting('user'), [
      [1, 'a', { user: null }],
      [2, 'a', { user: null }],
    ]),
    [],
  )
})

test('of sourceIPs the first is the group, of another list each element is one', () => {
  const [client, proxy] = ['192.0.2.1', '10.0.0.1']
  const ips = [
    [1, 'a', { sourceIPs: [client, proxy] }],
    [2, 'a', { sourceIPs: [proxy, client] }],
  ] as const
  assert.deepEqual(windows(counting('sourceIPs'), ips), [])
  const groups = [
    [1, 'a', { groups: ['x', 'y'] }],
    [2, 'a', { groups: ['y', 'z'] }],
  ] as const
  assert.deepEqual(windows(counting('groups'), groups), ['2 y 2'])
})

test('a window slides over (t − timespan, t], fires once while it is true, and again after it was false', () => {
  const at = (...seconds: readonly number[]) => seconds.map((second) => [second, 'a', {}] as const)
  const ungrouped = '{type: event_count, rules: [a], timespan: 10s, condition: {gte: 2}}'
  assert.deepEqual(windows(ungrouped, at(0, 10)), [])
  assert.deepEqual(windows(ungrouped, at(0, 5, 6, 30, 31)), ['5  2', '31  2'])
  const few = '{type: event_count, rules: [a], timespan: 10s, condition: {lt: 2}}'
  // Decided at its end; that there was nothing at all never fires.
  assert.deepEqual(windows(few, at(5)), ['15  1'])
  assert.deepEqual(windows(few, []), [])
})
