import assert from 'node:assert/strict'
import { test } from 'node:test'
import { sampleEvent } from './fixture.ts'
import type { TailRow } from './services.ts'
import { createTail } from './tail.ts'

const ids = (rows: readonly TailRow[] | undefined) => rows?.map(({ row }) => row.id)

test('hands rows to all who listen, until they stop', () => {
  const tail = createTail('r')
  const seen: (readonly string[] | undefined)[] = []
  const stop = tail.subscribe((rows) => seen.push(ids(rows)))
  tail.publish([sampleEvent('a'), sampleEvent('b')])
  stop()
  tail.publish([sampleEvent('c')])
  assert.deepEqual(seen, [['a', 'b']])
})

test('tells what came after a position, as long as it holds it', () => {
  const tail = createTail('r', 2)
  tail.publish(['a', 'b', 'c'].map((id) => sampleEvent(id)))
  tail.publish([sampleEvent('d')])
  assert.deepEqual(
    ['r-4', 'r-3', 'r-2', 'r-1', 'r-0'].map((position) => ids(tail.since(position))),
    [[], ['d'], ['c', 'd'], ['b', 'c', 'd'], undefined],
  )
  for (const unknown of ['r-5', 'r-', 'other-3', '', 'r-x', 'r--1', 'r-1.5'])
    assert.equal(tail.since(unknown), undefined, unknown)
})

test('holds no more than twice its capacity', () => {
  const tail = createTail('r', 10)
  for (let index = 0; index < 1000; index++) tail.publish([sampleEvent(String(index))])
  assert.equal(tail.since('r-900'), undefined)
  assert.deepEqual(ids(tail.since('r-998')), ['998', '999'])
})

test('rows are wanted while somebody listens and for a while after, and a hole is never passed over', () => {
  let now = 0
  const tail = createTail('run', 10, () => now)
  assert.equal(tail.isWanted(), false)
  const leave = tail.subscribe(() => {})
  tail.publish([sampleEvent('a')])
  leave()
  now = 4 * 60_000
  assert.equal(tail.isWanted(), true)
  assert.deepEqual(tail.since('run-1'), [])
  now = 5 * 60_000
  assert.equal(tail.isWanted(), false)
  tail.skip()
  assert.equal(tail.since('run-1'), undefined)
})
