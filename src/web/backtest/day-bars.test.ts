import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dayBars, everyDay } from './day-bars.ts'

test('days without anything have their place between those with something', () => {
  assert.deepEqual(
    everyDay([
      { day: '2026-02-27', before: 1, after: 0 },
      { day: '2026-03-01', before: 0, after: 2 },
    ]),
    [
      { day: '2026-02-27', before: 1, after: 0 },
      { day: '2026-02-28', before: 0, after: 0 },
      { day: '2026-03-01', before: 0, after: 2 },
    ],
  )
})

test('what is no day, or too far apart, is left as it is', () => {
  const odd = [{ day: 'nonsense', before: 1, after: 1 }]
  assert.equal(everyDay(odd), odd)
  assert.deepEqual(everyDay([]), [])
})

test('old and new have one scale, and one that fired once is still seen', () => {
  const [bars] = dayBars([{ day: '2026-03-01', before: 1000, after: 1 }], 300, 60)
  assert.equal(bars?.before.height, 60)
  assert.equal(bars?.after.height, 2)
  assert.ok((bars?.before.x ?? 0) < (bars?.after.x ?? 0))
})

test('many days get fewer labels, and stay inside the width', () => {
  const days = Array.from({ length: 30 }, (_, index) => ({ day: `d${index}`, before: 1, after: 1 }))
  const bars = dayBars(days, 400, 60)
  assert.ok(bars.filter(({ label }) => label).length <= 9)
  const last = bars.at(-1)
  assert.ok(last !== undefined && last.x + last.groupWidth <= 400.001)
})
