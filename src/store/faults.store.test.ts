import assert from 'node:assert/strict'
import { type ChildProcess, fork, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { BulwarkError } from '../model/error.ts'
import type { ChildOptions, ChildReport } from './child/protocol.ts'
import { count } from './columns.ts'
import { EmbeddedBackend } from './embedded.ts'
import { auditSample, noon, objectSample, patient, placed, second } from './fixture.ts'
import { defaultStoreSettings, openStore, RecordStore, type StoreSettings } from './index.ts'

const newDir = async (t: TestContext): Promise<string> => {
  const dir = await mkdtemp(join(tmpdir(), 'bulwark-test-store-'))
  t.after(() => rm(dir, { recursive: true, force: true }))
  return dir
}

const collect = async <T>(items: AsyncIterable<T>): Promise<readonly T[]> => {
  const all: T[] = []
  for await (const item of items) all.push(item)
  return all
}

const all = { query: '', from: undefined, to: undefined }

const openEmbedded = async (dir: string, settings: Partial<StoreSettings> = {}) => {
  const merged = { ...defaultStoreSettings, ...patient, ...settings }
  const backend = await EmbeddedBackend.open(dir, merged)
  return { backend, store: new RecordStore(backend, merged) }
}

/** Waits until the condition holds, at most four minutes. */
const until = async (what: string, condition: () => boolean | Promise<boolean>): Promise<void> => {
  const end = Date.now() + 240_000
  while (!(await condition())) {
    assert.ok(Date.now() < end, `waited too long until ${what}`)
    await sleep(20)
  }
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

/** What the pump does: the same block with the same token until it is in. */
const insertUntilDone = async (
  store: RecordStore,
  block: ReturnType<typeof placed>,
  token: string,
): Promise<number> => {
  for (let tries = 1; ; tries++) {
    try {
      await store.insertBlock(block, token)
      return tries
    } catch (error) {
      assert.ok(error instanceof BulwarkError && error.code === 'STORE_UNAVAILABLE', String(error))
      assert.ok(tries < 100, 'no block may need that many tries')
      await sleep(50)
    }
  }
}

test('loses and doubles nothing when the engine is killed at 24 random moments of inserting', {
  timeout: 1_800_000,
}, async (t) => {
  const seed = Number(process.env.BULWARK_TEST_SEED ?? Date.now() % 1_000_000)
  t.diagnostic(`seed ${seed} (BULWARK_TEST_SEED)`)
  let state = seed
  const random = () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
  const { backend, store } = await openEmbedded(await newDir(t))
  await using _closing = store
  await store.ready
  const rows = 2000
  const wanted = 24
  let kills = 0
  let killed: number | undefined
  let blocks = 0
  let tries = 0
  for (; kills < wanted; blocks++) {
    const first = blocks * rows
    const block = placed(
      Array.from({ length: rows }, (_, index) =>
        index % 10 === 0
          ? objectSample({ time: noon + first + index, name: `object-${first + index}` })
          : auditSample({ time: noon + first + index, name: `name-${first + index}` }),
      ),
    )
    const inserting = insertUntilDone(store, block, `kill/${blocks}`)
    const { pid } = backend
    // An insert takes some 60 ms: the moment lies before, in the middle of, or behind the write of each table.
    await sleep(random() * 100)
    if (pid !== undefined && backend.pid === pid) {
      process.kill(pid, 'SIGKILL')
      killed = pid
      kills++
    }
    tries += await inserting
  }
  // Where the last kill came behind its insert, nobody may know of it yet.
  await until('the engine is up again', () => backend.state.state === 'ready' && backend.pid !== killed)
  const counts = await backend.client.select(
    `SELECT (SELECT count() FROM events FINAL) AS events, (SELECT uniqExact(time) FROM events) AS times,
            (SELECT count() FROM event_bodies FINAL) AS bodies, (SELECT count() FROM object_versions FINAL) AS versions,
            (SELECT uniqExact(name) FROM object_versions) AS names`,
  )
  const total = blocks * rows
  t.diagnostic(`${kills} kills, ${blocks} blocks, ${tries} tries, ${total} records, ${backend.restarts} restarts`)
  const expected = {
    events: total * 0.9,
    times: total * 0.9,
    bodies: total * 0.9,
    versions: total * 0.1,
    names: total * 0.1,
  }
  assert.deepEqual(counts.rows, [expected])
})

test('fails only the questions in flight when the engine dies, and says so in its health', async (t) => {
  const { backend, store } = await openEmbedded(await newDir(t))
  await using _closing = store
  await store.ready
  const slow = backend.client.select('SELECT count() FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))')
  await sleep(100)
  assert.ok(backend.pid !== undefined)
  process.kill(backend.pid, 'SIGKILL')
  await assert.rejects(slow, { code: 'STORE_UNAVAILABLE' })
  await until('the death is noticed', () => store.health().state !== 'ready')
  assert.match(store.health().message, /SIGKILL/)
  assert.deepEqual((await store.searchEvents(all, { limit: 1 })).items, [])
  assert.equal(store.health().restarts, 1)
})

test('fails only the question that needs too much memory or time', async (t) => {
  const settings = { maxQueryMemory: 50_000_000, queryTimeoutMillis: 3000 }
  const { backend, store } = await openEmbedded(await newDir(t), settings)
  await using _closing = store
  await store.ready
  await assert.rejects(backend.client.select('SELECT length(groupArray(number)) AS n FROM numbers(100000000)'), {
    code: 'STORE_QUERY_FAILED',
    what: 'the query needs more memory than it may take',
  })
  await assert.rejects(
    backend.client.select('SELECT count() AS n FROM numbers(100000000000) WHERE NOT ignore(sipHash64(number))'),
    {
      code: 'STORE_QUERY_FAILED',
      what: 'the query took too long and was stopped',
    },
  )
  // What a failed question had written must not show in the answers that follow, on any of the sessions.
  for (let round = 0; round < 10; round++) {
    assert.deepEqual((await backend.client.select('SELECT 1 AS one')).rows, [{ one: 1 }])
    assert.deepEqual((await store.searchEvents(all, { limit: 1 })).items, [])
  }
  assert.equal(store.health().restarts, 0)
})

test('says what is wrong when the store cannot be reached', async () => {
  const unreachable = await openStore({ url: 'http://127.0.0.1:9/' }, { openTimeoutMillis: 200 })
  await using _closing = unreachable
  await assert.rejects(unreachable.searchEvents(all, { limit: 1 }), {
    code: 'STORE_UNAVAILABLE',
    message: 'the store does not answer: 127.0.0.1:9 does not answer',
  })
  await assert.rejects(openStore({ url: 'file:///etc/passwd' }), { code: 'CONFIG_INVALID' })
})

test('the engine ends when the process that started it is killed', { timeout: 600_000 }, async (t) => {
  const dir = await newDir(t)
  const script = `
    import { EmbeddedBackend } from ${JSON.stringify(new URL('./embedded.ts', import.meta.url).href)}
    import { defaultStoreSettings } from ${JSON.stringify(new URL('./index.ts', import.meta.url).href)}
    const backend = await EmbeddedBackend.open(${JSON.stringify(dir)}, defaultStoreSettings)
    await backend.available()
    console.log(backend.pid)
    setInterval(() => {}, 1000)`
  const parent = spawn(process.execPath, ['--input-type=module', '-e', script], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.after(() => parent.kill('SIGKILL'))
  const [line] = await once(parent.stdout, 'data')
  const pid = Number(String(line))
  assert.ok(isAlive(pid))
  parent.kill('SIGKILL')
  await until('the engine is gone', () => !isAlive(pid))
})

/** The embedded engine served as a ClickHouse on a loopback port. */
const serveClickHouse = async (t: TestContext, dir: string): Promise<string> => {
  const child: ChildProcess = fork(new URL('./child/main.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  })
  t.after(async () => {
    child.kill('SIGKILL')
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
  })
  const options: ChildOptions = { dir, maxMemory: 1e9, querySessions: 2, password: 'p w/"?', listen: { port: 0 } }
  child.send(options)
  const [report]: ChildReport[] = await once(child, 'message')
  assert.ok(report?.kind === 'listening', JSON.stringify(report))
  return `http://default:${encodeURIComponent(options.password)}@127.0.0.1:${report.port}`
}

test('works the same on a ClickHouse server by URL', async (t) => {
  const url = await serveClickHouse(t, await newDir(t))
  const records = placed([auditSample({ time: noon }), objectSample({ time: noon + second })])
  for (let opening = 0; opening < 2; opening++) {
    await using store = await openStore({ url }, patient)
    await store.insertBlock(records, 'server/1')
    const page = await store.searchEvents({ ...all, query: 'user:alice pods' }, { limit: 5 })
    assert.deepEqual(
      page.items.map((row) => row.summary),
      ['alice read pod shop/web-1'],
    )
    assert.deepEqual(
      await collect(store.stateAt(noon + second)),
      records.flatMap(({ record }) => (record.kind === 'object' ? [record] : [])),
    )
    assert.deepEqual((({ kind, state, restarts }) => ({ kind, state, restarts }))(store.health()), {
      kind: 'server',
      state: 'ready',
      restarts: 0,
    })
  }
  const stranger = await openStore({ url: url.replace(/:[^:@]*@/, ':wrong@') }, { openTimeoutMillis: 1000 })
  await using _closing = stranger
  await assert.rejects(stranger.searchEvents(all, { limit: 1 }), { code: 'STORE_UNAVAILABLE' })
})

test('refuses a store whose schema it does not know', async (t) => {
  const dir = await newDir(t)
  {
    const { backend, store } = await openEmbedded(dir)
    await store.ready
    await backend.client.command("INSERT INTO schema_migrations (version, name, checksum) SELECT 999, 'future', 'x'")
    await store[Symbol.asyncDispose]()
  }
  const { store } = await openEmbedded(dir)
  await using _closing = store
  await assert.rejects(store.ready, {
    code: 'STORE_MIGRATION',
    message: 'the store has schema 999 (future), which this Bulwark does not know. Use the newer Bulwark that wrote it',
  })
  assert.equal(store.health().state, 'failed')
})

test('drops what is older than the retention, but not the last version of a live object', async (t) => {
  const dir = await newDir(t)
  const old = noon - 100 * 86_400 * second
  {
    const { store } = await openEmbedded(dir)
    const version = (name: string, time: number, change: 'added' | 'modified' | 'deleted', resourceVersion: string) =>
      objectSample({ time, name, change, resourceVersion, uid: name })
    await store.insertBlock(
      placed([
        auditSample({ time: old, name: 'old' }),
        auditSample({ time: noon, name: 'new' }),
        version('untouched', old, 'added', '1'),
        version('touched', old, 'added', '2'),
        version('gone', old, 'added', '3'),
        version('gone', old + second, 'deleted', '4'),
        version('touched', noon, 'modified', '5'),
      ]),
      'retention/1',
    )
    assert.equal((await store.recordWindow())?.objectVersions, 5)
    await store[Symbol.asyncDispose]()
  }
  const { backend, store } = await openEmbedded(dir, { retentionDays: 10 })
  await using _closing = store
  await store.ready
  const names = (await collect(store.stateAt(noon + second))).map((version) => version.ref.name)
  assert.deepEqual(names.sort(), ['touched', 'untouched'])
  const { rows } = await backend.client.select('SELECT count() AS versions FROM object_versions')
  assert.equal(count(rows[0]?.versions), 2)
  await until('the old event is dropped', async () => {
    const page = await store.searchEvents(all, { limit: 5 })
    return page.items.length === 1 && page.items[0]?.name === 'new'
  })
})
