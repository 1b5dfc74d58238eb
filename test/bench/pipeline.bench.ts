// The whole path in the real server: audit webhook → spool → parse → live state → store, and its page beside it.
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { isObject } from '../../src/model/json.ts'
import { freePorts } from '../cluster/ports.ts'
import { bulwark, eventually, type Home, makeHome, processesOf, type Served, served } from '../server/process.ts'
import { type BenchRow, runBench } from './report.ts'
import { auditRecords } from './store-records.ts'

const total = Number(process.env.EVENTS ?? 100_000)
const batch = 400
const senders = 4
const token = 'cd'.repeat(24)

const bench = async (report: (row: BenchRow) => void): Promise<void> => {
  using home = makeHome()
  const [port = 0] = await freePorts(1)
  writeKubeconfig(home)
  const data = join(home.dir, 'record')
  mkdirSync(data)
  writeFileSync(join(data, 'audit-webhook-token'), token, { mode: 0o600 })
  const began = performance.now()
  await using running = bulwark(home, [
    'serve',
    '--data-dir',
    data,
    '--audit-listen',
    `127.0.0.1:${port}`,
    '--port',
    '0',
  ])
  const server = await served(home, running)
  report({
    name: 'start: until the page is served',
    value: performance.now() - began,
    unit: 'ms',
    gate: { atMost: 3000 },
  })
  await eventually(
    () => server.get('/api/v1/events?limit=1'),
    () => true,
  )

  const batches = makeBatches().values()
  const processes = processesOf(home).map((pid) => ({ pid, cpuBefore: cpuMillis(pid) }))
  const send = sender(`http://127.0.0.1:${port}/audit`)
  const first = performance.now()
  await Promise.all(Array.from({ length: senders }, () => sendAll(send, batches)))
  const acknowledged = (performance.now() - first) / 1000
  await storedRows(server, total)
  const stored = (performance.now() - first) / 1000
  const note = `${total.toLocaleString('en')} events of level Metadata in batches of ${batch}, ${senders} senders on the same 2 cores`
  report({ name: 'whole path: received, spooled, acknowledged', value: total / acknowledged, unit: 'events/s', note })
  report({
    name: 'whole path: stored and to be asked',
    value: total / stored,
    unit: 'events/s',
    gate: { atLeast: 20_000 },
    note,
  })
  reportLatency(report, send.latencies)

  const window = (await server.get('/api/v1/status')).record
  const bytes = Number(isObject(window) ? window.bytesOnDisk : Number.NaN)
  report({
    name: 'whole path: disk of the store, bodies included',
    value: bytes / total,
    unit: 'B/event',
    note: 'before merges have settled',
  })
  for (const { pid, cpuBefore } of processes) {
    const isServer = pid === running.pid
    report({
      name: isServer ? 'CPU of the server (ingest and API)' : 'CPU of the store',
      value: ((cpuMillis(pid) - cpuBefore) * 1000) / total,
      unit: 'µs/event',
      note: 'all threads, until everything is stored',
    })
    report({
      name: isServer ? 'memory: the server (ingest and API)' : 'memory: the store',
      value: residentBytes(pid) / 2 ** 20,
      unit: 'MiB',
      gate: { atMost: isServer ? 400 : 1536 },
      note: 'resident, after the load',
    })
  }
}

/** A cluster that does not answer: only the audit log is measured. */
const writeKubeconfig = (home: Home): void => {
  mkdirSync(join(home.dir, '.kube'))
  writeFileSync(
    join(home.dir, '.kube', 'config'),
    JSON.stringify({
      'current-context': 'none',
      contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
      clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'none', user: {} }],
    }),
  )
}

interface Sender {
  (body: string): Promise<void>
  readonly latencies: number[]
}

const sender = (url: string): Sender => {
  const latencies: number[] = []
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const send = async (body: string): Promise<void> => {
    const began = performance.now()
    const response = await fetch(url, { method: 'POST', headers, body })
    await response.arrayBuffer()
    if (response.status !== 200) throw new Error(`answered ${response.status}`)
    latencies.push(performance.now() - began)
  }
  return Object.assign(send, { latencies })
}

/** Bodies are made before the clock runs: in a cluster, others pay for that. */
const makeBatches = (): readonly string[] =>
  Array.from({ length: total / batch }, (_, turn) => {
    const records = auditRecords({ seed: 1, first: turn * batch, count: batch, start: Date.now() * 1000, step: 1000 })
    const items = records.map(({ record }) => (record.kind === 'audit' ? record.event : {}))
    return JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items })
  })

const sendAll = async (send: Sender, batches: Iterator<string>): Promise<void> => {
  for (let next = batches.next(); !next.done; next = batches.next()) await send(next.value)
}

/** Waits until so many events can be asked for. */
const storedRows = (server: Served, rows: number): Promise<unknown> =>
  eventually(
    async () => (await server.get('/api/v1/status')).record,
    (window) => isObject(window) && Number(window.events) >= rows,
    120_000,
  )

const reportLatency = (report: (row: BenchRow) => void, latencies: readonly number[]): void => {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (part: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  report({ name: 'whole path: acknowledgement, median', value: at(0.5), unit: 'ms' })
  report({
    name: 'whole path: acknowledgement, p99',
    value: at(0.99),
    unit: 'ms',
    gate: { atMost: 250 },
    note: 'at full load',
  })
}

/** User and system time of a process with all its threads; Linux counts it in hundredths of a second. */
const cpuMillis = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user = '', system = ''] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

const residentBytes = (pid: number): number => {
  const [, kib = '0'] = /^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib) * 1024
}

export default bench
await runBench(import.meta, bench)
