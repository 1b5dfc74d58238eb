import assert from 'node:assert/strict'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { BulwarkError } from '../model/error.ts'
import type { Parser } from '../model/parse.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { SourceEntry } from '../model/source.ts'
import type { FromDelivery, ToDelivery } from './delivery-elsewhere.ts'
import { portChannel } from './fixture.ts'
import { deliverHere, openRecorder, type Recorder, type Sinks, wholeBlocks } from './index.ts'

const dirs: string[] = []
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-recorder-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

/** A parser of the stream `audit` that takes lines `id` and finds `bad` unreadable. */
const parseWords: Parser = (entry) => {
  const words = Buffer.from(entry.payload).toString('utf8').split('\n')
  const audit = (auditId: string) => ({
    kind: 'audit' as const,
    time: entry.receivedAt,
    receivedAt: entry.receivedAt,
    cluster: entry.cluster,
    source: entry.source,
    auditId,
    stage: 'ResponseComplete',
    level: 'Metadata',
    verb: 'get',
    user: 'alice',
    groups: [],
    impersonatedUser: '',
    sourceIps: [],
    userAgent: '',
    requestUri: '/api',
    target: undefined,
    code: 200,
    decision: 'allow' as const,
    reason: '',
    event: { auditID: auditId, responseStatus: { message: 'token=hunter2hunter2' } },
  })
  return {
    records: words.filter((word) => word !== 'bad').map(audit),
    bad: words.filter((word) => word === 'bad').map((word) => ({ why: 'it is bad', bytes: Buffer.from(word) })),
  }
}
const parsers = { audit: parseWords }

const entry = (text: string, receivedAt = 1_000_000): SourceEntry => ({
  stream: 'audit',
  source: 'audit-webhook',
  cluster: 'shop',
  receivedAt,
  payload: Buffer.from(text),
})

const names = (records: readonly PlacedRecord[]): string[] =>
  records.map(({ record }) =>
    record.kind === 'audit' ? record.auditId : `gap: ${record.kind === 'gap' ? record.what : ''}`,
  )

/** A store in memory that refuses tokens it has seen, and can be broken. */
const memoryStore = () => {
  const blocks = new Map<string, readonly PlacedRecord[]>()
  const offered: string[] = []
  const store = { broken: 0, blocks, offered }
  const sink = wholeBlocks(async (records, token) => {
    offered.push(token)
    if (store.broken > 0) {
      store.broken--
      throw new Error('the store is away')
    }
    if (!blocks.has(token)) blocks.set(token, records)
  })
  return Object.assign(store, sink)
}

type Begin = (recorder: Recorder, sinks: Sinks) => void

const ports: MessagePort[] = []
afterEach(() => {
  for (const port of ports.splice(0)) port.close()
})

/** Through the very messages that go between two threads, cloned and moved as between them. */
const beginElsewhere: Begin = (recorder, sinks) => {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  const side = { parsers, sinks: () => sinks, now: () => Date.now() * 1000 }
  deliverHere(portChannel<ToDelivery, FromDelivery>(port2), side)
  recorder.startIn(portChannel(port1))
}

test('elsewhere: of an entry goes over what it is, and nothing that lies beside it in memory', async () => {
  const { port1, port2 } = new MessageChannel()
  ports.push(port1, port2)
  const there = portChannel<ToDelivery, FromDelivery>(port2)
  const heard: (readonly number[])[] = []
  const receive: typeof there.receive = (listener) =>
    there.receive((message) => {
      if (message.kind === 'news')
        for (const { entry: one, digest } of message.news.entries)
          heard.push([one.payload.buffer.byteLength, digest.buffer.byteLength])
      listener(message)
    })
  deliverHere({ ...there, receive }, { parsers, sinks: () => ({ live: [], store: memoryStore() }), now: () => 0 })
  await using recorder = await openRecorder({ dir: directory(), parsers })
  recorder.startIn(portChannel(port1))
  await recorder.flush()
  await Promise.all([recorder.append(entry('one')), recorder.append(entry('three'))])
  await recorder.flush()
  assert.deepEqual(heard, [
    [3, 32],
    [5, 32],
  ])
})

const inBothWays = (name: string, body: (begin: Begin) => Promise<void>): void => {
  test(name, () => body((recorder, sinks) => recorder.start(sinks)))
  test(`elsewhere: ${name}`, () => body(beginElsewhere))
}

inBothWays(
  'what is appended reaches the live sinks and the store in order, redacted, each record once',
  async (begin) => {
    const store = memoryStore()
    const live: PlacedRecord[] = []
    await using recorder = await openRecorder({ dir: directory(), parsers })
    begin(recorder, { live: [{ name: 'test', take: (records) => live.push(...records) }], store })
    assert.deepEqual(
      await Promise.all([recorder.append(entry('a\nb')), recorder.append(entry('c')), recorder.append(entry('a\nb'))]),
      [1, 2, 3],
    )
    await recorder.append(entry('c\nd'))
    await recorder.flush()
    assert.deepEqual(names(live), ['a', 'b', 'c', 'd'])
    assert.deepEqual([...store.blocks.values()].flatMap(names), ['a', 'b', 'c', 'd'])
    assert.deepEqual(live[3]?.position, { seq: 4, index: 1 })
    assert.ok(!JSON.stringify([...store.blocks.values()]).includes('hunter2'))
    assert.deepEqual(recorder.status().processed, {
      records: 4,
      gaps: 0,
      duplicateEntries: 1,
      duplicateEvents: 1,
      quarantined: 0,
    })
    assert.deepEqual(recorder.status().alerts, [])
  },
)

test('while the store goes on it is waited for, so that hardly anything is parsed twice', async () => {
  const store = memoryStore()
  let parsed = 0
  const counting: Parser = (one) => {
    parsed += 1
    return parseWords(one)
  }
  const limits = { parsedBytes: 30, blockRows: 4 }
  await using recorder = await openRecorder({ dir: directory(), parsers: { audit: counting }, limits })
  await Promise.all(Array.from({ length: 200 }, (_, index) => recorder.append(entry(`event-${index}`))))
  recorder.start({ live: [], store })
  await recorder.flush()
  assert.equal([...store.blocks.values()].flat().length, 200)
  assert.ok(parsed >= 200 && parsed < 250, `${parsed} of 200 entries`)
})

test('a store that hangs keeps nothing from the live sinks', async () => {
  const hanging = Promise.withResolvers<void>()
  const live: PlacedRecord[] = []
  const all = Promise.withResolvers<void>()
  const take = (records: readonly PlacedRecord[]): void => {
    live.push(...records)
    if (live.length === 200) all.resolve()
  }
  const limits = { parsedBytes: 30, blockRows: 4 }
  await using recorder = await openRecorder({ dir: directory(), parsers, limits })
  await Promise.all(Array.from({ length: 200 }, (_, index) => recorder.append(entry(`event-${index}`))))
  recorder.start({ live: [{ name: 'test', take }], store: wholeBlocks(() => hanging.promise) })
  await all.promise
  hanging.resolve()
  await recorder.flush()
})

inBothWays(
  'a bad part among good ones becomes a gap, and its bytes stand in the quarantine for the owner only',
  async (begin) => {
    const dir = directory()
    const store = memoryStore()
    {
      await using recorder = await openRecorder({ dir, parsers })
      begin(recorder, { live: [], store })
      await recorder.append(entry('a\nbad\nb'))
      await recorder.flush()
      assert.equal(recorder.status().processed.quarantined, 1)
    }
    assert.deepEqual([...store.blocks.values()].flatMap(names), [
      'a',
      'b',
      'gap: a part of what audit-webhook sent could not be read and is in quarantine: it is bad',
    ])
    const [file = ''] = readdirSync(join(dir, 'quarantine'))
    assert.equal(file, '1-0.bad')
    const path = join(dir, 'quarantine', file)
    assert.equal(statSync(path).mode & 0o777, 0o600)
    const [head = '', bytes] = readFileSync(path, 'utf8').split('\n')
    assert.deepEqual(
      { ...JSON.parse(head), sha256: '' },
      { source: 'audit-webhook', why: 'it is bad', bytes: 3, kept: 3, sha256: '' },
    )
    assert.equal(bytes, 'bad')
  },
)

inBothWays(
  'a store that is away holds nobody up, and gets the same blocks with the same tokens until it is back',
  async (begin) => {
    const store = memoryStore()
    store.broken = 3
    await using recorder = await openRecorder({
      dir: directory(),
      parsers,
      limits: { parsedBytes: 1, handoffBytes: 1 },
    })
    begin(recorder, { live: [], store })
    for (let i = 0; i < 20; i++) await recorder.append(entry(`e${i}`))
    await recorder.flush()
    const tokens = [...store.blocks.keys()]
    assert.deepEqual(
      [...store.blocks.values()].flatMap(names),
      Array.from({ length: 20 }, (_, i) => `e${i}`),
    )
    assert.deepEqual(store.offered.slice(0, 4), Array(4).fill(tokens[0]))
    assert.match(tokens[0] ?? '', /^[0-9a-f-]{36}\/1-\d+$/)
  },
)

inBothWays('the next block is filled while one is inserted, and is inserted only after it', async (begin) => {
  const dir = directory()
  const filled: string[] = []
  const inserted: string[] = []
  let letGo = (): void => {}
  const held = new Promise<void>((resolve) => {
    letGo = resolve
  })
  const store = {
    block: () => {
      const own: string[] = []
      return {
        add: (records: readonly PlacedRecord[]) => {
          filled.push(...names(records))
          own.push(...names(records))
        },
        insert: async () => {
          inserted.push(own.join(' '))
          await held
        },
      }
    },
  }
  {
    const recorder = await openRecorder({ dir, parsers, limits: { blockRows: 2 } })
    begin(recorder, { live: [], store })
    for (const name of ['a', 'b', 'c', 'd', 'e']) await recorder.append(entry(name))
    while (filled.length < 4 || inserted.length === 0) await new Promise((resolve) => setImmediate(resolve))
    assert.deepEqual(inserted, ['a b'])
    // At the stop, what is being inserted is finished, and what was only filled is left for the next run.
    const stopping = recorder[Symbol.asyncDispose]()
    letGo()
    await stopping
    assert.deepEqual(inserted, ['a b'])
  }
  await using recorder = await openRecorder({ dir, parsers, limits: { blockRows: 2 } })
  begin(recorder, { live: [], store })
  await recorder.flush()
  assert.equal(inserted.join(' '), 'a b c d e')
})

inBothWays(
  'what was not stored before a stop is stored after the next start, under the token it was begun with',
  async (begin) => {
    const dir = directory()
    const store = memoryStore()
    store.broken = Number.POSITIVE_INFINITY
    {
      await using recorder = await openRecorder({ dir, parsers, limits: { blockMillis: 1 } })
      begin(recorder, { live: [], store })
      await recorder.append(entry('a'))
      await recorder.append(entry('b'))
      while (store.offered.length === 0) await new Promise((resolve) => setImmediate(resolve))
    }
    const begun = store.offered[0]
    store.broken = 0
    await using recorder = await openRecorder({ dir, parsers })
    assert.equal(await recorder.append(entry('c')), 3)
    begin(recorder, { live: [], store })
    await recorder.flush()
    assert.equal([...store.blocks.keys()][0], begun)
    assert.deepEqual([...store.blocks.values()].flatMap(names), ['a', 'b', 'c'])
  },
)

inBothWays('a batch that is sent again after a restart is known', async (begin) => {
  const dir = directory()
  const store = memoryStore()
  for (let run = 0; run < 2; run++) {
    await using recorder = await openRecorder({ dir, parsers })
    begin(recorder, { live: [], store })
    await recorder.append(entry('a\nb', Date.now() * 1000))
    await recorder.flush()
  }
  assert.deepEqual([...store.blocks.values()].flatMap(names), ['a', 'b'])
})

inBothWays('a pause in running becomes a gap', async (begin) => {
  const dir = directory()
  const store = memoryStore()
  let clock = 1_000_000_000_000
  for (let run = 0; run < 2; run++) {
    const recorder = await openRecorder({ dir, parsers, now: () => clock })
    begin(recorder, { live: [], store })
    await recorder.flush()
    await recorder[Symbol.asyncDispose]()
    clock += 120_000_000
  }
  const gaps = [...store.blocks.values()].flat().map(({ record }) => record)
  assert.deepEqual(gaps, [
    {
      kind: 'gap',
      time: 1_000_120_000_000,
      receivedAt: 1_000_120_000_000,
      cluster: '',
      source: 'recorder',
      from: 1_000_000_000_000,
      to: 1_000_120_000_000,
      reason: 'not-running',
      what: 'Bulwark was not running; senders that keep and try again may have filled this in',
      estimate: undefined,
    },
  ])
})

test('a second recorder on the same directory is refused', async () => {
  const dir = directory()
  await using recorder = await openRecorder({ dir, parsers })
  await assert.rejects(
    () => openRecorder({ dir, parsers }),
    (error) =>
      error instanceof BulwarkError && error.code === 'DATA_DIR_LOCKED' && error.message.includes(`pid ${process.pid}`),
  )
  assert.equal(await recorder.append(entry('a')), 1)
})

inBothWays('a live sink that throws is reported and keeps nobody else from the record', async (begin) => {
  const store = memoryStore()
  const seen: string[] = []
  await using recorder = await openRecorder({ dir: directory(), parsers })
  const broken = () => {
    throw new Error('no')
  }
  begin(recorder, {
    live: [
      { name: 'state', take: broken },
      { name: 'detect', take: (records) => seen.push(...names(records)) },
    ],
    store,
  })
  await recorder.append(entry('a'))
  await recorder.flush()
  assert.deepEqual(seen, ['a'])
  assert.deepEqual(recorder.status().alerts, ['state failed 1 times, last: no'])
})

inBothWays('stored segments are deleted when they are old enough, others never', async (begin) => {
  const dir = directory()
  const store = memoryStore()
  store.broken = Number.POSITIVE_INFINITY
  await using recorder = await openRecorder({
    dir,
    parsers,
    limits: { segmentBytes: 1, minAgeMillis: 0, blockMillis: 1 },
  })
  begin(recorder, { live: [], store })
  for (const word of ['a', 'b', 'c']) await recorder.append(entry(word))
  assert.equal(readdirSync(join(dir, 'spool')).length, 3)
  store.broken = 0
  await recorder.flush()
  assert.deepEqual([...store.blocks.values()].flatMap(names), ['a', 'b', 'c'])
  assert.deepEqual(readdirSync(join(dir, 'spool')), ['0000000000000003.seg'])
})

inBothWays(
  'a live sink with a position of its own is handed what it has not seen, stored or not, each record once',
  async (begin) => {
    const dir = directory()
    const store = memoryStore()
    {
      await using recorder = await openRecorder({ dir, parsers })
      begin(recorder, { live: [], store })
      for (const word of ['a', 'b', 'c']) await recorder.append(entry(word))
      await recorder.flush()
      store.broken = Number.POSITIVE_INFINITY
      for (const word of ['d', 'e']) await recorder.append(entry(word))
    }
    store.broken = 0
    const seen = { behind: [] as string[], ahead: [] as string[], without: [] as string[] }
    await using recorder = await openRecorder({ dir, parsers })
    begin(recorder, {
      live: [
        { name: 'behind', after: 1, take: (records) => seen.behind.push(...names(records)) },
        { name: 'ahead', after: 4, take: (records) => seen.ahead.push(...names(records)) },
        { name: 'without', take: (records) => seen.without.push(...names(records)) },
      ],
      store,
    })
    await recorder.append(entry('f'))
    await recorder.flush()
    while ((recorder.status().live?.behind.size ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve))
    await recorder.append(entry('g'))
    await recorder.flush()
    assert.deepEqual(seen, {
      behind: ['b', 'c', 'd', 'e', 'f', 'g'],
      ahead: ['e', 'f', 'g'],
      without: ['d', 'e', 'f', 'g'],
    })
  },
)

inBothWays('a live sink is told which entries after its position the spool no longer has', async (begin) => {
  const dir = directory()
  const store = memoryStore()
  const limits = { segmentBytes: 1, minAgeMillis: 0, blockMillis: 1 }
  {
    await using recorder = await openRecorder({ dir, parsers, limits })
    begin(recorder, { live: [], store })
    for (const word of ['a', 'b', 'c']) await recorder.append(entry(word))
    await recorder.flush()
  }
  const seen: string[] = []
  const missed: (readonly [number, number])[] = []
  await using recorder = await openRecorder({ dir, parsers, limits })
  const take = (records: readonly PlacedRecord[]) => seen.push(...names(records))
  begin(recorder, { live: [{ name: 'detect', after: 0, take, missed: (from, to) => missed.push([from, to]) }], store })
  await recorder.append(entry('d'))
  await recorder.flush()
  while ((recorder.status().live?.behind.size ?? 0) > 0) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(seen, ['c', 'd'])
  assert.deepEqual(missed, [[1, 2]])
})

inBothWays(
  'an event that comes again by another way after a restart is known to a sink with a position',
  async (begin) => {
    const dir = directory()
    const store = memoryStore()
    {
      await using recorder = await openRecorder({ dir, parsers })
      begin(recorder, { live: [], store })
      await recorder.append(entry('a\nb'))
      await recorder.flush()
    }
    const seen: string[] = []
    await using recorder = await openRecorder({ dir, parsers })
    begin(recorder, { live: [{ name: 'detect', after: 1, take: (records) => seen.push(...names(records)) }], store })
    await recorder.append(entry('b\nc'))
    await recorder.flush()
    assert.deepEqual(seen, ['c'])
  },
)
