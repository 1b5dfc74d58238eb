// A storm: a million events (EVENTS) that differ in nothing but their audit ID and time, through the real server with 300
// rules, as fast as they are taken and no faster than in a minute. One case, the right count, and memory that does not grow.
import { writeFileSync } from 'node:fs'
import { availableParallelism, loadavg } from 'node:os'
import { join } from 'node:path'
import { audit, secretRead } from '../../src/detect/fixture.ts'
import { formatMicros } from '../../src/model/time.ts'
import { eventually } from '../server/process.ts'
import { atPart, type LoadedServer, listOf, loadedServer } from './live-server.ts'
import { manyRulesOn } from './many-rules.ts'
import { type Bench, runBench } from './report.ts'

const total = Number(process.env.EVENTS ?? 1_000_000)
const batch = 400
const senders = 4
const seconds = 60

const bench: Bench = async (report) => {
  await using loaded = await loadedServer(({ dir }) => {
    const args = manyRulesOn(join(dir, 'rules'))
    writeFileSync(join(dir, 'rules', 'storm.yml'), secretRead.replace('title: Secret read', 'title: Storm'))
    return args
  })
  const began = performance.now()
  const { latencies, memory } = await storm(loaded)
  const taken = (performance.now() - began) / 1000
  const load = loadavg()[0] ?? 0
  const figure = (name: string, now: ReadonlyMap<string, number>) =>
    now.get(`bulwark_detection{figure="${name}"}`) ?? Number.NaN
  const seen = await eventually(loaded.metrics, (now) => figure('events_judged', now) >= total, 300_000)
  // Read from the desk: what was found last is written by then.
  const { items } = await eventually(
    () => loaded.server.get('/api/v1/cases'),
    (answer) => countsOf(answer.items).some((count) => count >= total),
  )
  const note = `${total.toLocaleString('en')} events, sender on the same ${availableParallelism()} cores; load of the machine ${load.toFixed(1)}`
  report({ name: 'storm: acknowledged', value: total / taken, unit: 'events/s', note })
  report({ name: 'storm: acknowledgement, p99', value: atPart(latencies, 0.99), unit: 'ms' })
  report({
    name: 'storm: cases',
    value: countsOf(items).length,
    unit: 'cases',
    note: `the rule of the storm counts ${countsOf(items).join(', ')}; ${figure('detections', seen)} detections of all rules, ${figure('cases_in_memory', seen)} cases of ${figure('steps_in_memory', seen)} steps in memory`,
  })
  report({
    name: 'storm: memory of the server at its end, of that after a tenth',
    value: (memory.at(-1) ?? Number.NaN) / (memory[0] ?? Number.NaN),
    unit: '×',
    note: `after each tenth, in MiB: ${memory.map((bytes) => Math.round(bytes / 2 ** 20)).join(', ')}`,
  })
}

/** Sends it. Memory is that of the server after each tenth, in bytes. */
const storm = async (loaded: LoadedServer) => {
  const latencies: number[] = []
  const memory: number[] = []
  const first = performance.now()
  const turns = total / batch
  let next = 0
  const send = async (): Promise<void> => {
    while (next < turns) {
      const turn = next
      next += 1
      const left = first + (turn * seconds * 1000) / turns - performance.now()
      if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
      latencies.push(await loaded.send(bodyOf(turn)))
      if ((turn + 1) % Math.floor(turns / 10) === 0)
        memory.push(loaded.processes().find(({ part }) => part === 'server')?.residentBytes ?? Number.NaN)
    }
  }
  await Promise.all(Array.from({ length: senders }, send))
  return { latencies, memory }
}

const like = audit(0).event
const startedAt = Date.now() * 1000

const bodyOf = (turn: number): string =>
  listOf(
    Array.from({ length: batch }, (_, index) => {
      const number = turn * batch + index
      const time = formatMicros(startedAt + Math.floor((number * seconds * 1_000_000) / total))
      const auditID = `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`
      return { ...like, auditID, requestReceivedTimestamp: time, stageTimestamp: time }
    }),
  )

/** How many detections of the storm's rule each case counts. */
const countsOf = (items: unknown): readonly number[] =>
  (Array.isArray(items) ? items : []).flatMap((one: unknown) => {
    const rules: unknown = Reflect.get(Object(one), 'rules')
    return (Array.isArray(rules) ? rules : [])
      .filter((rule) => Reflect.get(Object(rule), 'title') === 'Storm')
      .map((rule) => Number(Reflect.get(Object(rule), 'detections')))
  })

await runBench(import.meta, bench)
