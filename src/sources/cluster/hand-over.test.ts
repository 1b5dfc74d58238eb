import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SourceEntry } from '../../model/source.ts'
import { handOver, type Version } from './hand-over.ts'

const version = (name: string, padding = 0): Version => ({
  ref: { group: '', version: 'v1', kind: 'Pod', resource: 'pods', namespace: 'a', name },
  uid: `uid-${name}`,
  resourceVersion: '1',
  change: 'added',
  synthesised: false,
  body: { padding: 'x'.repeat(padding) },
})

const lines = (entry: SourceEntry | undefined): readonly unknown[] =>
  Buffer.from(entry?.payload ?? [])
    .toString()
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

const setUp = (append: (entry: SourceEntry) => Promise<number>, signal = new AbortController().signal) =>
  handOver({ id: 'cluster', cluster: 'test', append, clock: () => 5_000_000, random: () => 0, signal })

test('writes object versions and gaps as JSON lines', async () => {
  const entries: SourceEntry[] = []
  const hand = setUp(async (entry) => entries.push(entry))
  await hand.objects([version('a')])
  await hand.gap({ from: 1, to: 2, reason: 'unreadable', what: 'something' })
  const common = { receivedAt: 5_000_000, cluster: 'test', source: 'cluster' }
  assert.deepEqual(
    entries.map((entry) => ({ ...entry, payload: lines(entry) })),
    [
      { ...common, stream: 'objects', payload: [{ kind: 'object', time: 5_000_000, ...common, ...version('a') }] },
      {
        ...common,
        stream: 'gaps',
        payload: [{ kind: 'gap', time: 2, ...common, from: 1, to: 2, reason: 'unreadable', what: 'something' }],
      },
    ],
  )
  const bytes = entries.reduce((sum, { payload }) => sum + payload.length, 0)
  assert.deepEqual(hand.totals(), {
    records: 2,
    bytes,
    gaps: 1,
    unreadable: 1,
    perSecond: 2 / 60,
    lastRecordAt: 5_000_000,
    trouble: '',
  })
})

test('makes entries of at most 500 versions and 1 MiB, in order, and one of its own for a larger object', async () => {
  const entries: SourceEntry[] = []
  const hand = setUp(async (entry) => entries.push(entry))
  await hand.objects([])
  await hand.objects(Array.from({ length: 1201 }, (_, index) => version(String(index))))
  assert.deepEqual(
    entries.map((entry) => lines(entry).length),
    [500, 500, 201],
  )
  entries.length = 0
  await hand.objects([
    version('a'),
    version('b', 400_000),
    version('c', 700_000),
    version('d', 2_000_000),
    version('e'),
  ])
  assert.deepEqual(
    entries.map((entry) => lines(entry).length),
    [2, 1, 1, 1],
  )
})

test('tries again until the recorder takes it, says meanwhile why it does not, and loses nothing', async () => {
  let refusals = 2
  const taken: SourceEntry[] = []
  const troubles: string[] = []
  const hand = setUp(async (entry) => {
    troubles.push(hand.totals().trouble)
    if (refusals-- > 0) throw new Error('the disk is full')
    return taken.push(entry)
  })
  await hand.objects([version('a')])
  assert.deepEqual(troubles, ['', 'the disk is full', 'the disk is full'])
  assert.equal(taken.length, 1)
  assert.equal(hand.totals().trouble, '')
})

test('stops trying when it is stopped', async () => {
  const stopping = new AbortController()
  const hand = setUp(() => Promise.reject(new Error('the disk is full')), stopping.signal)
  const trying = hand.objects([version('a')])
  stopping.abort(new Error('stopped'))
  await assert.rejects(trying, /stopped/)
})
