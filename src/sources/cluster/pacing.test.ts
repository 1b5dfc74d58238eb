import assert from 'node:assert/strict'
import { test } from 'node:test'
import { backoff, limiter, pause } from './pacing.ts'

test('doubles the delay up to the largest, drawn from its upper half, and starts again after a reset', () => {
  const delays = backoff(100, 500, () => 0.5)
  assert.deepEqual(
    [delays.next(), delays.next(), delays.next(), delays.next(), delays.next()],
    [75, 150, 300, 375, 375],
  )
  delays.reset()
  assert.equal(delays.next(), 75)
})

test('runs no more tasks at once than there are places, in the order in which they came', async () => {
  const limit = limiter(2)
  const order: number[] = []
  let running = 0
  let most = 0
  await Promise.all(
    [1, 2, 3, 4, 5].map((each) =>
      limit(async () => {
        running++
        most = Math.max(most, running)
        order.push(each)
        await new Promise(setImmediate)
        running--
      }),
    ),
  )
  assert.deepEqual({ order, most }, { order: [1, 2, 3, 4, 5], most: 2 })
})

test('gives the place of a failed task to the next', async () => {
  const limit = limiter(1)
  await assert.rejects(
    limit(() => Promise.reject(new Error('no'))),
    /no/,
  )
  assert.equal(await limit(async () => 'yes'), 'yes')
})

test('ends a pause when the signal aborts', async () => {
  const stopping = new AbortController()
  const waiting = pause(60_000, stopping.signal)
  stopping.abort(new Error('stopped'))
  await assert.rejects(waiting, /stopped/)
})
