// What rules cost: the detector alone with 300 rules, and from an event's hand-over to its case in the real server.
// NODE_FLAGS starts that with other flags of Node.js than `npm start`.
import { writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { createDetector } from '../../src/detect/detector.ts'
import { audit, start } from '../../src/detect/fixture.ts'
import { loadRuleSet } from '../../src/detect/rule-set.ts'
import type { PlacedRecord } from '../../src/model/record.ts'
import { eventually, type Served } from '../server/process.ts'
import { cpuRate } from './engines/cpu-rate.ts'
import { atPart, listOf, loadedServer } from './live-server.ts'
import { madeRule, manyRules, manyRulesOn, quietEvents } from './many-rules.ts'
import { type Bench, runBench } from './report.ts'
import { auditRecords } from './store-records.ts'

const bench: Bench = async (report) => {
  const began = performance.now()
  const set = loadRuleSet(manyRules())
  const rules = set.entries.filter(({ idle }) => idle === '')
  report({ name: `detector: ${rules.length} rules read and linked`, value: performance.now() - began, unit: 'ms' })
  const entries = Array.from({ length: 100 }, (_, turn): readonly PlacedRecord[] =>
    auditRecords({ seed: 3, first: turn * 400, count: 400, start, step: 200 }).map(({ record }, index) => ({
      position: { seq: turn + 1, index },
      record,
    })),
  )
  let detections = 0
  const rate = cpuRate(40_000, () => {
    const detector = createDetector(set, { enabled: () => true })
    detections = 0
    for (const entry of entries) detections += detector.step(entry).length
  })
  report({
    name: 'detector: events judged, one core',
    value: rate,
    unit: 'events/s',
    gate: { atLeast: 100_000 },
    note: `${rules.length} rules on, ${detections} detections of 40,000 made-up events of level Metadata`,
  })
  await throughServer(report)
}

const markers = 160
const markerRules = 40
const perSecond = 5000
const batch = 100
const flags = process.env.NODE_FLAGS?.split(' ').filter((flag) => flag !== '')

/** Events at a steady rate into the real server; some of them, each by somebody else, open a case. */
const throughServer: Bench = async (report) => {
  await using loaded = await loadedServer(({ dir }) => {
    const args = manyRulesOn(join(dir, 'rules'))
    for (let index = 0; index < markerRules; index++)
      writeFileSync(join(dir, 'rules', `marker-${index}.yml`), markerRule(index))
    return args
  }, flags)
  const { server } = loaded
  const seen = await follow(server)

  const sentAt = new Map<string, number>()
  const count = markers * 5 * batch
  const time = Date.now() * 1000
  const quiet = quietEvents({ seed: 5, first: 0, count, start: time, step: 200 })
  const turns = Array.from({ length: markers * 5 }, (_, turn) => {
    const items = quiet.slice(turn * batch, (turn + 1) * batch)
    const principal = `marked-${turn / 5}`
    if (turn % 5 === 0) {
      const target = {
        group: '',
        version: 'v1',
        resource: 'secrets',
        subresource: '',
        namespace: 'shop',
        name: `x-marker-${(turn / 5) % markerRules}`,
      }
      items[0] = audit((time - start) / 1_000_000 + turn * 0.02, {
        auditId: `m-${turn}`,
        verb: 'delete',
        user: principal,
        // Whoever comes from one address, before it is known as many people's, is told of in one case.
        sourceIps: [`10.7.0.${turn / 5}`],
        target,
      }).event
    }
    return { principal, body: listOf(items) }
  })
  await loaded.metrics()
  const first = performance.now()
  const sends: Promise<number>[] = []
  for (const [turn, { principal, body }] of turns.entries()) {
    const due = first + (turn * batch * 1000) / perSecond
    const left = due - performance.now()
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
    if (turn % 5 === 0) sentAt.set(principal, Date.now())
    sends.push(loaded.send(body))
  }
  const acknowledged = await Promise.all(sends)
  const lag = (await loaded.metrics()).get('bulwark_nodejs_eventloop_lag_max_seconds')
  await eventually(
    loaded.metrics,
    (now) => (now.get('bulwark_detection{figure="events_judged"}') ?? 0) >= count,
    60_000,
  )
  // What was found last is told after it is written.
  await new Promise((resolve) => setTimeout(resolve, 3000))
  seen.end()

  const latencies: number[] = []
  for (const [id, at] of seen.at) {
    const { case: one } = await server.get(`/api/v1/cases/${id}`)
    const entities: unknown = Reflect.get(Object(one), 'entities')
    const names = (Array.isArray(entities) ? entities : []).map((entity) => String(Reflect.get(Object(entity), 'name')))
    const sent = names.map((name) => sentAt.get(name)).find((value) => value !== undefined)
    if (sent !== undefined) latencies.push(at - sent)
  }
  const note = `${latencies.length} of ${markers} cases, at ${perSecond} events/s, seen by the live stream; sender on the same ${availableParallelism()} cores; load of the machine ${(loadavg()[0] ?? 0).toFixed(1)}`
  report({
    name: 'cases told by the live stream',
    value: latencies.length,
    unit: `of ${markers}`,
    gate: { atLeast: markers },
  })
  report({ name: 'event to case, median', value: atPart(latencies, 0.5), unit: 'ms', note })
  report({ name: 'event to case, p99', value: atPart(latencies, 0.99), unit: 'ms', gate: { atMost: 2000 }, note })
  report({ name: 'acknowledgement, median', value: atPart(acknowledged, 0.5), unit: 'ms' })
  report({ name: 'acknowledgement, p99', value: atPart(acknowledged, 0.99), unit: 'ms', gate: { atMost: 50 } })
  report({ name: 'longest block of the event loop', value: (lag ?? Number.NaN) * 1000, unit: 'ms' })
}

/** Looks at deletes of one Secret, which only a marked event makes. */
const markerRule = (index: number): string =>
  madeRule(index)
    .text.replaceAll(/made/gi, 'marker')
    .replace('startswith', 'endswith')
    .replace(/marker-\d+\n {2}filter/, `marker-${index}\n  filter`)

/** When each case was first told of by the stream of cases. */
const follow = async (server: Served): Promise<{ readonly at: ReadonlyMap<string, number>; end(): void }> => {
  const abort = new AbortController()
  const at = new Map<string, number>()
  const answer = await fetch(`${server.url}/api/v1/cases/stream`, {
    headers: { authorization: `Bearer ${server.token}` },
    signal: abort.signal,
  })
  const read = async (): Promise<void> => {
    let rest = ''
    for await (const chunk of answer.body ?? []) {
      rest += Buffer.from(chunk).toString('utf8')
      const lines = rest.split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        if (!line.startsWith('data:')) continue
        const ids: unknown = Reflect.get(Object(JSON.parse(line.slice(5))), 'ids')
        for (const id of Array.isArray(ids) ? ids : []) if (!at.has(String(id))) at.set(String(id), Date.now())
      }
    }
  }
  void read().catch(() => undefined)
  return { at, end: () => abort.abort() }
}

await runBench(import.meta, bench)
