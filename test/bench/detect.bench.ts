// What rules cost: the detector alone with 300 rules, and from an event's hand-over to its case in the real server.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createDetector } from '../../src/detect/detector.ts'
import { audit, start } from '../../src/detect/fixture.ts'
import { isRuleFile, loadRuleSet, type RuleFile } from '../../src/detect/rule-set.ts'
import type { PlacedRecord } from '../../src/model/record.ts'
import { shippedSets } from '../../src/server/detection/rule-keeper.ts'
import { freePorts } from '../cluster/ports.ts'
import { bulwark, makeHome, type Served, served } from '../server/process.ts'
import { cpuRate } from './engines/cpu-rate.ts'
import { type Bench, runBench } from './report.ts'
import { auditRecords } from './store-records.ts'

const rulesWanted = 300
const folder = join(import.meta.dirname, '..', '..', 'rules')
const token = 'ef'.repeat(24)

/** All shipped sets, filled up with made-up rules. */
const files = (): readonly RuleFile[] => {
  const shipped = shippedSets.flatMap((set) =>
    (existsSync(join(folder, set)) ? readdirSync(join(folder, set), { recursive: true, encoding: 'utf8' }) : [])
      .filter(isRuleFile)
      .map((name) => ({ name: `${set}/${name}`, text: readFileSync(join(folder, set, name), 'utf8'), origin: set })),
  )
  const missing = Math.max(0, rulesWanted - loadRuleSet(shipped).entries.filter(({ idle }) => idle === '').length)
  return [...shipped, ...Array.from({ length: missing }, (_, index) => made(index))]
}

const made = (index: number): RuleFile => ({
  name: `made/${index}.yml`,
  origin: 'user',
  text: `title: Made ${index}
name: made-${index}
level: medium
logsource: {product: kubernetes, service: audit}
detection:
  selection:
    verb: [create, update, patch, delete]
    objectRef.resource: [resource-${index % 40}, secrets]
    objectRef.name|startswith: made-${index}
  filter: {user.username|startswith: 'system:'}
  condition: selection and not filter
`,
})

const bench: Bench = async (report) => {
  const began = performance.now()
  const set = loadRuleSet(files())
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

/** Events at a steady rate into the real server; some of them, each by somebody else, open a case. */
const throughServer: Bench = async (report) => {
  using home = makeHome()
  const [port = 0] = await freePorts(1)
  mkdirSync(join(home.dir, '.kube'))
  const kubeconfig = {
    'current-context': 'none',
    contexts: [{ name: 'none', context: { cluster: 'none', user: 'none' } }],
    clusters: [{ name: 'none', cluster: { server: 'https://127.0.0.1:1' } }],
    users: [{ name: 'none', user: {} }],
  }
  writeFileSync(join(home.dir, '.kube', 'config'), JSON.stringify(kubeconfig))
  const data = join(home.dir, 'record')
  const rules = join(home.dir, 'rules')
  for (const dir of [data, rules]) mkdirSync(dir)
  writeFileSync(join(data, 'audit-webhook-token'), token, { mode: 0o600 })
  for (let index = 0; index < rulesWanted / 2; index++) writeFileSync(join(rules, `${index}.yml`), made(index).text)
  for (let index = 0; index < markerRules; index++)
    writeFileSync(
      join(rules, `marker-${index}.yml`),
      made(index)
        .text.replaceAll(/made/gi, `marker`)
        .replace('startswith', 'endswith')
        .replace(/marker-\d+\n {2}filter/, `marker-${index}\n  filter`),
    )
  const args = ['serve', '--data-dir', data, '--audit-listen', `127.0.0.1:${port}`, '--port', '0', '--rules', rules]
  await using running = bulwark(home, [...args, '--rule-sets', 'bulwark,falco,sigmahq'])
  const server = await served(home, running)
  const seen = await follow(server)

  const sentAt = new Map<string, number>()
  const turns = Array.from({ length: markers * 5 }, (_, turn) => {
    const time = Date.now() * 1000
    const records = auditRecords({ seed: 5, first: turn * batch, count: batch, start: time, step: 200 })
    const items = records.map(({ record }) => (record.kind === 'audit' ? record.event : {}))
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
      items[0] = audit((time - start) / 1_000_000, {
        auditId: `m-${turn}`,
        verb: 'delete',
        user: principal,
        target,
      }).event
    }
    return { principal, body: JSON.stringify({ kind: 'EventList', apiVersion: 'audit.k8s.io/v1', items }) }
  })
  const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json' }
  const first = performance.now()
  const sends: Promise<unknown>[] = []
  for (const [turn, { principal, body }] of turns.entries()) {
    const due = first + (turn * batch * 1000) / perSecond
    const left = due - performance.now()
    if (left > 0) await new Promise((resolve) => setTimeout(resolve, left))
    if (turn % 5 === 0) sentAt.set(principal, Date.now())
    sends.push(
      fetch(`http://127.0.0.1:${port}/audit`, { method: 'POST', headers, body }).then((answer) => answer.arrayBuffer()),
    )
  }
  await Promise.all(sends)
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
  latencies.sort((a, b) => a - b)
  const note = `${latencies.length} of ${markers} cases, at ${perSecond} events/s, seen by the live stream; sender on the same 2 cores`
  const at = (part: number): number =>
    latencies[Math.min(latencies.length - 1, Math.floor(latencies.length * part))] ?? Number.NaN
  report({ name: 'event to case, median', value: at(0.5), unit: 'ms', note })
  report({ name: 'event to case, p99', value: at(0.99), unit: 'ms', gate: { atMost: 2000 }, note })
}

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
