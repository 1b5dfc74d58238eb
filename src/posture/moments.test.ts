import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { KindRow } from '../model/answer.ts'
import type { ObjectVersion } from '../model/object.ts'
import { ClusterState } from '../state/cluster-state.ts'
import { sampleObject } from '../state/fixture.ts'
import { createMoments } from './moments.ts'
import { Posture } from './posture.ts'

const hour = 3600e6
const now = 1000 * hour

/** A record in which pod `p-<hour>` exists at each full hour; counts how often it is asked. */
const record = (clock: { now: number }) => {
  const asked: number[] = []
  const kinds: KindRow[] = []
  const live = new Posture(new ClusterState())
  const clusterAt = createMoments({
    live,
    now: () => clock.now,
    kinds: () => kinds,
    stateAt: async function* (time): AsyncIterable<ObjectVersion> {
      asked.push(time / hour)
      if (time === 13 * hour) throw new Error('the store is away')
      yield sampleObject({ kind: 'Pod', namespace: 'shop', name: `p-${time / hour}`, time })
    },
  })
  return { asked, clusterAt }
}

test('shows the cluster as of a moment, with its posture', async () => {
  const { clusterAt } = record({ now })
  const view = await clusterAt(5 * hour)
  assert.deepEqual(
    [
      view.at,
      view.workloads().map(({ workload }) => workload.name),
      view.kinds().map(({ kind, count }) => [kind, count]),
    ],
    [5 * hour, ['p-5'], [['Pod', 1]]],
  )
})

test('without a moment it is the cluster as it is', async () => {
  const { asked, clusterAt } = record({ now })
  assert.deepEqual([(await clusterAt(undefined)).at, asked], [now, []])
})

test('reads a moment once, and keeps the last four', async () => {
  const { asked, clusterAt } = record({ now })
  await Promise.all([clusterAt(1 * hour), clusterAt(1 * hour)])
  for (const at of [2, 3, 4, 1, 5, 1, 2]) await clusterAt(at * hour)
  assert.deepEqual(asked, [1, 2, 3, 4, 5, 2])
})

test('reads a moment of the last minutes again, for its record is still growing', async () => {
  const clock = { now }
  const { asked, clusterAt } = record(clock)
  const at = now - 60e6
  await clusterAt(at)
  await clusterAt(at)
  assert.equal(asked.length, 1)
  clock.now += 6e6
  await clusterAt(at)
  assert.equal(asked.length, 2)
})

test('a moment that could not be read is asked for again', async () => {
  const { asked, clusterAt } = record({ now })
  await assert.rejects(clusterAt(13 * hour), { message: 'the store is away' })
  await assert.rejects(clusterAt(13 * hour), { message: 'the store is away' })
  assert.deepEqual(asked, [13, 13])
})
