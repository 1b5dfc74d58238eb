import assert from 'node:assert/strict'
import test from 'node:test'
import fc from 'fast-check'
import { isoTime, parseEventTime, rawTime } from './time.ts'

test('reads every time that JavaScript writes, to the same moment', () => {
  const years = { min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true }
  fc.assert(
    fc.property(fc.date(years), (date) => {
      const time = parseEventTime(date.toISOString())
      assert.ok(time !== undefined)
      assert.equal(rawTime(time), BigInt(date.getTime()) * 1_000_000n)
      assert.equal(isoTime(time), date.toISOString().replace('Z', '000000Z'))
    }),
    { numRuns: 2000 },
  )
})

test('reads fractions of any length and offsets', () => {
  const table: readonly (readonly [text: string, iso: string | undefined])[] = [
    ['2018-10-25T13:58:49.736141Z', '2018-10-25T13:58:49.736141000Z'],
    ['2018-10-25T13:58:49Z', '2018-10-25T13:58:49.000000000Z'],
    ['2018-10-25T13:58:49.1234567891Z', '2018-10-25T13:58:49.123456789Z'],
    ['2018-10-25T01:58:49.5+02:00', '2018-10-24T23:58:49.500000000Z'],
    ['2018-12-31T23:58:49-00:30', '2019-01-01T00:28:49.000000000Z'],
    ['2024-02-29T00:00:00Z', '2024-02-29T00:00:00.000000000Z'],
    ['2023-02-29T00:00:00Z', undefined],
    ['2018-10-25 13:58:49Z', undefined],
    ['2018-10-25T24:00:00Z', undefined],
    ['2018-10-25T13:58:49.Z', undefined],
    ['2018-10-25T13:58:49.73614xZ', undefined],
    ['2018-10-25T13:58:49', undefined],
    ['2018-1x-25T13:58:49Z', undefined],
  ]
  for (const [text, iso] of table) {
    const time = parseEventTime(text)
    assert.equal(time === undefined ? undefined : isoTime(time), iso, text)
  }
})
