import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CelError, compile, estimate, evaluate, extend, fromJson, kubernetesEnvironment } from './index.ts'
import { dynType } from './types.ts'

const environment = extend(kubernetesEnvironment, [['object', dynType]])
const object = fromJson({
  list: Array.from({ length: 1000 }, (_, i) => `${'x'.repeat(20)}${i}`),
  text: 'a'.repeat(100_000),
})

const nest = (before: string, times: number, inner: string, after = ')') =>
  before.repeat(times) + inner + after.repeat(times)

/** What comes of a text: the fault with the offset where it was met, or the error of the run. */
const outcome = (source: string): string => {
  const compiled = compile(source, environment)
  if (compiled.kind === 'error') {
    const [issue] = compiled.issues
    return `${issue?.at}: ${issue?.message.slice(0, 90)}`
  }
  const { min, max } = estimate(compiled.program)
  assert.ok(min <= max)
  const { value } = evaluate(compiled.program, { object })
  return value instanceof CelError ? value.message : 'a value'
}

const tooDeep = 'expression recursion limit exceeded: 250'
const tooLong = 'max recursion depth exceeded'
const tooLarge = 'expression has more than 400000 nodes after macro expansion'
const tooCostly = 'operation cancelled: actual cost limit exceeded'

/** Each would take minutes, gigabytes or the stack if nothing bounded it. */
const cases: readonly (readonly [name: string, source: string, outcome: string])[] = [
  ['50,000 parentheses', nest('(', 49_000, '1'), `250: ${tooDeep}`],
  ['40,000 lists that do not end', '['.repeat(40_000), `250: ${tooDeep}`],
  ['250 lists', nest('[', 249, '', ']'), 'a value'],
  ['99,000 times !', `${'!'.repeat(99_000)}true`, 'a value'],
  ['9,000 conditions', `${'true ? 1 : '.repeat(9000)}1`, `2750: ${tooDeep}`],
  ['49,000 times +', `${'1+'.repeat(49_000)}1`, `503: ${tooLong}`],
  ['16,000 times &&', `${'true&&'.repeat(16_000)}true`, 'a value'],
  ['40,000 fields', `object${'.a'.repeat(40_000)}`, `508: ${tooLong}`],
  ['30,000 indexes', `object${'[0]'.repeat(30_000)}`, `759: ${tooLong}`],
  ['20 times optMap, which doubles', `optional.of(1)${'.optMap(x, x)'.repeat(20)}`, `203: ${tooLarge}`],
  ['12 folds over 1,000 items', nest('object.list.exists(x, ', 12, 'false'), tooCostly],
  ['8 folds that gather 1,000 items each', nest('object.list.map(x, ', 8, '1'), tooCostly],
  ['a list that grows tenfold eight times', `[1, 2]${'.map(x, [1,2,3,4,5,6,7,8,9,0]).flatten()'.repeat(8)}`, tooCostly],
  ['a text that doubles 60 times', `['a']${'.map(x, x + x)'.repeat(60)}[0]`, tooCostly],
  [
    'a text put between all characters of itself',
    "object.text.replace('', object.text)",
    'text longer than 16000000 characters',
  ],
  [
    'a list of a thousand million numbers',
    'lists.range(1000000000)',
    'lists.range: size 1000000000 exceeds maximum allowed (1000000)',
  ],
  ['a precision of a thousand million', "'%.999999999f'.format([1.0])", 'a value'],
  ['a pattern that would backtrack', "object.text.matches('(a+)+$b')", 'a value'],
  [
    'a pattern of nested repeats',
    `object.text.matches('${nest('(', 5, 'a', '){1,100}')}')`,
    '20: invalid matches argument',
  ],
  ['a pattern of 1,000 optional parts', "object.text.matches('(a?){1000}a{1000}')", 'a value'],
  ['a pattern of 20,000 groups', `object.text.matches('${nest('(', 20_000, 'a')}')`, '20: invalid matches argument'],
  ['a pattern too dear for its text', `object.text.matches('${'[a-z]*'.repeat(5000)}b')`, tooCostly],
  [
    'a pattern of 400,000 classes that do not end',
    "'a'.matches(object.text.replace('a', '[[[['))",
    'error parsing regexp: missing closing ]',
  ],
  ['40,000 arguments', `f(${'1,'.repeat(40_000)}1)`, "1: undeclared reference to 'f' (in container '')"],
  ['a list of two types', `[${"1,'a',".repeat(9000)}1]`, "3: expected type 'int' but found 'string'"],
  ['a timestamp of 90,000 digits', `timestamp('${'9'.repeat(90_000)}')`, '10: invalid timestamp argument'],
  ['a quantity of an absurd exponent', "quantity('1e999999999').isInteger()", 'a value'],
  [
    'a text that does not end',
    `'${'a'.repeat(99_000)}`,
    `0: Syntax error: token recognition error at: ''${'a'.repeat(40)}`,
  ],
  [
    'one character too many',
    ' '.repeat(100_001),
    '-1: expression code point size exceeds limit: size: 100001, limit 100000',
  ],
]

for (const [name, source, wanted] of cases) {
  test(`${name}: bounded, and told with its place`, { timeout: 60_000 }, () => {
    const found = outcome(source)
    assert.ok(found.startsWith(wanted), `${found} instead of ${wanted}`)
  })
}
