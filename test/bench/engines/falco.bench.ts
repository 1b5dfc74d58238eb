// Stock rules of the k8saudit plugin over made-up audit events of three kinds, on one core.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createFalcoEngine, type EventObject, loadFalcoRules } from '../../../src/engines/falco/index.ts'
import { type Bench, runBench } from '../report.ts'
import { auditLines } from './audit-lines.ts'
import { cpuRate } from './cpu-rate.ts'
import { falcoRate } from './falco-peer.ts'

const stockRules = join(
  import.meta.dirname,
  '../../../../shared/conformance/falco-k8saudit/k8saudit/rules/k8s_audit_rules.yaml',
)

/**
 * For where there is no Falco on the PATH. Falco 0.63 on the same kinds of events, with the same rules: events for a second
 * of CPU (2 cores of AMD EPYC, 100,000 lines from a file, alerts as JSON to a file).
 */
const falcoItself = { 'write-heavy': 6400, mixed: 7200, quiet: 8200 } as const

const bench: Bench = async (report) => {
  if (!existsSync(stockRules)) {
    report({ name: 'falco: stock rules', value: 0, unit: 'events/CPU-s', note: `left out: no ${stockRules}` })
    return
  }
  const file = { path: stockRules, text: readFileSync(stockRules, 'utf8') }
  const loadStarted = performance.now()
  const loaded = loadFalcoRules([file])
  report({ name: 'falco: load of the stock rules', value: round(performance.now() - loadStarted), unit: 'ms' })
  const engine = createFalcoEngine(loaded)
  for (const kind of ['write-heavy', 'mixed', 'quiet'] as const) {
    const lines = auditLines(kind, 20_000)
    const bytes = Math.round(lines.reduce((sum, line) => sum + line.length, 0) / lines.length)
    const events = lines.map((line): EventObject => JSON.parse(line))
    let alerts = 0
    const parsed = cpuRate(lines.length, () => {
      alerts = 0
      for (const event of events) alerts += engine.evaluate(event)?.length ?? 0
    })
    const note = `${bytes} B an event, ${Math.round((alerts * 100) / lines.length)} % raise an alert`
    report({
      name: `falco: parsed events, ${kind}`,
      value: parsed,
      unit: 'events/CPU-s',
      gate: { atLeast: 100_000 },
      note,
    })
    const raw = cpuRate(lines.length, () => {
      for (const line of lines) {
        const event: EventObject = JSON.parse(line)
        engine.evaluate(event)
      }
    })
    report({ name: `falco: lines with parsing, ${kind}`, value: raw, unit: 'events/CPU-s', note })
    const peer = falcoRate(lines, stockRules)
    const rate = peer.kind === 'measured' ? peer.perCpuSecond : falcoItself[kind]
    const where = peer.kind === 'measured' ? `Falco ${peer.version} in this run` : `${peer.why}: as measured elsewhere`
    report({
      name: `falco: lines with parsing, ${kind}, to Falco itself`,
      value: round(raw / rate),
      unit: 'times',
      gate: { atLeast: 10 },
      note: `Falco: ${rate} events for a second of CPU (${where})`,
    })
  }
}

const round = (value: number): number => Math.round(value * 10) / 10

export default bench
await runBench(import.meta, bench)
