import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ParsedCache } from './parsed-cache.ts'

const processed = (seq: number, bytes: number) => ({ seq, receivedAt: 0, records: [], bytes })

test('what is offered beyond the limit is not taken, but for one alone', () => {
  const cache = new ParsedCache(10)
  assert.equal(cache.isFull, false)
  cache.offer(processed(1, 25))
  assert.equal(cache.isFull, true)
  cache.offer(processed(2, 1))
  assert.equal(cache.take(2), undefined)
  assert.equal(cache.take(1)?.seq, 1)
  assert.equal(cache.take(1), undefined)
  cache.offer(processed(3, 5))
  cache.offer(processed(4, 5))
  assert.deepEqual([cache.take(3)?.seq, cache.take(4)?.seq], [3, 4])
})

test('room is told when something was taken, and waited for no longer than asked', async () => {
  const cache = new ParsedCache(10)
  assert.equal(await cache.room(60_000), true)
  cache.offer(processed(1, 6))
  cache.offer(processed(2, 6))
  assert.equal(cache.isFull, true)
  assert.equal(await cache.room(1), false)
  const room = cache.room(60_000)
  cache.take(1)
  assert.equal(await room, true)
})
