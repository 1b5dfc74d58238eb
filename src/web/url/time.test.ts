import assert from 'node:assert/strict'
import { test } from 'node:test'
import { absolute, around, parseDuration, rangeOf, stepTime, timeChoice, timeSearch, validTimeSearch } from './time.ts'

const now = Date.parse('2026-11-23T18:00:00Z')
const at = '2026-11-23T14:03:00.000000Z'

test('reads durations and refuses what is none', () => {
  const cases: readonly (readonly [string, number | undefined])[] = [
    ['5m', 300],
    ['90s', 90],
    ['7d', 604_800],
    ['0m', undefined],
    ['-1h', undefined],
    ['1w', undefined],
    ['9999999d', undefined],
    ['999999d', undefined],
    ['', undefined],
  ]
  for (const [text, seconds] of cases) assert.equal(parseDuration(text), seconds, text)
})

test('keeps the most specific valid choice of the URL and drops the rest', () => {
  assert.deepEqual(validTimeSearch({ at: '2026-11-23T14:03:00Z', last: '1h', from: 'x' }), { at })
  assert.deepEqual(validTimeSearch({ from: '2026-11-23T14:03:00Z', to: '2026-11-23T13:00:00Z', last: '6h' }), {
    last: '6h',
  })
  assert.deepEqual(validTimeSearch({ at: '<script>', last: 5 }), {})
  assert.deepEqual(validTimeSearch({ at: `2026-11-23T14:03:00.${'0'.repeat(90)}Z` }), {})
})

test('a choice survives the way into the URL and back', () => {
  const choices = [
    { kind: 'live', last: undefined },
    { kind: 'live', last: '6h' },
    { kind: 'range', from: '2026-11-23T13:00:00.000000Z', to: at },
    { kind: 'moment', at },
  ] as const
  for (const choice of choices) assert.deepEqual(timeChoice(validTimeSearch(timeSearch(choice))), choice)
})

test('live means the last hour, or all of a recording', () => {
  const live = { kind: 'live', last: undefined } as const
  const whole = { from: '2026-11-23T13:00:00.000000Z', to: at }
  assert.deepEqual(rangeOf(live, now, undefined), { from: '2026-11-23T17:00:00.000000Z', to: undefined })
  assert.deepEqual(rangeOf(live, now, whole), whole)
  assert.deepEqual(rangeOf({ kind: 'live', last: '5m' }, now, whole), {
    from: '2026-11-23T17:55:00.000000Z',
    to: undefined,
  })
  assert.deepEqual(absolute(live, now, undefined), {
    kind: 'range',
    from: '2026-11-23T17:00:00.000000Z',
    to: '2026-11-23T18:00:00.000000Z',
  })
})

test('steps half a range, or a minute of a moment', () => {
  assert.deepEqual(stepTime({ kind: 'moment', at }, -1, now, undefined), {
    kind: 'moment',
    at: '2026-11-23T14:02:00.000000Z',
  })
  assert.deepEqual(stepTime({ kind: 'live', last: '1h' }, -1, now, undefined), {
    kind: 'range',
    from: '2026-11-23T16:30:00.000000Z',
    to: '2026-11-23T17:30:00.000000Z',
  })
})

test('goes around a moment', () => {
  assert.deepEqual(around(at, 5), {
    kind: 'range',
    from: '2026-11-23T13:58:00.000000Z',
    to: '2026-11-23T14:08:00.000000Z',
  })
})
