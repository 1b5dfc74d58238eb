/**
 * The store on the embedded engine: inserting, size, search by token, counting, state at a moment.
 * Alone: `node test/bench/store.bench.ts [EVENTS]` (default 1,000,000; the gate of the search speaks of 15,000,000).
 */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { EmbeddedBackend } from '../../src/store/embedded.ts'
import { BlockEncoder } from '../../src/store/encode.ts'
import { defaultStoreSettings, RecordStore } from '../../src/store/index.ts'
import { type Bench, type BenchRow, runBench } from './report.ts'
import { auditRecords, podVersion } from './store-records.ts'

type Report = Parameters<Bench>[0]

const blockRows = 10_000
const pods = 5000
const rounds = 4

/** Yesterday: all events lie on one day, so that the search has to look at all of them in one partition. */
const start = (Math.floor(Date.now() / 86_400_000) * 86_400 - 86_400) * 1_000_000

const bench: Bench = async (report) => {
  const events = Number(process.argv[2] ?? 1_000_000)
  const dir = await mkdtemp(join(tmpdir(), 'bulwark-bench-store-'))
  const opened = performance.now()
  const backend = await EmbeddedBackend.open(dir, defaultStoreSettings)
  const store = new RecordStore(backend, defaultStoreSettings)
  try {
    await store.ready
    report({ name: 'store: opened, schema made', value: performance.now() - opened, unit: 'ms' })
    await inserting(store, events, report)
    await sizes(backend, report)
    await questions(backend, store, events, report)
    await stateAtMoment(store, report)
    await memory(backend, report)
  } finally {
    await store[Symbol.asyncDispose]()
    await rm(dir, { recursive: true, force: true })
  }
}
export default bench

const inserting = async (store: RecordStore, events: number, report: Report): Promise<void> => {
  const step = Math.max(1, Math.floor(86_000_000_000 / events))
  const blockAt = (first: number) =>
    auditRecords({ seed: 1, first, count: Math.min(blockRows, events - first), start, step })
  const sample = blockAt(0)
  const encode = () => {
    const encoder = new BlockEncoder()
    encoder.add(sample)
    return encoder.parts()
  }
  encode()
  const encoding = performance.now()
  encode()
  report({
    name: 'store: encoding a block',
    value: ((performance.now() - encoding) * 1000) / sample.length,
    unit: 'µs/event',
    note: 'on the main thread; part of the figure below',
  })
  let millis = 0
  for (let first = 0; first < events; first += blockRows) {
    const block = blockAt(first)
    const began = performance.now()
    await store.insertBlock(block, `bench/${first}`)
    millis += performance.now() - began
  }
  const note = `blocks of ${blockRows}, raw events of 1.1 KB kept too, fsync`
  report({ name: 'store: inserted', value: events / (millis / 1000), unit: 'events/s', note })
}

const sizes = async ({ client }: EmbeddedBackend, report: Report): Promise<void> => {
  const { rows } = await client.select(
    `SELECT table, sum(bytes_on_disk) / sum(rows) AS bytes, count() AS parts FROM system.parts
     WHERE active AND database = currentDatabase() AND table IN ('events', 'event_bodies') AND rows > 0 GROUP BY table`,
  )
  const bytesOf = (table: string) => Number(rows.find((row) => row.table === table)?.bytes ?? 0)
  const events = bytesOf('events')
  const note = `${rows.find((row) => row.table === 'events')?.parts ?? 0} parts, indexes included`
  report({ name: 'store: size without the raw event', value: events, unit: 'B/event', gate: { atMost: 60 }, note })
  report({ name: 'store: size with the raw event', value: events + bytesOf('event_bodies'), unit: 'B/event' })
}

/** The median of nine runs. */
const median = async (task: () => Promise<unknown>): Promise<number> => {
  const times: number[] = []
  for (let run = 0; run < 9; run++) {
    const began = performance.now()
    await task()
    times.push(performance.now() - began)
  }
  return times.sort((a, b) => a - b)[4] ?? 0
}

const questions = async (
  { client }: EmbeddedBackend,
  store: RecordStore,
  events: number,
  report: Report,
): Promise<void> => {
  const all = { query: '', from: undefined, to: undefined }
  // The engine remembers which rows a condition held for: each question is a new one, or forgets first.
  const forget = () => client.command('SYSTEM DROP QUERY CONDITION CACHE')
  let turn = 0
  const needles = Math.max(1, Math.floor(events / 100_000))
  const needle = () => `"needle-${(turn++ % needles) * 100_000 + 77}"`
  const note = `over ${events.toLocaleString('en')} events, median of 9`
  const ask = async (name: string, task: () => Promise<unknown>, gate?: BenchRow['gate']): Promise<void> => {
    await task()
    await forget()
    report({ name: `store: ${name}`, value: await median(task), unit: 'ms', note, ...(gate && { gate }) })
  }
  const search = (query: string) => store.searchEvents({ ...all, query }, { limit: 100 })
  await ask('search by a rare token', () => search(needle()), { atMost: 100 })
  await ask('newest 100', () => search(''))
  await ask('newest 100 refused of a namespace', () => search(`ns:team-${turn++ % 9} decision:forbid`))
  await ask('histogram of 60 bars', () => store.histogram(all, { buckets: 60, split: 'decision' }))
  await ask('time line of the day', () => store.timeline(start, start + 86_400_000_000, 96))
  await ask('what is kept at all', () => store.recordWindow())
  await ask('facets of 5 fields', () => store.facets(all, ['user', 'verb', 'resource', 'ns', 'code'], 10))
}

const stateAtMoment = async (store: RecordStore, report: Report): Promise<void> => {
  for (let round = 0; round < rounds; round++) {
    const time = start + round * 3600 * 1_000_000
    const versions = Array.from({ length: pods }, (_, pod) => ({
      position: { seq: 1_000_000_000 + round, index: pod },
      record: podVersion(2, pod, round, time + pod),
    }))
    await store.insertBlock(versions, `bench/state/${round}`)
  }
  let objects = 0
  const value = await median(async () => {
    objects = 0
    for await (const _ of store.stateAt(start + 5400 * 1_000_000)) objects++
  })
  const note = `${objects} pods of ${pods * rounds} versions, with their bodies, median of 9`
  report({ name: 'store: state at a moment', value, unit: 'ms', note })
}

const memory = async ({ pid }: EmbeddedBackend, report: Report): Promise<void> => {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '')
  const peak = /VmHWM:\s+(\d+)/.exec(status)?.[1]
  if (peak === undefined) return
  report({ name: 'store: peak memory of the engine', value: Number(peak) / 1024, unit: 'MiB', gate: { atMost: 1536 } })
}

await runBench(import.meta, bench)
