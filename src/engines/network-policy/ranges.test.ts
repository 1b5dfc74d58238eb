import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { contains, intersect, type Ranges, subtract, union, unionOf } from './ranges.ts'

const size = 40
const bound = fc.integer({ min: 0, max: size })
const ranges = fc.array(fc.tuple(bound, bound), { maxLength: 12 }).map(unionOf)
const numbers = Array.from({ length: size }, (_, number) => number)

/** The one form of the set of numbers for which it holds. */
const rangesWhere = (holds: (number: number) => boolean): Ranges<number> =>
  unionOf(numbers.filter(holds).map((number) => [number, number + 1] as const))

test('sets of ranges are united, met and taken from each other as sets of numbers are', () => {
  fc.assert(
    fc.property(ranges, ranges, (a, b) => {
      const is = (set: Ranges<number>, number: number): boolean => contains(set, number)
      assert.deepEqual(
        union(a, b),
        rangesWhere((one) => is(a, one) || is(b, one)),
      )
      assert.deepEqual(
        intersect(a, b),
        rangesWhere((one) => is(a, one) && is(b, one)),
      )
      assert.deepEqual(
        subtract(a, b),
        rangesWhere((one) => is(a, one) && !is(b, one)),
      )
    }),
    { numRuns: 500 },
  )
})

test('an interval is in a set from its first number, and not at its end', () => {
  const held = numbers.filter((number) => contains([2, 4, 7, 8], number))
  assert.deepEqual(held, [2, 3, 7])
})

test('of a long set only what lies in the short one is read', () => {
  let reads = 0
  const long = new Proxy(
    Array.from({ length: 20_000 }, (_, index) => index * 2),
    {
      get: (target, key, receiver) => {
        reads += 1
        return Reflect.get(target, key, receiver)
      },
    },
  )
  // Its intervals are [0, 2), [4, 6), [8, 10) and so on.
  assert.deepEqual(intersect(long, [1, 6, 39_000, 39_001]), [1, 2, 4, 6, 39_000, 39_001])
  assert.deepEqual(subtract([1, 6, 39_000, 39_001], long), [2, 4])
  assert.ok(reads < 200, `${reads} reads`)
})
