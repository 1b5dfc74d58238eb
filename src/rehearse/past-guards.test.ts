import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { audit, start } from '../detect/fixture.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { AuditRecord, BulwarkRecord, PlacedRecord } from '../model/record.ts'
import { sampleObject } from '../state/fixture.ts'
import { longestDelay, PastGuards } from './past-guards.ts'

const second = 1_000_000
const version = (at: number): ObjectVersion =>
  sampleObject({ kind: 'Namespace', name: 'payments', time: start + at * second })
const target = { group: '', version: 'v1', resource: 'namespaces', subresource: '', namespace: '', name: 'payments' }
/** A request that ended at a second and came in so many seconds later. */
const change = (at: number, delay: number): AuditRecord => {
  const one = audit(at, { verb: 'patch', target })
  return { ...one, receivedAt: one.time + delay * second }
}
const read = (at: number): AuditRecord => audit(at)

const versionsOf = (versions: readonly ObjectVersion[]) => {
  const seen = { asked: 0, closed: false }
  async function* all(): AsyncGenerator<ObjectVersion> {
    try {
      for (const one of versions) {
        seen.asked += 1
        yield one
      }
    } finally {
      seen.closed = true
    }
  }
  return { versions: all(), seen }
}

const nameOf = (record: BulwarkRecord): string =>
  `${record.kind === 'object' ? 'v' : record.kind === 'audit' && record.verb === 'patch' ? 'c' : 'r'}${(record.time - start) / second}`
const placed = (records: readonly BulwarkRecord[]): readonly PlacedRecord[] =>
  records.map((record, index) => ({ position: { seq: 1, index }, record }))

/** Turns as text: what is judged, and in brackets what is compared. */
const turnsOf = async (guards: PastGuards, batch: readonly BulwarkRecord[], moment?: number) => {
  const told: string[] = []
  for await (const { kind, records } of guards.turns(placed(batch))) {
    const names = records.map(({ record }) => nameOf(record)).join(' ')
    told.push(kind === 'records' ? names : `[${names}]`)
  }
  if (moment !== undefined)
    for await (const records of guards.rest(start + moment * second))
      told.push(`[${records.map(({ record }) => nameOf(record)).join(' ')}]`)
  return told
}

describe('what guards the clusters, beside records', () => {
  test('a request has its turn when it came in, among the versions that came before and after it', async () => {
    const { versions } = versionsOf([version(-60), version(-50), version(2), version(4), version(9)])
    const guards = new PastGuards(versions)
    assert.deepEqual(await turnsOf(guards, [read(0), change(1, 0), change(2, 5), change(3, 1), read(8)]), [
      '[v-60 v-50]',
      'r0 c1',
      '[c1]',
      // In a part no version stands behind a request.
      '[v2]',
      'c2 c3',
      '[v4 c3 c2]',
      'r8',
    ])
    assert.deepEqual(await turnsOf(guards, [change(10, 3)], 20), ['[v9]', 'c10', '[c10]'])
  })

  test('what no guard looks at waits for nothing, and neither does what came far too late', async () => {
    const late = longestDelay / second
    const { versions } = versionsOf([version(5)])
    const other = audit(1, { verb: 'patch', target: { ...target, resource: 'pods' }, receivedAt: start + 60 * second })
    assert.deepEqual(
      await turnsOf(new PastGuards(versions), [other, change(2, late), change(3, late + 1), read(4)], 6),
      ['c1 c2 c3', '[c3]', 'r4', '[v5]'],
    )
  })

  test('positions are each the only one, over all batches', async () => {
    const guards = new PastGuards(versionsOf(Array.from({ length: 1200 }, (_, n) => version(n))).versions)
    const seen: string[] = []
    const batches = [
      [change(0, 0), change(1, 0)],
      [change(600, 0), change(1300, 0)],
    ]
    for (const batch of batches) {
      for await (const { kind, records } of guards.turns(placed(batch))) {
        assert.ok(records.length <= 500)
        if (kind === 'compared') seen.push(...records.map(({ position }) => `${position.seq}/${position.index}`))
      }
    }
    for await (const records of guards.rest(start + 2000 * second))
      seen.push(...records.map(({ position }) => `${position.seq}/${position.index}`))
    assert.equal(seen.length, 1204)
    assert.equal(new Set(seen).size, 1204)
  })

  test('of requests that wait so many at most are held: the first ones do not wait any more', async () => {
    const guards = new PastGuards(versionsOf([]).versions)
    const batch = Array.from({ length: 5010 }, (_, n) => change(n / 1000, 600))
    let compared = 0
    for await (const { kind, records } of guards.turns(placed(batch)))
      if (kind === 'compared') compared += records.length
    assert.equal(compared, 9)
    for await (const records of guards.rest(start + 700 * second)) compared += records.length
    assert.equal(compared, 5010)
  })

  test('asks for no more than the next version, and is closed', async () => {
    const { versions, seen } = versionsOf(Array.from({ length: 100 }, (_, n) => version(n * 10)))
    const guards = new PastGuards(versions)
    await turnsOf(guards, [change(25, 0)])
    assert.equal(seen.asked, 4)
    await guards.close()
    assert.equal(seen.closed, true)
  })
})
