// Receive + spool + acknowledge, over HTTP from another process: events/s at full load, and how long the sender waits.
// Events are at level Metadata, 400 in a batch, as kube-apiserver sends them.
import { type ChildProcess, fork } from 'node:child_process'
import { Agent, request } from 'node:http'
import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { type Bench, runBench } from './report.ts'

const seconds = Number(process.env.BULWARK_BENCH_SECONDS ?? 10)
const batchEvents = 400
const senders = 16

const bench: Bench = async (report) => {
  const server = fork(join(import.meta.dirname, 'recorder-server.ts'), { stdio: 'inherit' })
  try {
    const { url } = await answerOf(server, undefined, 'url')
    const batches = batchMaker()
    const agent = new Agent({ keepAlive: true, maxSockets: senders })
    const send = () => post(String(url), batches(), agent)
    const size = batches().length / batchEvents

    await load(send, 1)
    const before = await answerOf(server, 'status', 'status')
    const burst = await load(send, seconds)
    const after = await answerOf(server, 'status', 'status')
    const note = `${Math.round(size)} B an event, ${senders} senders`
    const perSecond = (burst.latencies.length * batchEvents) / burst.seconds
    const gate = { atLeast: 100_000 }
    report({
      name: 'receive + spool + acknowledge, burst',
      value: perSecond,
      unit: 'events/s',
      gate,
      note: `${note}, parsing held back`,
    })
    reportLatencies(report, 'burst', burst.latencies, 250)
    const cpu = (Number(after.cpuMicros) - Number(before.cpuMicros)) / (burst.latencies.length * batchEvents)
    report({ name: 'processor time of the receiver, burst', value: cpu, unit: 'µs/event' })

    await answerOf(server, 'start', 'start')
    const backlog = await timed(() => answerOf(server, 'flush', 'flush'))
    const parsed = await answerOf(server, 'status', 'status')
    report({
      name: 'parse + redact + hand over a backlog from disk',
      value: Number(parsed.records) / backlog,
      unit: 'events/s',
      note: 'on one core, read back from the spool',
    })

    const from = await answerOf(server, 'status', 'status')
    const whole = await load(send, seconds)
    const total = whole.seconds + (await timed(() => answerOf(server, 'flush', 'flush')))
    const to = await answerOf(server, 'status', 'status')
    report({
      name: 'receive + spool + acknowledge, parsing beside it',
      value: (whole.latencies.length * batchEvents) / whole.seconds,
      unit: 'events/s',
      gate,
      note,
    })
    reportLatencies(report, 'full load', whole.latencies, 250)
    report({
      name: 'receive to handed over, sustained at full load',
      value: (Number(to.records) - Number(from.records)) / total,
      unit: 'events/s',
      gate: { atLeast: 20_000 },
      note: 'no rules, no store',
    })
    report({ name: 'memory of the receiver', value: Number(to.rss) / 2 ** 20, unit: 'MiB', gate: { atMost: 400 } })
    report({ name: 'longest hold of the event loop, full load', value: Number(to.stalled), unit: 'ms' })

    const quiet = await paced(send, 5000 / batchEvents, seconds)
    reportLatencies(report, '5,000 events/s', quiet, 50)
    await answerOf(server, 'stop', 'stop')
  } finally {
    server.kill('SIGKILL')
  }
}

type Answer = Readonly<Record<string, unknown>>

const answerOf = (server: ChildProcess, question: string | undefined, word: string): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const onMessage = (answer: Answer) => {
      if (answer.word === word) end(() => resolve(answer))
    }
    const onExit = (code: number | null) => end(() => reject(new Error(`the receiver ended with ${code}`)))
    const end = (settle: () => void) => {
      server.off('message', onMessage)
      server.off('exit', onExit)
      settle()
    }
    server.on('message', onMessage)
    server.on('exit', onExit)
    if (question !== undefined) server.send(question)
  })

/** Batches that differ in every auditID, made by writing a number into a template. */
const batchMaker = (): (() => Buffer) => {
  const mark = 'ffffffff'
  const events = Array.from({ length: batchEvents }, (_, index) => ({
    level: 'Metadata',
    auditID: `${mark}-0000-4000-8000-${String(index).padStart(12, '0')}`,
    stage: 'ResponseComplete',
    requestURI: `/api/v1/namespaces/shop-${index % 20}/pods/web-${index}?timeout=10s`,
    verb: index % 5 === 0 ? 'update' : 'get',
    user: {
      username: 'system:serviceaccount:kube-system:deployment-controller',
      uid: '1de9b7a6-5555-4000-8000-000000000000',
      groups: ['system:serviceaccounts', 'system:serviceaccounts:kube-system', 'system:authenticated'],
      extra: { 'authentication.kubernetes.io/credential-id': ['JTI=1de9b7a6-5555-4000-8000-000000000000'] },
    },
    sourceIPs: [`10.0.0.${index % 250}`],
    userAgent:
      'kube-controller-manager/v1.37.2 (linux/amd64) kubernetes/abcdef0/system:serviceaccount:kube-system:deployment-controller',
    objectRef: {
      resource: 'pods',
      namespace: `shop-${index % 20}`,
      name: `web-${index}`,
      apiVersion: 'v1',
      resourceVersion: '1234567',
    },
    responseStatus: { metadata: {}, code: index % 50 === 0 ? 403 : 200 },
    requestReceivedTimestamp: '2026-11-23T10:00:00.123456Z',
    stageTimestamp: '2026-11-23T10:00:00.223456Z',
    annotations: {
      'authorization.k8s.io/decision': 'allow',
      'authorization.k8s.io/reason':
        'RBAC: allowed by ClusterRoleBinding "system:controller:deployment-controller" of ClusterRole "system:controller:deployment-controller" to ServiceAccount "deployment-controller/kube-system"',
    },
  }))
  const template = Buffer.from(
    JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', metadata: {}, items: events }),
  )
  const places: number[] = []
  for (let at = template.indexOf(mark); at >= 0; at = template.indexOf(mark, at + 1)) places.push(at)
  let count = 0
  return () => {
    const batch = Buffer.from(template)
    const digits = (count++).toString(16).padStart(8, '0')
    for (const place of places) batch.write(digits, place, 'latin1')
    return batch
  }
}

const post = (url: string, body: Buffer, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    const start = performance.now()
    const headers = { 'content-length': body.length, 'content-type': 'application/json' }
    const outgoing = request(url, { method: 'POST', agent, headers }, (response) => {
      response.resume()
      response.on('end', () => {
        if (response.statusCode === 200) resolve(performance.now() - start)
        else reject(new Error(`the receiver answered ${response.statusCode}`))
      })
    })
    outgoing.on('error', reject)
    outgoing.end(body)
  })

/** As fast as the senders can, each waiting for its answer. */
const load = async (send: () => Promise<number>, forSeconds: number) => {
  const latencies: number[] = []
  const start = performance.now()
  const one = async () => {
    while (performance.now() - start < forSeconds * 1000) latencies.push(await send())
  }
  await Promise.all(Array.from({ length: senders }, one))
  return { latencies, seconds: (performance.now() - start) / 1000 }
}

const paced = async (send: () => Promise<number>, perSecond: number, forSeconds: number): Promise<number[]> => {
  const sent: Promise<number>[] = []
  const start = performance.now()
  while (sent.length < perSecond * forSeconds) {
    await wait(Math.max(0, start + (sent.length / perSecond) * 1000 - performance.now()))
    sent.push(send())
  }
  return Promise.all(sent)
}

const timed = async (work: () => Promise<unknown>): Promise<number> => {
  const start = performance.now()
  await work()
  return (performance.now() - start) / 1000
}

const reportLatencies = (report: Parameters<Bench>[0], load: string, latencies: readonly number[], most: number) => {
  const sorted = latencies.toSorted((a, b) => a - b)
  const at = (part: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0
  report({ name: `acknowledged after, p50, ${load}`, value: at(0.5), unit: 'ms' })
  report({ name: `acknowledged after, p99, ${load}`, value: at(0.99), unit: 'ms', gate: { atMost: most } })
}

export default bench

await runBench(import.meta, bench)
