import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonValue } from '../../model/json.ts'
import { eventId } from './event-id.ts'

test('the order of keys does not count, that of lists does', () => {
  assert.equal(eventId([{ a: 1, b: { c: [1, 2], d: 'x' } }]), eventId([{ b: { d: 'x', c: [1, 2] }, a: 1 }]))
  assert.notEqual(eventId([[1, 2]]), eventId([[2, 1]]))
  assert.match(eventId([]), /^[0-9a-f]{32}$/)
})

test('different values have different ids, however their texts are cut', () => {
  const values: readonly JsonValue[] = [
    '',
    'null',
    null,
    0,
    '0',
    false,
    'false',
    [],
    {},
    [''],
    ['', ''],
    { a: '' },
    { '': 'a' },
    { a: 'b"1:c' },
    { a: 'b', c: '' },
    ['a', 'b'],
    ['ab', ''],
    ['a"1:b'],
    [['a'], 'b'],
    [['a', 'b']],
    [1, 23],
    [12, 3],
    [123],
    { a: { b: 1 } },
    { a: { b: 1 }, c: null },
  ]
  assert.equal(new Set(values.map((value) => eventId([value]))).size, values.length)
  assert.notEqual(eventId(['a', 'b']), eventId(['ab', '']))
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (one, other) => {
      const same = JSON.stringify(sorted(one as JsonValue)) === JSON.stringify(sorted(other as JsonValue))
      assert.equal(eventId([one as JsonValue]) === eventId([other as JsonValue]), same)
    }),
  )
})

const sorted = (value: JsonValue): JsonValue => {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, sorted((one ?? null) as JsonValue)]),
  )
}
