import assert from 'node:assert/strict'
import { test } from 'node:test'
import { momentOf } from './moment.ts'

const now = Date.parse('2026-11-23T14:00:00Z')

test('reads how long ago, now, and RFC 3339 of any zone', () => {
  const texts = ['now', '90s', '10m', '2h', '1d', '2026-11-23T14:03:00+01:00']
  assert.deepEqual(
    texts.map((text) => momentOf('at', text, now)),
    [
      '2026-11-23T14:00:00.000000Z',
      '2026-11-23T13:58:30.000000Z',
      '2026-11-23T13:50:00.000000Z',
      '2026-11-23T12:00:00.000000Z',
      '2026-11-22T14:00:00.000000Z',
      '2026-11-23T13:03:00.000000Z',
    ],
  )
})

test('says what a moment looks like when it got none', () => {
  assert.throws(() => momentOf('at', 'yesterday', now), {
    message:
      '"yesterday" is not a moment (--at). Write how long ago (90s, 10m, 2h, 7d) or a time such as 2026-11-23T14:03:00Z',
  })
})
