import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayStarts, hourBars, hourStart } from './fired-bars.ts'

test('the busiest hour fills the height, and hours without any have no bar', () => {
  assert.deepEqual(hourBars([0, 5, 0, 10], 40, 48), [
    { hour: 1, count: 5, x: 10, width: 9.5, height: 24 },
    { hour: 3, count: 10, x: 30, width: 9.5, height: 48 },
  ])
})

test('one among many is still seen, and so is an hour of a narrow chart', () => {
  const [one, many] = hourBars([1, 1000], 1, 48)
  assert.deepEqual([one?.height, one?.width], [2, 1.5])
  assert.equal(many?.height, 48)
})

test('nothing fired, or no room yet: no bar', () => {
  assert.deepEqual(hourBars([0, 0], 40, 48), [])
  assert.deepEqual(hourBars([], 40, 48), [])
  assert.deepEqual(hourBars([1], 0, 48), [])
})

const now = Date.parse('2026-11-26T10:20:00Z')

test('a bar is of a whole hour by the clock, the newest of the present one', () => {
  const starts = [0, 46, 47].map((hour) => new Date(hourStart(hour, 48, now)).toISOString())
  assert.deepEqual(starts, ['2026-11-24T11:00:00.000Z', '2026-11-26T09:00:00.000Z', '2026-11-26T10:00:00.000Z'])
})

test('days begin at midnight of the viewer, counted from the oldest hour', () => {
  const starts = (offsetMinutes: number): readonly (readonly [number, string])[] =>
    dayStarts(48, now, () => offsetMinutes).map(({ hour, millis }) => [hour, new Date(millis).toISOString()])
  // The newest of 48 hours is the one from 10:00, so that the oldest is 11:00 two days before.
  assert.deepEqual(starts(0), [
    [13, '2026-11-25T00:00:00.000Z'],
    [37, '2026-11-26T00:00:00.000Z'],
  ])
  assert.deepEqual(starts(-120), [
    [11, '2026-11-24T22:00:00.000Z'],
    [35, '2026-11-25T22:00:00.000Z'],
  ])
})

test('where a zone is off by half an hour, the hour in which midnight falls last is marked', () => {
  // Half past five ahead: midnight is 18:30 UTC, and the first whole hour of that day begins at 19:00.
  const [first] = dayStarts(24, now, () => -330)
  assert.equal(first && new Date(first.millis).toISOString(), '2026-11-25T19:00:00.000Z')
})

test('a day of 25 hours has one beginning', () => {
  // Summer time ends at 01:00 UTC: two hours ahead before it, one hour after.
  const end = Date.parse('2026-10-25T01:00:00Z')
  const starts = dayStarts(48, Date.parse('2026-10-26T10:00:00Z'), (millis) => (millis < end ? -120 : -60))
  assert.deepEqual(
    starts.map(({ millis }) => new Date(millis).toISOString()),
    ['2026-10-24T22:00:00.000Z', '2026-10-25T23:00:00.000Z'],
  )
})
