import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  addQuantities,
  canonicalQuantity,
  compareQuantities,
  negateQuantity,
  parseQuantity,
  type Quantity,
  quantityAsFloat,
  quantityAsInteger,
} from './quantity.ts'

const quantity = (text: string): Quantity => {
  const parsed = parseQuantity(text)
  return parsed.kind === 'quantity' ? parsed.quantity : assert.fail(`${text}: ${parsed.message}`)
}

test('suffixes are powers of ten or of two, and a fraction finer than nano is rounded up', () => {
  const texts = ['1', '1k', '1Ki', '1M', '1.5Gi', '100m', '1e3', '1E3', '1E', '5u', '0.1n', '-0.1n']
  assert.deepEqual(
    texts.map((text) => quantityAsFloat(quantity(text))),
    [1, 1000, 1024, 1e6, 1.5 * 2 ** 30, 0.1, 1000, 1000, 1e18, 4.9999999999999996e-6, 1e-9, -1e-9],
  )
})

test('only whole numbers of up to 18 digits are integers, and none that is written in thousandths', () => {
  const texts = ['2k', '1.5', '1500m', '2000m', '-3', '999999999999999999', '1000000000000000000']
  assert.deepEqual(
    texts.map((text) => quantityAsInteger(quantity(text))),
    [2000n, undefined, undefined, undefined, -3n, 999999999999999999n, undefined],
  )
})

test('a suffix alone is zero, as it is upstream', () => {
  for (const text of ['Ki', 'm', '.E', '-k', 'e3']) assert.deepEqual(quantity(text).digits, 0n, text)
})

test('what is no quantity is refused', () => {
  const texts = ['', ' 1', '1 ', '1KiB', 'Ei', '1.2.3', '--1', '0x10', '1e', '1ki', '1e99999999999', '١']
  assert.deepEqual(
    texts.map((text) => parseQuantity(text).kind),
    texts.map(() => 'error'),
  )
})

test('a value is written in the shortest form with a suffix of its kind', () => {
  const written = ['1000m', '1024Ki', '0.5', '1500M', '1e3', '1000k', '0', '-1.5Gi', 'x']
  assert.deepEqual(written.map(canonicalQuantity), [
    '1',
    '1Mi',
    '500m',
    '1500M',
    '1e3',
    '1M',
    '0',
    '-1536Mi',
    undefined,
  ])
})

const texts = fc
  .tuple(
    fc.constantFrom('', '-', '+'),
    fc.bigInt({ min: 0n, max: 10n ** 20n }),
    fc.constantFrom('', '.5', '.001', '.25'),
    fc.constantFrom('', 'm', 'k', 'Ki', 'M', 'Gi', 'E', 'Ei', 'e3', 'e-2'),
  )
  .map((parts) => parts.join(''))

test('order agrees with subtraction and is the reverse of the order of the negatives', () => {
  fc.assert(
    fc.property(texts, texts, (left, right) => {
      const [a, b] = [quantity(left), quantity(right)]
      const difference = addQuantities(a, negateQuantity(b)) ?? assert.fail()
      assert.equal(compareQuantities(a, b), compareQuantities(difference, quantity('0')))
      assert.equal(compareQuantities(a, b), compareQuantities(negateQuantity(b), negateQuantity(a)))
    }),
  )
})

test('the canonical form has the same value, and itself as its canonical form', () => {
  fc.assert(
    fc.property(texts, (text) => {
      const canonical = canonicalQuantity(text) ?? assert.fail()
      assert.equal(compareQuantities(quantity(text), quantity(canonical)), 0)
      assert.equal(canonicalQuantity(canonical), canonical)
    }),
  )
})
