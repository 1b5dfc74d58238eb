import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Expr } from './ast.ts'
import { kubernetesEnvironment } from './environments.ts'
import { parse } from './parser.ts'
import { print } from './print.ts'

/** The tree without what only tells nodes and places apart. */
function shape(expr: Expr): string {
  return JSON.stringify(expr, (key, value: unknown) =>
    key === 'id' || key === 'at' || key === 'macro' ? undefined : typeof value === 'bigint' ? `${value}n` : value,
  )
}

function parsed(source: string): Expr {
  const result = parse(source, kubernetesEnvironment.macros)
  return result.kind === 'parsed' ? result.expr : assert.fail(`${source}: ${JSON.stringify(result.issues)}`)
}

const leaf = fc.oneof(
  fc.constantFrom('object', 'x', 'true', 'null', '1u', '2.5', '-7', '-1.5', "'a'", 'b"\\001"', 'a.b', '.c'),
  fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  fc
    .string({ unit: 'grapheme' })
    .map((text) => JSON.stringify(text).replace(/\\\//g, '/'))
    .filter((text) => !text.includes('\\u')),
)

const { source } = fc.letrec<{ source: string }>((tie) => ({
  source: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leaf,
    fc
      .tuple(tie('source'), fc.constantFrom('+', '-', '*', '/', '%', '==', '<', 'in', '&&', '||'), tie('source'))
      .map(([a, op, b]) => `(${a}) ${op} (${b})`),
    fc
      .tuple(tie('source'), fc.constantFrom('+', '-', '*', '&&', '||', '=='), tie('source'))
      .map(([a, op, b]) => `${a} ${op} ${b}`),
    fc.tuple(fc.constantFrom('!', '-', '!!'), tie('source')).map(([op, a]) => `${op}(${a})`),
    fc.tuple(tie('source'), tie('source'), tie('source')).map(([a, b, c]) => `(${a}) ? (${b}) : (${c})`),
    tie('source').map((a) => `(${a}).f`),
    tie('source').map((a) => `(${a}).?f`),
    tie('source').map((a) => `has((${a}).f)`),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `(${a})[?${b}]`),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `(${a})[${b}].g(${b})`),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `[${a}, ?${b}]`),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `{${a}: ${b}, ?'k': ${b}}`),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `[${a}].map(y, y == 1, ${b})`),
    fc.tuple(tie('source'), tie('source')).map(([a, b]) => `{'k': ${a}}.transformMap(k, v, ${b})`),
    tie('source').map((a) => `f(${a}, Object.spec{a: ${a}})`),
  ),
}))

test('parsing, printing and parsing again gives the same tree', () => {
  fc.assert(
    fc.property(source, (text) => {
      const result = parse(text, kubernetesEnvironment.macros)
      if (result.kind === 'refused') return
      assert.equal(shape(parsed(print(result.expr))), shape(result.expr))
    }),
    { numRuns: 500 },
  )
})

test('prints operators with the parentheses they need and no others', () => {
  const cases: readonly (readonly [string, string])[] = [
    ['(a+b)*c', '(a + b) * c'],
    ['a+(b*c)', 'a + b * c'],
    ['a-(b-c)', 'a - (b - c)'],
    ['(a-b)-c', 'a - b - c'],
    ['!(a&&b)||c', '!(a && b) || c'],
    ['a&&(b&&c)', 'a && (b && c)'],
    ['a?b:c?d:e', 'a ? b : c ? d : e'],
    ['(a?b:c).d', '(a ? b : c).d'],
    ['-(1)', '-(1)'],
    ['- -1', '1'],
    ["x.all(y,y in ['a'])", 'x.all(y, y in ["a"])'],
    ['has(a.b.c)', 'has(a.b.c)'],
    ['a.`b-c`', 'a.`b-c`'],
  ]
  assert.deepEqual(
    cases.map(([text]) => print(parsed(text))),
    cases.map(([, printed]) => printed),
  )
})
