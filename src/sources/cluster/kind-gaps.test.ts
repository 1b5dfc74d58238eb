import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Interval } from './hand-over.ts'
import { type KindGap, mergeGaps } from './kind-gaps.ts'

const gap = (kind: string, from: number, to: number, more: Partial<KindGap> = {}): KindGap => ({
  from,
  to,
  reason: 'stream-broken',
  kind,
  what: 'the watch of {kinds} was cut; found {differences}',
  differences: 1,
  ...more,
})

test('tells gaps of one cause as one, over all of their time, and others apart', async () => {
  const written: Interval[] = []
  const tell = mergeGaps(async (each) => void written.push(each), 20, new AbortController().signal)
  await Promise.all([
    tell(gap('pods', 20, 40)),
    tell(gap('nodes', 10, 30, { differences: 3 })),
    tell(gap('jobs.batch', 5, 6, { what: '{kinds} may not be read: {kinds}' })),
  ])
  assert.deepEqual(written, [
    {
      from: 10,
      to: 40,
      reason: 'stream-broken',
      what: 'the watch of 2 kinds (nodes, pods) was cut; found 4 differences',
    },
    { from: 5, to: 6, reason: 'stream-broken', what: 'jobs.batch may not be read: {kinds}' },
  ])
  await tell(gap('pods', 50, 60))
  assert.deepEqual(written.at(-1), {
    from: 50,
    to: 60,
    reason: 'stream-broken',
    what: 'the watch of pods was cut; found 1 difference',
  })
})

test('names twenty kinds and counts the rest', async () => {
  const written: Interval[] = []
  const tell = mergeGaps(async (each) => void written.push(each), 1, new AbortController().signal)
  await Promise.all(Array.from({ length: 23 }, (_, index) => tell(gap(`k${String(index).padStart(2, '0')}`, 1, 2))))
  assert.match(
    written[0]?.what ?? '',
    /^the watch of 23 kinds \(k00, k01, .*, k19 and 3 more\) was cut; found 23 differences$/,
  )
})

test('writes at once when it is stopped', async () => {
  const written: Interval[] = []
  const stopping = new AbortController()
  const tell = mergeGaps(async (each) => void written.push(each), 60_000, stopping.signal)
  const telling = tell(gap('pods', 1, 2))
  stopping.abort()
  await telling
  assert.equal(written.length, 1)
})
