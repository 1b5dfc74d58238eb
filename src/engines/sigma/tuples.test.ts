import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import { combinations, fieldReader, tupleReader } from './tuples.ts'
import { lookUp, scalarText } from './values-of.ts'

const either = ['user.username', 'name']
const names = (field: string): readonly string[] => (field === 'either' ? either : [field])

/** What a tuple reader has to give, written as it is said: each field by itself, and every choice of one value of each. */
const plainly = (fields: readonly string[], event: JsonObject) => {
  let chosen: readonly (readonly JsonValue[])[] = [[]]
  let cut = false
  for (const field of fields) {
    const values = [...new Set(lookUp(names(field))(event).values.filter((one) => scalarText(one) !== undefined))]
    const list = field === 'sourceIPs' ? values.slice(0, 1) : values
    const most = Math.floor(64 / Math.max(1, chosen.length))
    if (list.length > most) cut = true
    chosen = chosen.flatMap((start) => list.slice(0, most).map((value) => [...start, value]))
  }
  return { texts: chosen.map((one) => JSON.stringify(one)), cut }
}

const scalars = fc.constantFrom<JsonValue>('a', 'b', '', '1', 'é"\\\u0000', 1, 0, -0, 1.5, true, false, null)
const lists = fc.oneof(
  { weight: 5, arbitrary: fc.array(scalars, { maxLength: 3 }) },
  { weight: 1, arbitrary: fc.array(fc.nat(99), { minLength: 60, maxLength: 80 }) },
  { weight: 1, arbitrary: fc.array(fc.array(scalars, { maxLength: 2 }), { maxLength: 2 }) },
)
const inner = fc.oneof({ weight: 3, arbitrary: scalars }, lists)
const objects = fc.dictionary(fc.constantFrom('username', 'constructor', 'deep.deeper', 'deep'), inner, { maxKeys: 3 })
const value = fc.oneof(
  inner,
  objects,
  fc.array(objects, { maxLength: 3 }),
  fc.record({ deep: fc.record({ deeper: inner }) }),
)
const keys = ['user', 'name', 'sourceIPs', 'user.username', 'constructor', 'toString'] as const
const events = fc.dictionary(fc.constantFrom(...keys), value, { maxKeys: 5 })
const fields = fc.array(
  fc.constantFrom(...keys, 'user.deep.deeper', 'user.constructor', 'name.username', 'either', 'sourceIPs.username'),
  { maxLength: 3 },
)

test('reads the same as field by field, also of what was there before', () => {
  fc.assert(
    fc.property(fields, fc.array(events, { maxLength: 12 }), (asked, all) => {
      const read = tupleReader(asked, names)
      const readers = asked.map((field) => fieldReader(field, names))
      for (const event of [...all, ...all]) {
        assert.deepEqual(read(event), plainly(asked, event))
        assert.deepEqual(combinations(readers.map((one) => one(event))), plainly(asked, event))
      }
    }),
    { numRuns: 2000 },
  )
})

test('texts stay right however many there are', () => {
  const asked = ['user.username', 'name']
  const read = tupleReader(asked, names)
  for (const turn of [0, 1])
    for (let n = 0; n < 2000; n++) {
      const event = { user: { username: `u${n % 700}` }, name: n % 3 === 0 ? String(n) : n }
      assert.deepEqual(read(event), plainly(asked, event), `turn ${turn}`)
    }
})

test('a long text is cut, and one that differs at its end stays another', () => {
  const read = tupleReader(['name'], names)
  const long = 'x'.repeat(300)
  const [one, other] = [`${long}1`, `${long}2`].map((name) => read({ name }).texts[0] ?? '')
  assert.notEqual(one, other)
  assert.match(one ?? '', /^\["x{256}…#[0-9a-f]{16}"\]$/)
  assert.deepEqual(read({ name: [`${long}1`] }).texts, [one])
})
