import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { CasesChanged } from '../../api/contract/detection.ts'
import { createCaseFeed } from './case-feed.ts'

const opened = (id: string): CasesChanged => ({ ids: [id], news: [{ id, kind: 'opened' }] })

test('who comes back is told once of all that changed meanwhile', () => {
  const feed = createCaseFeed('run')
  feed.tell(opened('a'))
  const position = feed.position()
  assert.deepEqual(feed.since(position), { ids: [], news: [] })
  feed.tell(opened('b'))
  feed.tell({ ids: ['b', 'a'], news: [] })
  assert.deepEqual(feed.since(position), { ids: ['b', 'a'], news: [{ id: 'b', kind: 'opened' }] })
})

test('what is too long ago, of another run, or no position at all is not known', () => {
  const feed = createCaseFeed('run', 2)
  const first = feed.position()
  for (const id of ['a', 'b']) feed.tell(opened(id))
  assert.deepEqual(feed.since(first)?.ids, ['a', 'b'])
  feed.tell(opened('c'))
  for (const position of [first, 'other-3', 'run-4', 'run--1', 'run-1.5', 'run-', 'run', '', '-3', 'run-NaN'])
    assert.equal(feed.since(position), undefined, position)
})

test('a listener that throws is dropped, and the others hear of it all the same', () => {
  const feed = createCaseFeed('run')
  const heard: string[] = []
  let calls = 0
  feed.subscribe(() => {
    calls += 1
    throw new Error('gone')
  })
  const end = feed.subscribe(({ ids }) => heard.push(...ids))
  feed.tell(opened('a'))
  feed.tell(opened('b'))
  end()
  feed.tell(opened('c'))
  assert.deepEqual([heard, calls], [['a', 'b'], 1])
})
