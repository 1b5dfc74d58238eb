import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EventRow } from '../answer.ts'
import { completions } from './completions.ts'
import { termState, withoutTerm, withTerm } from './edit.ts'
import { matches } from './matches.ts'
import { parseQuery, type QueryError } from './parse.ts'
import { printQuery } from './print.ts'
import { type Expression, findField, type Query, queryFieldNames, queryFields } from './query.ts'

const row: EventRow = {
  id: 'ax-0123456789abcdef0123456789abcdef-1',
  kind: 'audit',
  time: '2026-11-23T10:00:00.000000Z',
  receivedAt: '2026-11-23T10:00:01.000000Z',
  cluster: 'shop',
  source: 'audit-webhook',
  user: 'system:serviceaccount:shop:ci',
  impersonatedUser: '',
  verb: 'delete',
  group: '',
  resource: 'pods',
  subresource: '',
  namespace: 'shop',
  name: 'web-1',
  code: 403,
  decision: 'forbid',
  reason: '',
  level: 'Metadata',
  stage: 'ResponseComplete',
  sourceIp: '10.1.2.3',
  userAgent: 'kubectl/v1.37.0 (linux/amd64)',
  requestUri: '/api/v1/namespaces/shop/pods/web-1?dryRun=All',
  node: '',
  container: '',
  image: '',
  process: '',
  summary: '',
}

const read = (text: string): Query => {
  const parsed = parseQuery(text)
  assert.ok(parsed.ok, `cannot read ${text}`)
  return parsed.query
}
const faultOf = (text: string): QueryError => {
  const parsed = parseQuery(text)
  assert.ok(!parsed.ok, `can read ${text}`)
  return parsed.error
}

test('reads terms, groups, lists, comparisons, quotes and wildcards', () => {
  assert.deepEqual(read('verb:create,delete (code>=400 OR decision:forbid) -user:system:* "a b" NOT ns:""'), {
    allStages: false,
    expression: {
      kind: 'all',
      terms: [
        { kind: 'field', field: 'verb', values: [['create'], ['delete']] },
        {
          kind: 'any',
          terms: [
            { kind: 'compare', field: 'code', comparison: '>=', number: 400 },
            { kind: 'field', field: 'decision', values: [['forbid']] },
          ],
        },
        { kind: 'not', term: { kind: 'field', field: 'user', values: [['system:', '']] } },
        { kind: 'text', value: ['a b'] },
        { kind: 'not', term: { kind: 'field', field: 'ns', values: [['']] } },
      ],
    },
  })
  assert.deepEqual(read('  '), { expression: undefined, allStages: false })
  assert.equal(read('stage:*').allStages, true)
})

for (const [text, matched] of [
  ['', true],
  ['verb:delete', true],
  ['verb:DELETE', false],
  ['namespace:shop name:web-*', true],
  ['-ns:shop', false],
  ['code>=400 code<404', true],
  ['code:4*', true],
  ['status:0403', true],
  ['verb:get OR user:*:ci', true],
  ['impersonated:""', true],
  ['impersonated:*', true],
  ['user:system:serviceaccount:shop:ci', true],
  ['KUBECTL', true],
  ['kube', false],
  ['kube*', true],
  ['web-1', true],
  ['eb-1', false],
  ['"namespaces/shop"', true],
  ['stage:RequestReceived', false],
  ['id:01234567-89ab-cdef-0123-456789abcdef', true],
  ['id:ax-0123456789abcdef0123456789abcdef-1', true],
  ['id:01234567-89ab-cdef-0123-456789abcdee', false],
] as const) {
  test(`${text || 'the empty query'} ${matched ? 'matches' : 'does not match'} the sample row`, () => {
    assert.equal(matches(read(text), row), matched)
  })
}

test('shows rows of stage RequestReceived only to queries that name stage', () => {
  const received = { ...row, stage: 'RequestReceived' }
  assert.equal(matches(read('verb:delete'), received), false)
  assert.equal(matches(read('verb:delete stage:*'), received), true)
})

for (const [text, error] of [
  [
    'verb:',
    { message: 'a value is missing', from: 0, to: 5, mend: 'Write the value right behind it, or "" for empty.' },
  ],
  ['a (b', { message: 'this parenthesis is not closed', from: 2, to: 3, mend: 'Write “)”.' }],
  ['a b)', { message: 'there is no matching “(” for this', from: 3, to: 4, mend: 'Remove it.' }],
  ['x "ab', { message: 'this quote is not closed', from: 2, to: 5, mend: 'Write " at the end of the value.' }],
  ['a OR', { message: 'a term is missing at the end', from: 4, to: 4, mend: 'Write a term, or remove the last word.' }],
  ['OR a', { message: 'a term is missing before this', from: 0, to: 2, mend: 'Write a term, or remove it.' }],
  ['code>=x', { message: '“code” is compared with a whole number', from: 6, to: 7, mend: 'For example code>=400.' }],
  [
    'verb>3',
    {
      message: '“>” needs a number, and verb is none',
      from: 0,
      to: 5,
      mend: 'Write verb:value; only code is compared.',
    },
  ],
  [
    'usr:alice',
    {
      message: 'there is no field “usr”',
      from: 0,
      to: 4,
      mend: 'Did you mean user? To look for the text itself, put it in quotes.',
    },
  ],
  ['""', { message: 'an empty text matches nothing', from: 0, to: 2, mend: 'Write a word between the quotes.' }],
  ['id:a*', { message: 'an id is asked whole, without “*”', from: 3, to: 5, mend: 'Write the whole id.' }],
] as const) {
  test(`says what is wrong with ${text}, and where`, () => assert.deepEqual(faultOf(text), error))
}

test('refuses deep, long and wide texts in bounded time', () => {
  assert.equal(faultOf('('.repeat(4000)).message, 'more than 32 groups inside each other')
  assert.equal(faultOf('-'.repeat(4000)).message, 'more than 32 groups inside each other')
  assert.equal(faultOf('a'.repeat(5000)).message, 'the query is longer than 4096 characters')
  assert.equal(faultOf(`verb:${'a,'.repeat(300)}a`).message, 'more than 256 values')
  assert.equal(matches(read(`uri:${'*a'.repeat(1000)}`), { ...row, requestUri: 'a'.repeat(100_000) }), true)
})

test('never throws, and gives positions inside the text', () => {
  const pieces = fc.constantFrom(
    '(',
    ')',
    '-',
    '"',
    '\\',
    '*',
    ',',
    ':',
    '>=',
    ' ',
    'AND',
    'OR',
    'NOT',
    'verb',
    'code',
    'x',
    'ü',
  )
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string({ unit: 'binary' }),
        fc.array(pieces).map((all) => all.join('')),
      ),
      (text) => {
        const parsed = parseQuery(text)
        if (!parsed.ok)
          assert.ok(0 <= parsed.error.from && parsed.error.from <= parsed.error.to && parsed.error.to <= text.length)
      },
    ),
  )
})

const patterns = fc
  .array(fc.oneof(fc.string(), fc.constantFrom('web', 'a b', 'AND', '-x', 'ns:x', '"', '\\')), {
    minLength: 1,
    maxLength: 3,
  })
  .map((parts) => parts.filter((part, index) => part !== '' || index === 0 || index === parts.length - 1))
const terms: fc.Arbitrary<Expression> = fc.oneof(
  patterns.filter((parts) => parts.length > 1 || parts[0] !== '').map((value) => ({ kind: 'text' as const, value })),
  fc.record({
    kind: fc.constant('field' as const),
    field: fc.constantFrom(...queryFieldNames.filter((name) => name !== 'code' && name !== 'id')),
    values: fc.array(patterns, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({
    kind: fc.constant('compare' as const),
    field: fc.constant('code' as const),
    comparison: fc.constantFrom('=', '<', '<=', '>', '>=' as const),
    number: fc.nat(999),
  }),
)
const expressions = fc.letrec<{ expression: Expression }>((tie) => ({
  expression: fc.oneof(
    { depthSize: 'small' },
    terms,
    fc.record({ kind: fc.constant('not' as const), term: tie('expression') }),
    fc.record({
      kind: fc.constantFrom('all' as const, 'any' as const),
      terms: fc.array(tie('expression'), { minLength: 1, maxLength: 3 }),
    }),
  ),
})).expression

test('what is printed reads as the same query, which matches the same rows', () => {
  fc.assert(
    fc.property(expressions, (expression) => {
      const text = printQuery({ expression, allStages: false })
      const parsed = parseQuery(text)
      if (!parsed.ok) return fc.pre(/more than|longer than/.test(parsed.error.message))
      assert.deepEqual(parseQuery(printQuery(parsed.query)), parsed)
      const probe = { ...row, stage: 'x' }
      assert.equal(matches(parsed.query, probe), matches({ expression, allStages: true }, probe))
    }),
    { numRuns: 1000 },
  )
})

test('a click on a value adds its term, turns its opposite, and takes it out again', () => {
  assert.equal(withTerm('', 'user', 'alice', false), 'user:alice')
  assert.equal(withTerm('verb:get', 'namespace', 'a b', true), 'verb:get -ns:"a b"')
  assert.equal(withTerm('a OR b', 'verb', 'get', false), '(a OR b) verb:get')
  assert.equal(withTerm('-user:alice x', 'user', 'alice', false), 'x user:alice')
  assert.equal(withTerm('user:alice,bob', 'user', 'alice', true), 'user:bob -user:alice')
  assert.equal(withTerm('broken (', 'user', 'alice', false), 'broken ( user:alice')
  assert.equal(withoutTerm('verb:get  user:alice', 'user', 'alice'), 'verb:get')
  assert.equal(withoutTerm('verb:get  user:bob', 'user', 'alice'), 'verb:get  user:bob')
  assert.equal(termState(read('x -verb:get'), 'verb', 'get'), 'excluded')
  assert.equal(termState(read('verb:get,list'), 'verb', 'list'), 'included')
  assert.equal(termState(read('verb:get OR x'), 'verb', 'get'), 'none')
})

test('adding a term means the old query and the term', () => {
  const values = fc.constantFrom('delete', 'get', '')
  fc.assert(
    fc.property(expressions, values, fc.boolean(), (expression, value, negate) => {
      const before = parseQuery(printQuery({ expression, allStages: false }))
      fc.pre(before.ok)
      const after = parseQuery(withTerm(printQuery(before.query), 'verb', value, negate))
      fc.pre(after.ok)
      if (matches(after.query, row)) assert.equal((row.verb === value) !== negate, true)
    }),
  )
})

for (const [text, expected] of [
  ['|', { kind: 'field', from: 0, to: 0, prefix: '' }],
  ['verb:get ve|r', { kind: 'field', from: 9, to: 12, prefix: 've' }],
  ['-us|', { kind: 'field', from: 1, to: 3, prefix: 'us' }],
  ['ns:sh|op x', { kind: 'value', from: 3, to: 7, field: 'ns', prefix: 'sh' }],
  ['namespace:a,b|', { kind: 'value', from: 12, to: 13, field: 'ns', prefix: 'b' }],
  ['(user:"a b|c" x', { kind: 'value', from: 6, to: 12, field: 'user', prefix: 'a b' }],
  ['"ver|', undefined],
] as const) {
  test(`completes ${text}`, () => {
    assert.deepEqual(completions(text.replace('|', ''), text.indexOf('|')), expected)
  })
}

test('every field has a name, a description and an example that can be read', () => {
  assert.deepEqual(
    queryFields.map((info) => info.field),
    queryFieldNames,
  )
  for (const info of queryFields) {
    assert.ok(info.description !== '' && findField(info.field) === info)
    assert.ok(parseQuery(info.example).ok, info.example)
  }
})

test('finds runtime events by rule, priority, place and words of the command line', () => {
  const alert: EventRow = {
    ...row,
    kind: 'runtime',
    reason: 'Terminal shell in container',
    level: 'Notice',
    node: 'worker-1',
    container: 'web',
    image: 'docker.io/library/nginx:1.29',
    process: '/bin/bash -c id',
  }
  for (const text of [
    'kind:runtime',
    'rule:"Terminal shell in container"',
    'priority:Notice',
    'node:worker-1 container:web',
    'image:*nginx*',
    'process:/bin/bash*',
    'bash',
    'terminal shell',
  ]) {
    assert.equal(matches(read(text), alert), true, text)
  }
  assert.equal(matches(read('process:*zsh*'), alert), false)
})
