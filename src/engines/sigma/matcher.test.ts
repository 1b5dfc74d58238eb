import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import type { FieldNames, Predicate, ValueTest } from '../../model/predicate.ts'
import { createMatcher, createPlainMatcher, evaluate } from './index.ts'

// Few fields and similar texts, so that rules share parts and the index by texts has something to decide.
const scalars = fc.constantFrom<string | number | boolean | null>(
  ...['', 'get', 'GET', 'create', 'pods', 'Pods', 'secrets', 'exec', 'kube-system', 'a.b', '403', '1.5', 'true'],
  ...['a"b', 'a\\b', 'a\nb', '\u212a', 'k', '\ud83d', '😀', '10.1.2.3', '2026-11-23T23:59:00Z'],
  ...[0, 403, 1.5, true, null],
)
const keys = fc.constantFrom('verb', 'ref', 'resource', 'ref.resource', 'sub', 'constructor', '__proto__', 'toString')
const { event } = fc.letrec<{ value: JsonValue; event: JsonObject }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 3 },
    { arbitrary: scalars, weight: 3 },
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 3 }),
  ),
  event: fc.dictionary(keys, tie('value'), { maxKeys: 5 }),
}))

const fields = fc.oneof(
  fc.constantFrom<FieldNames>(['verb'], ['ref.resource'], ['ref.sub'], ['ref.resource.sub'], ['constructor']),
  fc.constantFrom<FieldNames>(['verb', 'ref.resource'], ['ref'], ['toString.verb'], ['verb', 'verb']),
)
const wholes = fc
  .record({
    text: fc.constantFrom('', 'get', 'CREATE', 'pods', 'secrets', 'exec', 'kube-system', '403', 'true', 'K', '\ud83d'),
    cased: fc.boolean(),
  })
  .map(({ text, cased }): ValueTest => ({ kind: 'pattern', parts: text === '' ? [] : [{ text }], cased }))
const patterns = fc.record({
  kind: fc.constant('pattern' as const),
  parts: fc.array(
    fc.oneof(
      fc.constantFrom('e', 'po', 'S', '"', '\\', 'n', 'k', '\ud83d', '😀', '":"', '403').map((text) => ({ text })),
      fc.constantFrom({ wildcard: 'any' as const }, { wildcard: 'one' as const }),
    ),
    { maxLength: 4 },
  ),
  cased: fc.boolean(),
})
const textTests = fc.oneof(
  { arbitrary: patterns, weight: 3 },
  fc.constantFrom('(?-s)e', '(?i-s)^GET$', '(?-s)a.b', '(?s)a.b').map((source) => ({ kind: 'regex' as const, source })),
)
const comparison = fc.constantFrom('=' as const, '<' as const, '>=' as const)
const tests: fc.Arbitrary<ValueTest> = fc.oneof(
  { arbitrary: wholes, weight: 8 },
  { arbitrary: textTests, weight: 2 },
  fc.record({ kind: fc.constant('number' as const), comparison, number: fc.constantFrom(0, 1.5, 403) }),
  fc.record({
    kind: fc.constant('time' as const),
    part: fc.constantFrom('hour', 'week' as const),
    comparison,
    number: fc.constantFrom(23, 48),
  }),
  fc.constantFrom('10.0.0.0/8', '::/0').map((cidr) => ({ kind: 'cidr' as const, cidr })),
  fc.constantFrom<ValueTest>({ kind: 'value' }, { kind: 'null' }, { kind: 'exists', exists: true }),
  fc.constant<ValueTest>({ kind: 'exists', exists: false }),
)
const { predicate } = fc.letrec<{ predicate: Predicate }>((tie) => ({
  predicate: fc.oneof(
    { depthSize: 'medium', maxDepth: 4 },
    {
      arbitrary: fc.record({
        kind: fc.constant('field' as const),
        field: fields,
        tests: fc.array(tests, { maxLength: 3 }),
      }),
      weight: 4,
    },
    fc.record({ kind: fc.constant('anywhere' as const), test: textTests }),
    fc.record({
      kind: fc.constant('fields' as const),
      field: fields,
      other: fields,
      how: fc.constantFrom('equal', 'starts', 'ends', 'contains' as const),
      cased: fc.boolean(),
    }),
    fc.record({ kind: fc.constant('not' as const), term: tie('predicate') }),
    fc.record({ kind: fc.constant('any' as const), terms: fc.array(tie('predicate'), { maxLength: 3 }) }),
    {
      arbitrary: fc.record({
        kind: fc.constant('all' as const),
        terms: fc.array(tie('predicate'), { maxLength: 4 }),
      }),
      weight: 4,
    },
  ),
}))

// As rules are: some fields that have to have a text, and something more. The index goes by the former.
const needed = fc.record({
  kind: fc.constant('field' as const),
  field: fc.constantFrom<FieldNames>(['verb'], ['ref.resource'], ['verb', 'ref.resource']),
  tests: fc.uniqueArray(
    fc
      .constantFrom('get', 'CREATE', 'pods', '403')
      .map((text): ValueTest => ({ kind: 'pattern', parts: [{ text }], cased: false })),
    { minLength: 1, maxLength: 3 },
  ),
})
const someText = fc.constantFrom<JsonValue>(
  'get',
  'Create',
  'pods',
  '403',
  403,
  'list',
  ['get', 'pods'],
  ['create'],
  null,
)
const usual = fc
  .tuple(event, someText, someText, scalars)
  .map(([more, verb, resource, sub]): JsonObject => ({ ...more, verb, ref: { resource, sub } }))
/** Tests of fields that the index goes by, by which it may not decide more than it knows. */
const open = fc
  .record({
    kind: fc.constant('field' as const),
    field: fc.constant(['verb']),
    tests: fc.array(tests, { maxLength: 2 }),
  })
  .chain((one) => fc.constantFrom<Predicate>(one, { kind: 'not', term: one }))
const rule = fc
  .tuple(fc.array(needed, { minLength: 1, maxLength: 2 }), fc.oneof(predicate, open))
  .map(([terms, more]): Predicate => ({ kind: 'all', terms: [...terms, more] }))

test('the matcher of many predicates finds what each of them finds alone', () => {
  const rules = fc.array(fc.oneof(predicate, { arbitrary: rule, weight: 3 }), { minLength: 1, maxLength: 24 })
  const events = fc.array(fc.oneof(event, { arbitrary: usual, weight: 3 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(rules, events, (predicates, list) => {
      const matcher = createMatcher(predicates)
      const expected = list.map((one) => predicates.flatMap((each, index) => (evaluate(each, one) ? [index] : [])))
      // Over and over: the index grows with the events, and what was remembered of one is not taken for another.
      for (let round = 0; round < 40; round += 1) {
        for (const [index, one] of list.entries()) assert.deepEqual(matcher.matches(one), expected[index])
      }
    }),
    { numRuns: 1000 },
  )
})

test('what is decided of texts that come again is what each predicate says of their events', () => {
  const rules = fc.array(fc.oneof(predicate, { arbitrary: rule, weight: 1 }), { minLength: 4, maxLength: 24 })
  const events = fc.array(fc.oneof(event, { arbitrary: usual, weight: 3 }), { minLength: 1, maxLength: 12 })
  fc.assert(
    fc.property(rules, events, (predicates, list) => {
      const matcher = createMatcher(predicates)
      const expected = list.map((one) => predicates.flatMap((each, index) => (evaluate(each, one) ? [index] : [])))
      // So often that it is known of each field that its texts come again.
      for (let turn = 0; turn < 3000; turn++) {
        const place = turn % list.length
        const found = matcher.matches(list[place] ?? {})
        if (turn > 2900 || turn % 97 === 0) assert.deepEqual(found, expected[place])
      }
    }),
    { numRuns: 150 },
  )
})

test('beside a text that comes again there may be what has no text, or another text', () => {
  const kinds: readonly ValueTest[] = [
    { kind: 'null' },
    { kind: 'value' },
    { kind: 'exists', exists: true },
    { kind: 'exists', exists: false },
    { kind: 'number', comparison: '>=', number: 403 },
    { kind: 'number', comparison: '<', number: 403 },
    { kind: 'time', part: 'hour', comparison: '=', number: 23 },
    { kind: 'cidr', cidr: '10.0.0.0/8' },
    { kind: 'regex', source: '(?-s)^ge' },
    { kind: 'pattern', parts: [{ text: 'G' }, { wildcard: 'any' }], cased: false },
    { kind: 'pattern', parts: [{ text: 'G' }, { wildcard: 'any' }], cased: true },
  ]
  const rules = kinds.flatMap((one): readonly Predicate[] => [
    { kind: 'field', field: ['f'], tests: [one] },
    { kind: 'not', term: { kind: 'field', field: ['f'], tests: [one, { kind: 'pattern', parts: [], cased: false }] } },
  ])
  const values: readonly JsonValue[] = ['get', 'GET', 403, '403', 404, '10.1.2.3', '2026-11-23T23:59:00Z', true, '']
  const events = [...values, null, {}, []].flatMap((value): readonly JsonObject[] => [
    { f: value },
    { f: [value] },
    { f: [value, null] },
    { f: [value, { a: 'get' }] },
    { f: [value, 'other'] },
  ])
  const matcher = createMatcher(rules)
  const expected = events.map((one) => rules.flatMap((each, index) => (evaluate(each, one) ? [index] : [])))
  for (let round = 0; round < 60; round++) {
    for (const [index, one] of events.entries()) assert.deepEqual(matcher.matches(one), expected[index])
  }
})

const whole = (field: string, ...texts: readonly string[]): Predicate => ({
  kind: 'field',
  field: [field],
  tests: texts.map((text) => ({ kind: 'pattern', parts: [{ text }], cased: false })),
})

test('two parts that need other texts of one field are both met by a list that holds both', () => {
  const both = (g: string): Predicate => ({ kind: 'all', terms: [whole('f', 'a'), whole('f', 'b'), whole('g', g)] })
  const matcher = createMatcher([both('x'), both('y'), both('z'), whole('f', 'b')])
  for (let round = 0; round < 40; round += 1) {
    assert.deepEqual(matcher.matches({ f: ['a', 'b'], g: 'y' }), [1, 3])
    assert.deepEqual(matcher.matches({ f: 'a', g: 'y' }), [])
    assert.deepEqual(matcher.matches({ f: ['b', {}, null], g: 'x' }), [3])
  }
})

test('events made up to make the index grow do not change what is found', () => {
  const values = Array.from({ length: 75 }, (_, index) => `v${index}`)
  const rules = values.flatMap((value, index): readonly Predicate[] =>
    ['a', 'b', 'c', 'd'].map((field) => ({
      kind: 'all',
      terms: [whole(field, value), { kind: 'not', term: whole('e', `v${index % 7}`) }],
    })),
  )
  const [matcher, plain] = [createMatcher(rules), createPlainMatcher(rules)]
  let seed = 1
  const any = (): string => {
    seed = (seed * 48_271) % 0x7fffffff
    return `v${seed % 76}`
  }
  for (let i = 0; i < 60_000; i += 1) {
    const one = { a: any(), b: any(), c: any(), d: any(), e: any() }
    const found = matcher.matches(one)
    if (i % 50 === 0) assert.deepEqual(found, plain.matches(one))
  }
})

test('a keyword is found where JSON escapes a part of it, and in what JSON makes of the event', () => {
  const keyword = (text: string): Predicate => ({
    kind: 'anywhere',
    test: { kind: 'pattern', parts: [{ wildcard: 'any' }, { text }, { wildcard: 'any' }], cased: false },
  })
  const texts = ['A"b', 'a\\b', 'x\ny', '\ud83d', 'web', '"verb":"get"', '\\n']
  const matcher = createMatcher(texts.map(keyword))
  const found = [{ x: 'aa"b' }, { x: ['a\\b', 'x\ny'] }, { x: '\ud83d' }, { WEB: 1 }, { verb: 'get' }].map((event) =>
    matcher.matches(event).map((index) => texts[index]),
  )
  assert.deepEqual(found, [['A"b'], ['a\\b', 'x\ny', '\\n'], ['\ud83d'], ['web'], ['"verb":"get"']])
})

test('what was said of a text is remembered for that text alone, also when texts come again or never', () => {
  const tools = ['curl', 'wget', 'nmap', 'hydra', 'nikto', 'sqlmap']
  const rule: Predicate = {
    kind: 'field',
    field: ['userAgent'],
    tests: tools.map((text) => ({ kind: 'pattern', parts: [{ text }, { wildcard: 'any' }], cased: false })),
  }
  const [matcher, plain] = [createMatcher([rule]), createPlainMatcher([rule])]
  for (let i = 0; i < 20_000; i += 1) {
    // The first half from few texts, the second from ever new ones; now and then a list of two.
    const agent = `${['kubectl', 'CURL', 'go', 'nikto'][i % 4]}/${i < 10_000 ? i % 50 : i}`
    const event = { userAgent: i % 7 === 0 ? ['kubectl', agent] : agent }
    assert.deepEqual(matcher.matches(event), plain.matches(event))
  }
})
