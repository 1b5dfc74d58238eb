import assert from 'node:assert/strict'
import { test } from 'node:test'
import { AsOf } from './as-of.ts'

interface Counter {
  count: number
  savedFor: number
}

const counters = (): Counter[] => [1, 2, 3].map((count) => ({ count, savedFor: 0 }))

test('what changes while it is saved is saved as it was, each once and in order', () => {
  const saved: number[] = []
  const asOf = new AsOf(({ count }: Counter) => saved.push(count) && count)
  const all = counters()
  const [first, second, third] = all
  if (first === undefined || second === undefined || third === undefined) assert.fail('three are made')
  const items = asOf.begin(all)[Symbol.iterator]()
  for (const one of [third, third, first]) {
    asOf.keep(one)
    one.count += 10
  }
  assert.deepEqual(items.next().value, 1)
  asOf.keep(first)
  first.count += 10
  const added = { count: 99, savedFor: asOf.moment }
  asOf.keep(added)
  assert.deepEqual([items.next().value, items.next().value, items.next().done], [2, 3, true])
  assert.deepEqual(saved, [3, 1, 2])
  asOf.keep(second)
  assert.deepEqual(saved, [3, 1, 2])
  assert.deepEqual([...asOf.begin([...all, added])], [21, 2, 23, 99])
})

test('a moment that was given up for a later one says so', () => {
  const asOf = new AsOf(({ count }: Counter) => count)
  const all = counters()
  const before = asOf.begin(all)[Symbol.iterator]()
  before.next()
  assert.deepEqual([...asOf.begin(all)], [1, 2, 3])
  assert.throws(() => before.next(), /given up/)
})
