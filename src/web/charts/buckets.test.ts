import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { GapRow } from '../../model/answer.ts'
import { bucketAt, gapSpans, laneBars, laneMax, placeOf, rangeOfBuckets, sumBetween, ticks } from './buckets.ts'

const from = Date.parse('2026-11-23T14:00:00Z')
const axis = { fromMillis: from, stepMillis: 60_000, buckets: 60, width: 600 }

const gap = (a: string, b: string): GapRow => ({
  id: a,
  source: 'audit',
  from: a,
  to: b,
  reason: 'source-silent',
  what: 'nothing came',
  estimate: undefined,
})

test('places and buckets agree, and stay inside the axis', () => {
  assert.equal(placeOf(axis, from + 30 * 60_000), 300)
  assert.equal(bucketAt(axis, 300), 30)
  assert.equal(bucketAt(axis, -5), 0)
  assert.equal(bucketAt(axis, 9999), 59)
})

test('a brush covers its buckets whole, drawn in either direction', () => {
  const range = { from: '2026-11-23T14:05:00.000000Z', to: '2026-11-23T14:11:00.000000Z' }
  assert.deepEqual(rangeOfBuckets(axis, 5, 10), range)
  assert.deepEqual(rangeOfBuckets(axis, 10, 5), range)
})

test('ticks are at round times of the viewer', () => {
  assert.deepEqual(
    ticks(axis, 100, 0).map((at) => new Date(at).toISOString().slice(11, 16)),
    ['14:00', '14:10', '14:20', '14:30', '14:40', '14:50', '15:00'],
  )
  assert.deepEqual(ticks({ ...axis, buckets: 0 }, 100, 0), [])
})

test('gaps are clipped to the axis and never too thin to see', () => {
  assert.deepEqual(
    gapSpans(axis, [
      gap('2026-11-23T13:50:00Z', '2026-11-23T14:06:00Z'),
      gap('2026-11-23T14:30:00Z', '2026-11-23T14:30:00.001Z'),
      gap('2026-11-23T12:00:00Z', '2026-11-23T12:01:00Z'),
    ]).map(({ x, width }) => ({ x, width })),
    [
      { x: 0, width: 60 },
      { x: 300, width: 2 },
    ],
  )
})

test('bars are stacked, and one request among a million is still seen', () => {
  const lane = {
    label: 'requests',
    series: [
      { label: 'refused', counts: [1, 0], tone: 'forbid' },
      { label: 'allowed', counts: [999, 500], tone: 'plain' },
    ],
  } as const
  assert.equal(laneMax(lane), 1000)
  assert.deepEqual(laneBars(lane, 100, 2), [
    { bucket: 0, series: 0, y: 98, height: 2 },
    { bucket: 0, series: 1, y: 0, height: 98 },
    { bucket: 1, series: 1, y: 50, height: 50 },
  ])
  assert.equal(sumBetween([1, 2, 3, 4], 2, 1), 5)
})
