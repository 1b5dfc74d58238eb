import assert from 'node:assert/strict'
import { test } from 'node:test'
import { age, clockMillis, fromLocalInput, inFull, localInput, moment, span } from './dates.ts'
import { bytes, count, duration, rate, short } from './numbers.ts'

const utc = { timeZone: 'UTC' }
const now = Date.parse('2026-11-23T14:03:22.125Z')

test('numbers carry their unit and stay short', () => {
  assert.deepEqual([0, 999, 1000, 1234, 34_000_000].map(short), ['0', '999', '1 k', '1.2 k', '34 M'])
  assert.deepEqual([0, 1023, 1536, 52_428_800].map(bytes), ['0 B', '1,023 B', '1.5 KiB', '50 MiB'])
  assert.deepEqual([0, 0.01, 0.42, 120, 5300].map(rate), ['0/s', '<0.1/s', '0.4/s', '120/s', '5.3 k/s'])
  assert.deepEqual([-5, 38, 1200, 59_999, 720_000, 10_800_000, 5 * 86_400_000].map(duration), [
    '0 ms',
    '38 ms',
    '1.2 s',
    '60 s',
    '12 min',
    '3 h',
    '5 d',
  ])
  assert.equal(count(1_204_331), '1,204,331')
})

test('a time of today shows its clock, an older one its day', () => {
  assert.equal(moment(now - 1000, now, utc), '14:03:21')
  assert.equal(moment(now - 3 * 86_400_000, now, utc), '20 Nov 14:03')
  assert.equal(clockMillis(now, utc), '14:03:22.125')
})

test('the full time names zone, UTC and age', () => {
  assert.equal(
    inFull('2026-11-23T14:03:12.125000Z', now, utc),
    '23 Nov 2026 14:03:12.125 UTC\n2026-11-23T14:03:12.125000Z\n10 s ago',
  )
  assert.equal(age(now + 180_000, now), 'in 3 min')
  assert.equal(age(now, now), 'just now')
})

test('a span is as short as it can be without lying', () => {
  assert.equal(span('2026-11-23T13:40:00Z', '2026-11-23T14:03:00Z', now, utc), '13:40 – 14:03')
  assert.equal(span('2026-11-23T13:40:05Z', '2026-11-23T13:40:17Z', now, utc), '13:40:05 – 13:40:17')
  assert.equal(span('2026-11-22T13:40:00Z', '2026-11-23T14:03:00Z', now, utc), '22 Nov 13:40 – 23 Nov 14:03')
})

test('a moment goes into the date field and back', () => {
  const second = Math.floor(now / 1000) * 1000
  assert.equal(fromLocalInput(localInput(second)), second)
  assert.equal(fromLocalInput(''), undefined)
})

test('a day of another year is said with its year', () => {
  assert.equal(moment(Date.parse('2025-11-26T12:00:00Z'), now, utc), '26 Nov 2025 12:00')
  assert.equal(moment(Date.parse('2026-01-02T12:00:00Z'), now, utc), '2 Jan 12:00')
  assert.equal(span('2025-12-31T23:00:00Z', '2026-01-01T01:00:00Z', now, utc), '31 Dec 2025 23:00 – 1 Jan 01:00')
})
