import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  CelError,
  type CelJson,
  compile,
  declaredStructs,
  declaredType,
  estimate,
  evaluate,
  extend,
  fromJson,
  kubernetesEnvironment,
  noStructs,
} from '../index.ts'

const text = (maxLength: number) => ({ type: 'string', maxLength })
const list = (items: object, maxItems: number) => ({ type: 'array', items, maxItems })

const type = declaredType(
  JSON.parse(
    JSON.stringify({
      type: 'object',
      properties: {
        on: { type: 'boolean' },
        n: { type: 'integer' },
        s: text(8),
        mode: { type: 'string', enum: ['a', 'bcd'] },
        names: list(text(5), 4),
        counts: list({ type: 'integer' }, 5),
        labels: { type: 'object', additionalProperties: text(4), maxProperties: 3 },
        items: list({ type: 'object', properties: { k: text(6), w: { type: 'integer' }, sub: list(text(3), 2) } }, 3),
      },
    }),
  ),
  { name: 'selfType', resource: false, structural: true },
)
assert.ok(type !== undefined)
const environment = extend(kubernetesEnvironment, [['self', type.cel]], declaredStructs([type], noStructs))

/** Values that the schema allows; `least` is the size of the smallest text, list and map. */
const values = (least: 0 | 1): fc.Arbitrary<CelJson> => {
  const word = (maxLength: number) => fc.string({ minLength: least, maxLength, unit: fc.constantFrom(...'ab-é€😀') })
  const many = <T>(of: fc.Arbitrary<T>, maxLength: number) => fc.array(of, { minLength: least, maxLength })
  const number = fc.integer({ min: -3, max: 9 }).map(BigInt)
  return fc.record({
    on: fc.boolean(),
    n: number,
    s: word(8),
    mode: fc.constantFrom('a', 'bcd'),
    names: many(word(5), 4),
    counts: many(number, 5),
    labels: fc.dictionary(
      word(4).filter((key) => key !== '__proto__'),
      word(4),
      { minKeys: least, maxKeys: 3 },
    ),
    items: many(fc.record({ k: word(6), w: number, sub: many(word(3), 2) }), 3),
  })
}

type Sources = {
  readonly bool: string
  readonly int: string
  readonly text: string
  readonly texts: string
}

/** A template with its `$0`, `$1`… filled in. */
const fill =
  (...parts: readonly fc.Arbitrary<string>[]) =>
  (...templates: readonly string[]): fc.Arbitrary<string> =>
    fc
      .tuple(fc.constantFrom(...templates), ...parts)
      .map(([template, ...given]) =>
        given.reduce((source, part, index) => source.replaceAll(`$${index}`, `(${part})`), template),
      )

/**
 * Expressions whose types fit, without what upstream's estimate does not see: the size of what a fold goes through where that
 * is no field of the schema (it counts as the size of the whole), the cost of comparing two fields that are numbers or
 * booleans (0 instead of 1), that of distinct() over texts (a twentieth short), and join (half of it). `wide` adds what only
 * the lesser end does not see: constants, whose calls are worked out before a run (the empty list that map and filter begin
 * with is one), and conditions.
 */
const expressions = (wide: boolean): fc.Arbitrary<string> => {
  const { bool } = fc.letrec<Sources>((tie) => {
    const [b, i, t, ts] = [tie('bool'), tie('int'), tie('text'), tie('texts')]
    const leaf = (fields: readonly string[], constants: readonly string[]) =>
      fc.constantFrom(...fields, ...(wide ? constants : []))
    const size = { depthSize: 'small', withCrossShrink: true } as const
    return {
      bool: fc.oneof(
        size,
        leaf(['self.on', 'has(self.names)'], ['true']),
        fill(b, b)('$0 && $1', '$0 || $1', '!$0'),
        ...(wide ? [fill(b, b, b)('$0 ? $1 : $2')] : []),
        fill(t, t)('$0 == $1', '$0 != $1', '$0 < $1', '$0.contains($1)', '$0.startsWith($1)', '$0.endsWith($1)'),
        fill(t)(
          "$0.matches('^[ab]+$')",
          "$0.find('a+').size() >= 0",
          'isQuantity($0)',
          'isURL($0)',
          '$0 in self.labels',
        ),
        fill(t, ts)('$0 in $1'),
        fill(i, i)('$0 < $1', '$0 >= $1'),
        fill(i)('$0 in self.counts', 'self.counts.all(i, v, v > i || v < $0)', 'self.items.exists_one(e, e.w > $0)'),
        fill(ts, ts)('$0 == $1', 'sets.contains($0, $1)', 'sets.equivalent($0, $1)'),
        fill(t)(
          'self.names.exists(x, x == $0)',
          'self.names.all(x, x.contains($0))',
          'self.names.all(x, self.names.exists(y, x == y || x < $0))',
          'self.labels.all(k, v, k != $0 || v == $0)',
          'self.labels.exists(k, self.labels[k] == $0)',
          'self.items.all(e, e.k != $0 && e.sub.all(x, x.startsWith($0)))',
        ),
      ),
      int: fc.oneof(
        size,
        leaf(['self.n', 'self.counts.size()', 'self.counts.sum()'], ['1', '7']),
        fill(i, i)('$0 + $1', '$0 * $1'),
        fill(t)('$0.size()', "$0.indexOf('a')"),
        fill(ts)('$0.size()'),
      ),
      text: fc.oneof(
        size,
        leaf(['self.s', 'self.mode'], ["'abc'", "'é'"]),
        fill(t, t)('$0 + $1', "$0.replace('a', $1)"),
        fill(t)('$0.lowerAscii()', '$0.trim()', '$0.substring(0)'),
        fill(i)('string($0)'),
        ...(wide ? [fill(b, t, t)('$0 ? $1 : $2')] : []),
      ),
      texts: fc.oneof(
        size,
        leaf(['self.names'], ["['a', 'bcd']", 'self.labels.map(k, k)', 'self.items.map(e, e.k)']),
        fill(ts, ts)('$0 + $1'),
        fill(t)("$0.split('')"),
        fill(ts)('$0.reverse()', '$0.sort()'),
        ...(wide ? [fill(t)('self.names.map(x, x + $0)', 'self.names.filter(i, i != $0)')] : []),
      ),
    }
  })
  return bool
}

const runs = { numRuns: 2000 }

test('no run costs more than the estimate, whatever the schema allows and however the run ends', () => {
  fc.assert(
    fc.property(expressions(true), values(0), (source, self) => {
      const compiled = compile(source, environment)
      fc.pre(compiled.kind === 'program')
      const { max } = estimate(compiled.program, type)
      const { cost } = evaluate(compiled.program, { self: fromJson(self) }, Number.POSITIVE_INFINITY)
      assert.ok(BigInt(cost) <= max, `${cost} > ${max}: ${source}`)
    }),
    runs,
  )
})

test('no run that gives a value costs less than the estimate, where nothing is empty and nothing is constant', () => {
  fc.assert(
    fc.property(expressions(false), values(1), (source, self) => {
      const compiled = compile(source, environment)
      fc.pre(compiled.kind === 'program')
      const { min } = estimate(compiled.program, type)
      const { value, cost } = evaluate(compiled.program, { self: fromJson(self) }, Number.POSITIVE_INFINITY)
      fc.pre(!(value instanceof CelError))
      assert.ok(min <= BigInt(cost), `${min} > ${cost}: ${source}`)
    }),
    runs,
  )
})
