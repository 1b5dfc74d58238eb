import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import type { z } from '@hono/zod-openapi'
import { auditRecords, podVersion } from '../../test/bench/store-records.ts'
import { formatMicros } from '../model/time.ts'
import { createMoments } from '../posture/moments.ts'
import { Posture } from '../posture/posture.ts'
import { ClusterState } from '../state/cluster-state.ts'
import { patient } from '../store/fixture.ts'
import { openStore } from '../store/index.ts'
import type { Store } from '../store/store.ts'
import { createApi } from './api.ts'
import { createAuth } from './auth/auth.ts'
import * as answers from './contract/schemas/answers.ts'
import * as posture from './contract/schemas/posture.ts'
import * as record from './contract/schemas/record.ts'
import { fixtureServices } from './fixture.ts'

const dir = mkdtempSync(join(tmpdir(), 'bulwark-api-'))
const token = 'the-token-of-this-test'
const now = Date.now() * 1000
const past = `at=${encodeURIComponent(formatMicros(now - 600e6))}`

let store: Store
let api: ReturnType<typeof createApi>

before(async () => {
  store = await openStore({ dir }, patient)
  await store.ready
  await store.insertBlock(auditRecords({ seed: 1, first: 1, count: 300, start: now - 3600e6, step: 1e6 }), 'audit/1')
  const pods = Array.from({ length: 20 }, (_, pod) => ({
    position: { seq: 1000 + pod, index: 0 },
    record: podVersion(1, pod, 0, now - 1800e6),
  }))
  await store.insertBlock(pods, 'objects/1')
  const clusterAt = createMoments({
    live: new Posture(new ClusterState()),
    now: () => now,
    kinds: () => [],
    stateAt: (time) => store.stateAt(time),
  })
  const auth = createAuth({ token, loopback: true, https: false, hosts: [], linkCommand: '', now: Date.now })
  api = createApi({ services: { ...fixtureServices({ clusterAt }), record: store, now: () => now }, auth, webDir: dir })
})

after(async () => {
  await store[Symbol.asyncDispose]()
  rmSync(dir, { recursive: true })
})

/** Asks the API and proves that the answer is of the schema, and of nothing beside it. */
const ask = async <Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema>> => {
  const response = await api.request(`http://localhost/api/v1${path}`, {
    headers: { authorization: `Bearer ${token}` },
  })
  const body: unknown = await response.json()
  assert.equal(response.status, 200, JSON.stringify(body))
  const parsed = schema.parse(body)
  assert.deepEqual(parsed, body)
  return parsed
}

test('the store answers every question of the API in the types of the contract', async () => {
  const status = await ask('/status', answers.status)
  assert.deepEqual([status.record?.events, status.record?.objectVersions], [300, 20])
  await ask('/sources', answers.sources)
  await ask('/overview', answers.overview)
  await ask('/events/histogram?split=code', record.histogram)
  await ask('/events/facets', record.facets)
  await ask('/events/values?field=user', record.values)
  await ask('/events/unusual?field=verb&step=300', record.unusualVolume)
  await ask('/timeline', record.timeline)
  const first = await ask('/events?limit=2', record.eventPage)
  const next = await ask(`/events?limit=2&cursor=${encodeURIComponent(first.nextCursor ?? '')}`, record.eventPage)
  const ids = [...first.items, ...next.items].map(({ id }) => id)
  assert.equal(new Set(ids).size, 4)
  assert.equal((await ask(`/events/${ids[0]}`, record.eventDetail)).row.id, ids[0])
  const { items } = await ask('/changes?limit=1', record.objectVersionPage)
  const [change] = items
  assert.ok(change)
  await ask(`/versions/${change.id}`, record.objectVersionDetail)
  const path = `/objects/-/${change.ref.kind}/${change.ref.namespace}/${change.ref.name}`
  assert.equal((await ask(`${path}/versions`, record.objectVersionPage)).items.length, 1)
  assert.equal((await ask(path, answers.objectDetail)).deleted, true)
})

test('a past moment is rebuilt from the store, with its posture', async () => {
  const page = await ask(`/workloads?limit=1000&${past}`, answers.statePage('Any', posture.workloadRow))
  assert.equal(
    page.items.reduce((sum, { pods }) => sum + pods, 0),
    20,
  )
  const [row] = page.items
  assert.ok(row)
  const { group, kind, namespace, name } = row.workload
  const detail = await ask(`/workloads/${group || '-'}/${kind}/${namespace}/${name}?${past}`, posture.workloadPosture)
  assert.deepEqual(detail.workload, row.workload)
})

test('exports what the store holds, whole', async () => {
  const headers = { authorization: `Bearer ${token}` }
  const response = await api.request('http://localhost/api/v1/events/export?format=jsonl', { headers })
  const lines = (await response.text()).trimEnd().split('\n')
  assert.equal(String(lines.length), response.headers.get('bulwark-total'))
})
