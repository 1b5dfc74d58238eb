// The whole path in the real server: audit webhook → spool → parse → redact → known events → rules → store, and its page
// beside it. EVENTS (100,000) are sent as fast as they are taken: to a server without rules; to one with 300 rules, events
// that no rule over single events fires on; and to such a one, events that one in ten fires on, which no cluster bears for
// long. CASES=none,quiet,loud chooses. NODE_FLAGS starts the server with other flags of Node.js than `npm start`.
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { isObject } from '../../src/model/json.ts'
import { eventually, type Served } from '../server/process.ts'
import { atPart, type LoadedServer, listOf, loadedServer } from './live-server.ts'
import { manyRulesOn, quietEvents } from './many-rules.ts'
import { type Bench, type BenchRow, runBench } from './report.ts'
import { auditEvents } from './store-records.ts'

const total = Number(process.env.EVENTS ?? 100_000)
const batch = 400
const senders = 4
const flags = process.env.NODE_FLAGS?.split(' ').filter((flag) => flag !== '')
const cases = ['none', 'quiet', 'loud'] as const
const asked = process.env.CASES?.split(',') ?? cases

type BenchCase = (typeof cases)[number]

const titles: Readonly<Record<BenchCase, string>> = {
  none: 'no rules',
  quiet: '300 rules, quiet',
  loud: '300 rules, 1 of 10 fires',
}

const bench: Bench = async (report) => {
  for (const one of cases) if (asked.includes(one)) await measure(one, report)
}

const measure = async (bench: BenchCase, report: (row: BenchRow) => void): Promise<void> => {
  await using loaded = await loadedServer(
    ({ dir }) => (bench === 'none' ? ['--rule-sets', 'none'] : manyRulesOn(join(dir, 'rules'))),
    flags,
  )
  const { server } = loaded
  const tell = (row: BenchRow): void => report({ ...row, name: `${titles[bench]}: ${row.name}` })
  tell({
    name: 'start, until the page is served',
    value: loaded.startMillis,
    unit: 'ms',
    gate: { atMost: 3000 },
  })
  await eventually(
    () => server.get('/api/v1/events?limit=1'),
    () => true,
  )
  const bodies = makeBatches(bench).values()
  await loaded.metrics()
  const before = loaded.processes()
  const latencies: number[] = []
  const first = performance.now()
  await Promise.all(
    Array.from({ length: senders }, async () => {
      for (let next = bodies.next(); !next.done; next = bodies.next()) latencies.push(await loaded.send(next.value))
    }),
  )
  const acknowledged = (performance.now() - first) / 1000
  const [load = 0] = loadavg()
  await storedRows(server, total)
  const stored = (performance.now() - first) / 1000
  const note = `${total.toLocaleString('en')} events of level Metadata in batches of ${batch}, ${senders} senders on the same ${availableParallelism()} cores; load of the machine ${load.toFixed(1)}`
  tell({ name: 'received, spooled, acknowledged', value: total / acknowledged, unit: 'events/s', note })
  tell({ name: 'stored and to be asked', value: total / stored, unit: 'events/s', gate: { atLeast: 20_000 }, note })
  tell({ name: 'acknowledgement, median', value: atPart(latencies, 0.5), unit: 'ms' })
  tell({
    name: 'acknowledgement, p99',
    value: atPart(latencies, 0.99),
    unit: 'ms',
    gate: { atMost: 250 },
    note: 'at full load',
  })
  const metrics = await loaded.metrics()
  tell({
    name: 'longest block of the event loop',
    value: (metrics.get('bulwark_nodejs_eventloop_lag_max_seconds') ?? Number.NaN) * 1000,
    unit: 'ms',
  })
  if (bench !== 'none') await tellDetection(loaded, tell)
  const window = (await server.get('/api/v1/status')).record
  tell({
    name: 'disk of the store, bodies included',
    value: Number(isObject(window) ? window.bytesOnDisk : Number.NaN) / total,
    unit: 'B/event',
    note: 'before merges have settled',
  })
  for (const { part, cpuMillis, residentBytes, highestResidentBytes } of loaded.processes()) {
    const since = cpuMillis - (before.find((one) => one.part === part)?.cpuMillis ?? 0)
    tell({
      name: `CPU of the ${part}`,
      value: (since * 1000) / total,
      unit: 'µs/event',
      note: 'all threads, until everything is stored',
    })
    tell({
      name: `memory of the ${part}`,
      value: residentBytes / 2 ** 20,
      unit: 'MiB',
      gate: { atMost: part === 'server' ? 400 : 1536 },
      note: `resident, after the load; at most ${Math.round(highestResidentBytes / 2 ** 20)}`,
    })
  }
}

/** Waits until rules have seen everything, and tells what they found. */
const tellDetection = async (loaded: LoadedServer, tell: (row: BenchRow) => void): Promise<void> => {
  const figure = (name: string, metrics: ReadonlyMap<string, number>): number =>
    metrics.get(`bulwark_detection{figure="${name}"}`) ?? Number.NaN
  const seen = await eventually(loaded.metrics, (now) => figure('events_judged', now) >= total, 120_000)
  tell({
    name: 'events judged',
    value: figure('events_judged', seen),
    unit: 'events',
    note: `${figure('rules_running', seen)} rules, ${figure('detections', seen)} detections, ${figure('cases_in_memory', seen)} cases of ${figure('steps_in_memory', seen)} steps`,
  })
}

/** Bodies are made before the clock runs: in a cluster, others pay for that. */
const makeBatches = (bench: BenchCase): readonly string[] => {
  const load = { seed: 1, first: 0, count: total, start: Date.now() * 1000, step: 1000 }
  const events = bench === 'loud' ? auditEvents(load) : quietEvents(load)
  return Array.from({ length: total / batch }, (_, turn) => listOf(events.slice(turn * batch, (turn + 1) * batch)))
}

/** Waits until so many events can be asked for. */
const storedRows = (server: Served, rows: number): Promise<unknown> =>
  eventually(
    async () => (await server.get('/api/v1/status')).record,
    (window) => isObject(window) && Number(window.events) >= rows,
    240_000,
  )

export default bench
await runBench(import.meta, bench)
