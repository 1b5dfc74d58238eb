import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'node:test'
import { eventRowOf } from '../model/event-row.ts'
import { EmbeddedBackend } from './embedded.ts'
import { auditSample, noon, patient, placed, runtimeSample, second } from './fixture.ts'
import { defaultStoreSettings, openStore } from './index.ts'
import { migrate, readMigrations } from './migrate.ts'

const all = { query: '', from: undefined, to: undefined }

test('keeps runtime events: as rows, by their fields and words, with the whole event', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bulwark-test-store-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  await using store = await openStore({ dir }, patient)
  const shell = runtimeSample({ time: noon })
  const onNode = runtimeSample({
    time: noon + second,
    sensor: 'tetragon',
    type: 'process_exec',
    priority: undefined,
    node: 'worker-2',
    namespace: '',
    pod: '',
    container: '',
    containerId: '',
    image: '',
    process: { binary: '/usr/bin/nsenter', arguments: '-t 1 -m', pid: 8, user: '0', parentBinary: '/bin/sh' },
    event: { process_exec: { process: { binary: '/usr/bin/nsenter' } } },
  })
  const request = auditSample({ time: noon + 2 * second })
  await store.insertBlock(placed([shell, onNode, request]), 'test/1')
  await store.insertBlock(placed([shell]), 'test/2')

  const found = async (query: string) =>
    (await store.searchEvents({ ...all, query }, { limit: 10 })).items.map(({ id }) => id)
  const [shellRow, nodeRow, requestRow] = [shell, onNode, request].map(eventRowOf)
  assert.ok(shellRow && nodeRow && requestRow)
  const page = await store.searchEvents(all, { limit: 10 })
  assert.deepEqual(page.items, [requestRow, nodeRow, shellRow])
  assert.deepEqual(await found('kind:runtime'), [nodeRow.id, shellRow.id])
  assert.deepEqual(await found('rule:"Terminal shell in container" priority:Notice node:worker-1'), [shellRow.id])
  assert.deepEqual(await found('image:*nginx* container:web process:/bin/bash*'), [shellRow.id])
  assert.deepEqual(await found('resource:pods name:web-1 -kind:audit'), [shellRow.id])
  assert.deepEqual(await found('nsenter'), [nodeRow.id])
  assert.deepEqual(await found(`id:${shellRow.id}`), [shellRow.id])
  assert.deepEqual(await store.eventDetail(shellRow.id), { row: shellRow, raw: shell.event })
  assert.deepEqual((await store.eventDetail(nodeRow.id))?.raw, onNode.event)
  const sources = await store.countsBySource(noon, noon + second)
  assert.deepEqual(sources, [
    {
      source: 'falco',
      cluster: 'shop-cluster',
      kind: 'runtime',
      count: 1,
      lastReceivedAt: shellRow.receivedAt,
    },
  ])
})

test('a store of the first schema is brought up to date and still finds its rows by words', async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'bulwark-test-store-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  {
    await using backend = await EmbeddedBackend.open(dir, { ...defaultStoreSettings, ...patient })
    await backend.available()
    await migrate(backend.client, (await readMigrations()).slice(0, 1))
    const at = `fromUnixTimestamp64Micro(${noon}, 'UTC')`
    await backend.client.command(
      `INSERT INTO events (time, received_at, kind, user, request_uri) VALUES (${at}, ${at}, 'audit', 'mallory', '/healthz')`,
    )
  }
  await using store = await openStore({ dir }, patient)
  await store.insertBlock(placed([runtimeSample()]), 'test/1')
  const old = await store.searchEvents({ ...all, query: 'mallory' }, { limit: 10 })
  assert.deepEqual(
    old.items.map(({ user, process }) => [user, process]),
    [['mallory', '']],
  )
  const fresh = await store.searchEvents({ ...all, query: 'bash' }, { limit: 10 })
  assert.equal(fresh.items.length, 1)
})
