import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { alert, audit, start } from '../detect/fixture.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { BulwarkRecord } from '../model/record.ts'
import { sampleObject } from '../state/fixture.ts'
import { PastState } from './past-state.ts'

const second = 1_000_000
/** The pod web-1 as of a second, of a StatefulSet. */
const pod = (at: number, owner: string, more: Partial<ObjectVersion> = {}): ObjectVersion => ({
  ...sampleObject({
    kind: 'Pod',
    namespace: 'shop',
    name: 'web-1',
    uid: owner,
    resourceVersion: `${at + 1000}`,
    time: start + at * second,
    owner: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: owner },
  }),
  ...more,
})

const versionsOf = (versions: readonly ObjectVersion[]) => {
  const seen = { asked: 0, closed: false }
  async function* all(): AsyncGenerator<ObjectVersion> {
    try {
      for (const version of versions) {
        seen.asked += 1
        yield version
      }
    } finally {
      seen.closed = true
    }
  }
  return { versions: all(), seen }
}

/** Workloads of the runtime records among these, as the state was when each part was judged. */
const workloads = async (state: PastState, records: readonly BulwarkRecord[]) => {
  const found: string[] = []
  for await (const part of state.parts(records.map((record, index) => ({ position: { seq: 1, index }, record })))) {
    found.push(
      part
        .map(({ record }) => (record.kind === 'runtime' ? (state.subjectOf(record)?.workload ?? 'none') : '-'))
        .join(' '),
    )
  }
  return found
}

describe('the state as a record was judged', () => {
  test('goes on between two records, and parts a batch only there', async () => {
    const { versions } = versionsOf([pod(-60, 'web'), pod(5, 'other')])
    const state = new PastState(versions)
    assert.deepEqual(await workloads(state, [alert(1), audit(2), alert(3), audit(6), alert(7), alert(8)]), [
      'StatefulSet/web - StatefulSet/web -',
      'StatefulSet/other StatefulSet/other',
    ])
    // The next batch goes on from there.
    assert.deepEqual(await workloads(state, [alert(9)]), ['StatefulSet/other'])
    await state.close()
  })

  test('is that of the receipt of a record, but at most ten seconds after it happened', async () => {
    const late = (seconds: number) => alert(1, { receivedAt: start + (1 + seconds) * second })
    const at = async (record: BulwarkRecord) =>
      workloads(new PastState(versionsOf([pod(0, 'web'), pod(5, 'other'), pod(60, 'third')]).versions), [record])
    assert.deepEqual(await at(late(0)), ['StatefulSet/web'])
    assert.deepEqual(await at(late(4)), ['StatefulSet/other'])
    assert.deepEqual(await at(late(3600)), ['StatefulSet/other'])
  })

  test('has no pod that was gone, and none of another cluster', async () => {
    const gone = versionsOf([pod(0, 'web'), pod(2, 'web', { change: 'deleted' })])
    assert.deepEqual(await workloads(new PastState(gone.versions), [alert(1), alert(3)]), ['StatefulSet/web', 'none'])
    const other = versionsOf([pod(0, 'web', { cluster: 'till' })])
    assert.deepEqual(await workloads(new PastState(other.versions), [alert(1)]), ['none'])
  })

  test('asks for nothing where only requests are judged, and for no more than the next version', async () => {
    const none = versionsOf([pod(0, 'web')])
    await workloads(new PastState(none.versions), [audit(1), audit(100)])
    assert.equal(none.seen.asked, 0)
    const many = versionsOf(Array.from({ length: 100 }, (_, n) => pod(n * 10, 'web')))
    const state = new PastState(many.versions)
    await workloads(state, [alert(25)])
    assert.equal(many.seen.asked, 4)
    await state.close()
    assert.equal(many.seen.closed, true)
  })
})
