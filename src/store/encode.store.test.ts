import assert from 'node:assert/strict'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import fc from 'fast-check'
import { eventLineOf, isEventObject } from '../model/event-row.ts'
import type { JsonObject } from '../model/json.ts'
import { type BulwarkRecord, gapReasons } from '../model/record.ts'
import { EmbeddedBackend } from './embedded.ts'
import { BlockEncoder } from './encode.ts'
import { noon, patient, second } from './fixture.ts'
import { defaultStoreSettings, RecordStore } from './index.ts'
import { type Column, column, NativeBlock } from './native/block.ts'
import * as types from './native/column-types.ts'
import { tables } from './tables.ts'

const openBackend = async (t: TestContext, name = 'bulwark-test-encode-'): Promise<EmbeddedBackend> => {
  const dir = await mkdtemp(join(tmpdir(), name))
  const backend = await EmbeddedBackend.open(join(dir, 'store'), { ...defaultStoreSettings, ...patient })
  t.after(async () => {
    await backend[Symbol.asyncDispose]()
    await rm(dir, { recursive: true, force: true })
  })
  await backend.available()
  return backend
}

const shortText = fc.oneof(
  fc.constantFrom(
    '',
    '\0',
    '\u0000\n\t\\N',
    '\ud800',
    'a\udfff\ud800b',
    '😀\u202e',
    "'; DROP TABLE events; --",
    '\x80\xff',
  ),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)), maxLength: 200 }),
)
const hostile = fc.oneof(
  { weight: 60, arbitrary: shortText },
  // Around the lengths at which the length itself takes one more byte, as ASCII and as three bytes a sign.
  fc
    .constantFrom(42, 43, 127, 128, 5461, 5462, 16_383, 16_384, 100_000)
    .chain((length) => fc.constantFrom('x', 'ü', '€').map((sign) => sign.repeat(length))),
)
const whole = fc.oneof(fc.constantFrom(0, 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1), fc.maxSafeNat())
const hexDigits = fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: 32, maxLength: 32 })

test('values of every type of column read back as they were, with lone surrogates replaced', async (t) => {
  const { client } = await openBackend(t)
  const row = fc.record({
    text: hostile,
    repeated: hostile,
    truth: fc.boolean(),
    small: fc.nat(2 ** 16 - 1),
    medium: fc.nat(2 ** 32 - 1),
    large: whole,
    moment: fc.oneof(fc.constantFrom(0, 1, 999_999, 9_000_000_000_000_000), fc.nat(9_000_000_000_000_000)),
    name: hexDigits,
    maybe: fc.option(whole, { nil: undefined }),
  })
  type Row = (typeof row extends fc.Arbitrary<infer Value> ? Value : never) & { readonly i: number }
  const columns: readonly Column<Row>[] = [
    column('i', types.uint32, (row) => row.i),
    column('text', types.text, (row) => row.text),
    column('repeated', types.repeatedText, (row) => row.repeated),
    column('truth', types.bool, (row) => row.truth),
    column('small', types.uint16, (row) => row.small),
    column('medium', types.uint32, (row) => row.medium),
    column('large', types.uint64, (row) => row.large),
    column('moment', types.instant, (row) => row.moment),
    column('name', types.uuid, (row) => row.name),
    column('maybe', types.nullableUint64, (row) => row.maybe),
  ]
  const names = columns.map((column) => column.name)
  const structure = columns.map(({ name, type }) => `${name} ${type}`).join(', ')
  await client.command(`CREATE TABLE samples (${structure}) ENGINE = MergeTree ORDER BY i`)
  const property = fc.asyncProperty(fc.array(row, { maxLength: 300 }), async (values) => {
    await client.command('TRUNCATE TABLE samples')
    const rows = values.map((value, i) => ({ ...value, i }))
    const block = new NativeBlock(columns)
    for (let from = 0; from < rows.length; from += 100) block.add(rows.slice(from, from + 100))
    await client.insert('samples', names, block.chunks(), `samples/${Math.random()}`)
    const answer = await client.select(
      `SELECT * REPLACE (toUnixTimestamp64Micro(moment) AS moment, lower(hex(name)) AS name) FROM samples ORDER BY i`,
    )
    assert.deepEqual(
      answer.rows,
      rows.map(({ text, repeated, maybe, ...row }) => ({
        ...row,
        text: text.toWellFormed(),
        repeated: repeated.toWellFormed(),
        maybe: maybe ?? null,
      })),
    )
  })
  await fc.assert(property, { numRuns: 30 })
})

test('repeated texts may be as many as there are rows', async (t) => {
  const { client } = await openBackend(t)
  await client.command('CREATE TABLE samples (word LowCardinality(String)) ENGINE = MergeTree ORDER BY word')
  for (const count of [256, 257, 65_536, 65_537]) {
    await client.command('TRUNCATE TABLE samples')
    const block = new NativeBlock([column('word', types.repeatedText, (index: number) => `word-${index}`)])
    block.add(Array.from({ length: count }, (_, index) => index))
    block.add([0, count - 1])
    await client.insert('samples', ['word'], block.chunks(), `samples/${count}`)
    const { rows } = await client.select(
      `SELECT count() AS rows, uniqExact(word) AS words, countIf(word IN ('word-0', 'word-${count - 1}')) AS twice FROM samples`,
    )
    assert.deepEqual(rows, [{ rows: count + 2, words: count, twice: 4 }])
  }
})

const times = fc.oneof(
  fc.constantFrom(-1, 0, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 1e300),
  fc.integer({ min: noon, max: noon + 1000 * second }),
)
const receivedAt = fc.integer({ min: noon, max: noon + 80_000 * second })
const json = fc.jsonValue({ maxDepth: 3, stringUnit: 'binary' })
const common = { time: times, receivedAt, cluster: hostile, source: hostile }
const metadata = fc.record({ name: hostile, uid: hostile, resourceVersion: hostile })
const record: fc.Arbitrary<BulwarkRecord> = fc.oneof(
  fc.record({
    kind: fc.constant('audit' as const),
    ...common,
    auditId: fc.oneof(fc.uuid(), hostile),
    stage: hostile,
    level: hostile,
    verb: hostile,
    user: hostile,
    groups: fc.array(hostile, { maxLength: 2 }),
    impersonatedUser: hostile,
    sourceIps: fc.array(hostile, { maxLength: 2 }),
    userAgent: hostile,
    requestUri: hostile,
    target: fc.option(
      fc.record({
        group: hostile,
        version: hostile,
        resource: hostile,
        subresource: hostile,
        namespace: hostile,
        name: hostile,
      }),
      { nil: undefined },
    ),
    code: fc.oneof(fc.integer(), fc.double(), fc.constantFrom(200, 403)),
    decision: fc.constantFrom('allow' as const, 'forbid' as const, 'none' as const),
    reason: hostile,
    event: fc.record({
      nested: json as fc.Arbitrary<JsonObject>,
      text: hostile,
      responseObject: fc.oneof(fc.record({ metadata }), fc.constantFrom(null, 'text', { metadata: { uid: 1 } })),
    }),
  }),
  fc.record({
    kind: fc.constant('object' as const),
    ...common,
    ref: fc.record({
      group: fc.constantFrom('', 'apps', 'events.k8s.io'),
      version: hostile,
      kind: fc.constantFrom('Pod', 'Event', '\ud800'),
      resource: hostile,
      namespace: hostile,
      name: hostile,
    }),
    uid: hostile,
    resourceVersion: hostile,
    change: fc.constantFrom('added' as const, 'modified' as const, 'deleted' as const),
    synthesised: fc.boolean(),
    body: fc.record({
      apiVersion: fc.constant('v1'),
      kind: fc.constant('Pod'),
      metadata,
      note: hostile,
      type: hostile,
    }),
  }),
  fc.record({
    kind: fc.constant('gap' as const),
    ...common,
    from: times,
    to: times,
    reason: fc.constantFrom(...gapReasons),
    what: hostile,
    estimate: fc.option(fc.double(), { nil: undefined }),
  }),
)

const stored = (time: number): number => (Number.isNaN(time) ? 0 : Math.min(Math.max(Math.trunc(time), 0), 9e15))

/** Rows by table as they are to be read back, said once more and apart from the columns of tables.ts. */
const expectedRows = (records: readonly BulwarkRecord[]): Readonly<Record<string, readonly object[]>> => {
  const rows: Record<string, object[]> = { events: [], event_bodies: [], gaps: [], object_versions: [] }
  for (const [place, record] of records.entries()) {
    const line = eventLineOf(record)
    const received_at = stored(record.receivedAt)
    if (line) {
      const { identity, fields, message } = line
      const key = { time: stored(identity.time), mark: identity.mark, received_at }
      const { group, impersonatedUser, sourceIp, userAgent, requestUri, ...same } = fields
      const answer =
        record.kind === 'audit' ? (record.event.responseObject as { metadata?: JsonObject } | string) : null
      const answered = typeof answer === 'object' && typeof answer?.metadata?.uid === 'string' ? answer.metadata : {}
      rows.events?.push({
        ...key,
        ...same,
        uid: identity.uid,
        kind: identity.kind,
        api_group: group,
        impersonated_user: impersonatedUser,
        source_ip: sourceIp,
        user_agent: userAgent,
        request_uri: requestUri,
        message,
        response_uid: answered.uid ?? '',
        response_version: answered.resourceVersion ?? '',
      })
      if (record.kind === 'gap') {
        const { cluster, source, reason, what, estimate } = record
        const known = estimate !== undefined && estimate >= 0
        const told = known ? Math.min(Math.round(estimate), Number.MAX_SAFE_INTEGER) : null
        const gap_from = stored(record.from)
        rows.gaps?.push({ ...key, uid: identity.uid, gap_from, cluster, source, reason, what, estimate: told })
      } else
        rows.event_bodies?.push({ ...key, body: JSON.stringify(record.kind === 'object' ? record.body : record.event) })
    } else if (record.kind === 'object' && !isEventObject(record)) {
      const { ref, kind: _, resourceVersion, body, time, receivedAt: __, ...same } = record
      const { group, version, ...named } = ref
      rows.object_versions?.push({
        ...same,
        ...named,
        api_group: group,
        api_version: version,
        resource_version: resourceVersion,
        time: stored(time),
        received_at,
        seq: 2 ** 40 + 1,
        place,
        body: JSON.stringify(body),
      })
    }
  }
  return rows
}

/** What makes two rows of a day the same one, as far as records of one block can have it in common. */
const orderKeys = {
  events: ['time', 'uid', 'mark'],
  event_bodies: ['time', 'mark'],
  gaps: ['time', 'uid', 'mark'],
  object_versions: ['place'],
} as const

const canonical = (rows: readonly object[]): readonly string[] =>
  rows
    .map((row) =>
      JSON.stringify(
        Object.entries(row)
          .map(([name, value]) => [name, typeof value === 'string' ? value.toWellFormed() : value] as const)
          .sort(([a], [b]) => (a < b ? -1 : 1)),
      ),
    )
    .sort()

test('every column of every table holds what the record says, whatever it says', { timeout: 1_800_000 }, async (t) => {
  const backend = await openBackend(t)
  const store = new RecordStore(backend, { ...defaultStoreSettings, ...patient })
  await store.ready
  const seed = Number(process.env.BULWARK_TEST_SEED ?? Date.now() % 1_000_000)
  t.diagnostic(`seed ${seed} (BULWARK_TEST_SEED)`)
  const records = fc.sample(record, { numRuns: 2000, seed })
  const placed = records.map((record, index) => ({ position: { seq: 2 ** 40 + 1, index }, record }))
  await store.insertBlock(placed, 'encode/1')
  const expected = expectedRows(records)
  for (const table of tables) {
    // Two records that are the same one by their key are one row from the start, and which of them is not promised.
    const { rows } = await backend.client.select(
      `SELECT * REPLACE (toUnixTimestamp64Micro(time) AS time, toUnixTimestamp64Micro(received_at) AS received_at
         ${table === 'gaps' ? ', toUnixTimestamp64Micro(gap_from) AS gap_from' : ''}
         ${table === 'events' || table === 'gaps' ? ', lower(hex(uid)) AS uid' : ''}) FROM ${table}`,
    )
    assert.ok(rows.length > 100, `${table} has rows`)
    const wanted = new Set(canonical(expected[table] ?? []))
    assert.deepEqual(
      canonical(rows).filter((row) => !wanted.has(row)),
      [],
      `rows of ${table} that no record asks for`,
    )
    const fields = orderKeys[table]
    const key = (row: object): string => {
      const day = Math.floor(Number(Reflect.get(row, 'received_at')) / 86_400_000_000)
      return JSON.stringify([day, ...fields.map((field) => Reflect.get(row, field))])
    }
    assert.equal(rows.length, new Set((expected[table] ?? []).map(key)).size, `rows of ${table}`)
  }
})

test('the same records give the same bytes, in however many steps', () => {
  const records = fc
    .sample(record, { numRuns: 200, seed: 7 })
    .map((record, index) => ({ position: { seq: 1, index }, record }))
  const bytes = (step: number): readonly unknown[] => {
    const encoder = new BlockEncoder()
    for (let from = 0; from < records.length; from += step) encoder.add(records.slice(from, from + step))
    return encoder.parts().map(({ chunks, ...part }) => ({ ...part, bytes: Buffer.concat(chunks).toString('base64') }))
  }
  assert.deepEqual(bytes(1), bytes(200))
  assert.deepEqual(bytes(33), bytes(200))
})

test('a block in the data directory is gone after its insert, and what a killed engine left is taken away', async (t) => {
  // A name with everything that means something in the engine's patterns or in SQL.
  const backend = await openBackend(t, "bulwark {a,b}*?'\\::-")
  const dir = join(backend.dir, 'incoming')
  assert.equal((await stat(dir)).mode & 0o777, 0o700)
  await backend.client.command(
    'CREATE TABLE samples (i UInt32) ENGINE = MergeTree ORDER BY i SETTINGS non_replicated_deduplication_window = 9',
  )
  const block = new NativeBlock([column('i', types.uint32, (i: number) => i)])
  block.add([1, 2, 3])
  await backend.client.insert('samples', ['i'], block.chunks(), 'samples/1')
  await backend.client.insert('samples', ['i'], block.chunks(), 'samples/1')
  assert.deepEqual((await backend.client.select('SELECT count() AS rows FROM samples')).rows, [{ rows: 3 }])
  const cut = Buffer.concat(block.chunks()).subarray(0, -1)
  await assert.rejects(backend.client.insert('samples', ['i'], [cut], 'samples/2'), { code: 'STORE_UNAVAILABLE' })
  assert.deepEqual(await readdir(dir), [])
  await writeFile(join(dir, 'left.native'), 'x')
  const { pid } = backend
  assert.ok(pid !== undefined)
  process.kill(pid, 'SIGKILL')
  for (let tries = 0; backend.pid === pid || backend.state.state !== 'ready'; tries++) {
    assert.ok(tries < 15_000, 'the engine comes back')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  assert.deepEqual(await readdir(dir), [])
  assert.deepEqual((await backend.client.select('SELECT count() AS rows FROM samples')).rows, [{ rows: 3 }])
})
