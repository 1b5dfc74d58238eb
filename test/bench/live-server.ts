/** The real server under a made-up load of audit events, and what it takes of the machine. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePorts } from '../cluster/ports.ts'
import { bulwark, type Home, makeHome, processesOf, type Served, served } from '../server/process.ts'

const token = 'cd'.repeat(24)

/** A server that receives audit batches, of a cluster that does not answer: only the audit log is measured. */
export interface LoadedServer extends AsyncDisposable {
  readonly home: Home
  readonly server: Served
  /** Milliseconds from its start until its page was served. */
  readonly startMillis: number
  /** Sends a batch; resolves with the milliseconds until it was acknowledged. */
  send(body: string): Promise<number>
  /** Its own metrics; `nodejs_eventloop_lag_max_seconds` is of the time since they were asked for before. */
  metrics(): Promise<ReadonlyMap<string, number>>
  processes(): readonly ProcessFigures[]
}

/** What a process took until now. */
export interface ProcessFigures {
  readonly part: 'server' | 'store'
  /** User and system time of all its threads; Linux counts it in hundredths of a second. */
  readonly cpuMillis: number
  readonly residentBytes: number
  readonly highestResidentBytes: number
}

/** Starts one. `args` go on behind those of its folder and ports; `flags` are of Node.js. */
export const loadedServer = async (
  args: (home: Home) => readonly string[] = () => [],
  flags?: readonly string[],
): Promise<LoadedServer> => {
  await using starting = new AsyncDisposableStack()
  const home = starting.use(makeHome())
  const [port = 0] = await freePorts(1)
  writeKubeconfig(home)
  const data = join(home.dir, 'record')
  mkdirSync(data)
  writeFileSync(join(data, 'audit-webhook-token'), token, { mode: 0o600 })
  const own = ['serve', '--data-dir', data, '--audit-listen', `127.0.0.1:${port}`, '--port', '0']
  const all = [...own, ...args(home)]
  const began = performance.now()
  const running = starting.use(bulwark(home, all, {}, flags))
  const server = await served(home, running)
  const startMillis = performance.now() - began
  const url = `http://127.0.0.1:${port}/audit`
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const started = starting.move()
  return {
    home,
    server,
    startMillis,
    send: async (body) => {
      const began = performance.now()
      const response = await fetch(url, { method: 'POST', headers, body })
      await response.arrayBuffer()
      if (response.status !== 200) throw new Error(`answered ${response.status}`)
      return performance.now() - began
    },
    metrics: async () => {
      const answer = await fetch(`${server.url}/metrics`, { headers: { authorization: `Bearer ${server.token}` } })
      return readMetrics(await answer.text())
    },
    processes: () =>
      processesOf(home).map((pid) => ({
        part: pid === running.pid ? 'server' : 'store',
        cpuMillis: cpuMillis(pid),
        residentBytes: kibibytesOf(pid, 'VmRSS') * 1024,
        highestResidentBytes: kibibytesOf(pid, 'VmHWM') * 1024,
      })),
    [Symbol.asyncDispose]: async () => {
      // An end that it chose itself: what `--cpu-prof` gathered is written then.
      running.kill('SIGTERM')
      await running.ended
      await started.disposeAsync()
    },
  }
}

/** The body of a batch. */
export const listOf = (items: readonly object[]): string =>
  JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items })

/** The value at a part of sorted numbers: 0.5 is the median. */
export const atPart = (values: readonly number[], part: number): number => {
  const sorted = values.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? Number.NaN
}

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

const readMetrics = (text: string): ReadonlyMap<string, number> =>
  new Map(
    text
      .split('\n')
      .filter((line) => line !== '' && !line.startsWith('#'))
      .map((line) => {
        const space = line.lastIndexOf(' ')
        return [line.slice(0, space), Number(line.slice(space + 1))]
      }),
  )

const cpuMillis = (pid: number): number => {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  const [user = '', system = ''] = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 13)
  return (Number(user) + Number(system)) * 10
}

const kibibytesOf = (pid: number, name: string): number => {
  const [, kib = '0'] =
    new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kib)
}
