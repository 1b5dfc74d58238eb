import assert from 'node:assert/strict'
import { test } from 'node:test'
import { spanOf } from './period.ts'

const now = Date.parse('2026-11-20T12:00:00Z')
const record = { from: '2026-11-01T00:00:00.000000Z', to: '2026-11-20T11:59:59.000000Z' }

test('a period ends now and is as long as its name says', () => {
  assert.deepEqual(spanOf('day', now, record), {
    from: '2026-11-19T12:00:00.000000Z',
    to: '2026-11-20T12:00:00.000000Z',
  })
  assert.deepEqual(spanOf('week', now, record), {
    from: '2026-11-13T12:00:00.000000Z',
    to: '2026-11-20T12:00:00.000000Z',
  })
})

test('a period does not reach back before the record begins', () => {
  assert.equal(spanOf('month', now, record).from, '2026-11-01T00:00:00.000000Z')
  assert.equal(spanOf('whole', now, record).from, '2026-11-01T00:00:00.000000Z')
})

test('the last record is inside the period, also where the record runs ahead of this clock', () => {
  const ahead = { from: record.from, to: '2026-11-20T12:00:05.000000Z' }
  assert.equal(spanOf('whole', now, ahead).to, '2026-11-20T12:00:05.001000Z')
})

test('where nothing is recorded the span is still one', () => {
  const { from, to } = spanOf('whole', now, undefined)
  assert.ok(from < to)
})
