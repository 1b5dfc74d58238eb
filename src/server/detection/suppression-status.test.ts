import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model/json.ts'
import type { Suppression } from '../../model/suppression.ts'
import { suppressionStatuses } from './suppression-status.ts'

const suppression = (name: string, more: Partial<Suppression> = {}): Suppression => ({
  id: name,
  name,
  rules: [],
  query: 'user:x',
  owner: 'o',
  reason: 'r',
  expires: '2027-01-01T00:00:00Z',
  origin: 'cluster',
  where: `Suppression/${name}`,
  state: 'active',
  why: '',
  created: '2026-01-01T00:00:00Z',
  uses: 1,
  lastUsed: '2026-11-26T12:00:00.000000Z',
  ...more,
})

const start = () => {
  const cluster = new Map<string, JsonObject>()
  const writes: string[] = []
  const errors: string[] = []
  let list: readonly Suppression[] = []
  let answer = 200
  const statuses = suppressionStatuses({
    list: () => list,
    objects: () => Array.from(cluster, ([name, status]) => ({ metadata: { name }, status })),
    write: async (name, status) => {
      writes.push(name)
      if (answer < 300) cluster.set(name, status)
      return answer
    },
    onError: (message) => errors.push(message),
  })
  return {
    ...{ cluster, writes, errors, statuses },
    now: (...ones: readonly Suppression[]) => {
      list = ones
    },
    answers: (status: number) => {
      answer = status
    },
  }
}

test('what differs is written, once, and only to objects of the cluster that are there', async () => {
  const { cluster, writes, statuses, now } = start()
  for (const name of ['used', 'right']) cluster.set(name, {})
  cluster.set('right', { state: 'active', why: '', uses: 1, lastUsed: '2026-11-26T12:00:00.000000Z' })
  now(suppression('used'), suppression('right'), suppression('gone'), suppression('of-a-file', { origin: 'file' }))
  await statuses.look()
  await statuses.look()
  assert.deepEqual(writes, ['used'])
  assert.deepEqual(cluster.get('used'), { state: 'active', why: '', uses: 1, lastUsed: '2026-11-26T12:00:00.000000Z' })
  now(suppression('used', { state: 'expired', why: 'it ended', uses: 2 }))
  await statuses.look()
  assert.deepEqual([writes, cluster.get('used')?.state], [['used', 'used'], 'expired'])
})

test('one that may not be written is told once, tried again, and told again after it was well', async () => {
  const { cluster, writes, errors, statuses, now, answers } = start()
  cluster.set('used', {})
  now(suppression('used', { lastUsed: undefined }))
  answers(403)
  for (let turn = 0; turn < 3; turn++) await statuses.look()
  assert.deepEqual(
    [writes.length, errors],
    [3, ['the status of suppressions cannot be written: the API server answered 403']],
  )
  answers(200)
  await statuses.look()
  answers(403)
  now(suppression('used', { uses: 9 }))
  await statuses.look()
  assert.equal(errors.length, 2)
})
