import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import type { ObjectVersion } from '../model/object.ts'
import { noon, objectSample, patient, placed, second } from './fixture.ts'
import { openStore } from './index.ts'

const named = (name: string, more: Partial<Parameters<typeof objectSample>[0]> = {}): ObjectVersion =>
  objectSample({ time: noon, name, uid: name, ...more })

test('pods and what may own them, as they were at the start, then as they changed, each once and in order', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bulwark-test-owners-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  await using store = await openStore({ dir }, patient)
  const many = Array.from({ length: 2500 }, (_, n) =>
    // Ten at each moment, so that pages end among equal times.
    named(`busy-${n}`, { time: noon + 10 * second + Math.floor(n / 10), resourceVersion: `${n}` }),
  )
  const rollout = named('canary', { kind: 'Rollout', resource: 'rollouts' })
  const before = [
    named('web', { time: noon - 60 * second, resourceVersion: '1' }),
    named('web', { time: noon - 30 * second, resourceVersion: '2' }),
    named('gone', { time: noon - 60 * second }),
    named('gone', { time: noon - 50 * second, change: 'deleted', resourceVersion: '2' }),
    { ...rollout, time: noon - 5 * second, ref: { ...rollout.ref, group: 'argoproj.io' } },
    named('settings', { time: noon - 5 * second, kind: 'ConfigMap', resource: 'configmaps' }),
  ]
  const after = [
    named('web', { time: noon + second, resourceVersion: '3' }),
    named('web', { time: noon + 2 * second, resourceVersion: '4', change: 'deleted' }),
    ...many,
    named('late', { time: noon + 60 * second }),
  ]
  await store.insertBlock(placed([...before, ...after]), 'all')
  const found: ObjectVersion[] = []
  for await (const version of store.ownersOver(noon, noon + 60 * second)) found.push(version)
  const told = found.map(({ ref, resourceVersion }) => `${ref.name} ${resourceVersion}`)
  assert.deepEqual(told.slice(0, 2).sort(), ['canary 1', 'web 2'])
  assert.deepEqual(told.slice(2), [
    'web 3',
    'web 4',
    ...many.map(({ ref, resourceVersion }) => `${ref.name} ${resourceVersion}`),
  ])
  assert.equal(found[3]?.change, 'deleted')
  assert.deepEqual(found[2]?.body, after[0]?.body)
})
