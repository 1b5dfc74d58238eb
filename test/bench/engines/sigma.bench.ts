// Upstream's rules, and variants of them, over made-up audit events of three kinds, on one core.
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isRuleFile, loadRuleSet } from '../../../src/detect/rule-set.ts'
import { createFalcoEngine, type EventObject, loadFalcoRules } from '../../../src/engines/falco/index.ts'
import {
  createCorrelator,
  createMatcher,
  createPlainMatcher,
  kubernetesAudit,
  loadSigma,
} from '../../../src/engines/sigma/index.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { openRecording } from '../../../src/sources/replay/index.ts'
import { yamlFiles } from '../../conformance/sigma-files.ts'
import { type Bench, runBench } from '../report.ts'
import { auditLines } from './audit-lines.ts'
import { cpuRate } from './cpu-rate.ts'
import { sigmaRules } from './sigma-rules.ts'

const shared = join(import.meta.dirname, '../../../../shared/conformance')
const stockRules = join(shared, 'falco-k8saudit/k8saudit/rules/k8s_audit_rules.yaml')

const rule = (index: number): string => `---
title: rule ${index}
name: rule_${index}
logsource: {product: kubernetes, service: audit}
detection:
  selection:
    verb: [create, update, patch]
    objectRef.resource: resource-${index % 50}
    requestURI|contains: [/a-${index}/, /b-${index}/]
  filter: {user.username|startswith: 'system:'}
  condition: selection and not filter
`

const audit = (index: number): JsonObject => ({
  kind: 'Event',
  stage: 'ResponseComplete',
  auditID: `00000000-0000-4000-8000-${String(index).padStart(12, '0')}`,
  verb: ['get', 'list', 'watch', 'create', 'update', 'patch'][index % 6],
  requestURI: `/api/v1/namespaces/shop-${index % 100}/pods/web-${index}`,
  user: { username: index % 3 === 0 ? 'alice' : 'system:node:a', groups: ['system:authenticated'] },
  sourceIPs: [`10.0.${index % 200}.1`],
  userAgent: 'kubectl/v1.37.0',
  objectRef: {
    resource: ['pods', 'secrets', 'resource-7'][index % 3],
    namespace: 'shop',
    name: `web-${index}`,
    apiVersion: 'v1',
  },
  responseStatus: { code: index % 20 === 0 ? 403 : 200 },
  requestObject: { kind: 'Pod', spec: { containers: [{ name: 'a', image: 'registry/a:1', securityContext: {} }] } },
  annotations: { 'authorization.k8s.io/decision': 'allow' },
})

const events = Array.from({ length: 20_000 }, (_, index) => audit(index))

/** Seconds of the fastest of three runs. */
const seconds = (run: () => void): number =>
  Math.min(
    ...[1, 2, 3].map(() => {
      const start = performance.now()
      run()
      return (performance.now() - start) / 1000
    }),
  )

const kinds = ['write-heavy', 'mixed', 'quiet'] as const

/** 16 rules of upstream, and variants up to a number of all. */
const ruleSets = (upstream: readonly { readonly name: string; readonly text: string }[]) => {
  const options = { sources: [kubernetesAudit] }
  const stock = loadSigma(upstream, options).rules.filter((one) => one.enabled)
  const text = sigmaRules(300 - stock.length)
  const both = loadSigma([...upstream, { name: 'variants.yml', text }], options)
  if (both.problems.length > 0) throw new Error(`a variant is refused: ${both.problems[0]?.what}`)
  return { stock, many: both.rules.filter((one) => one.enabled) }
}

/** All rules that ship with Bulwark, over the audit events of the recording that ships with it. */
const shipped: Bench = async (report) => {
  const root = join(import.meta.dirname, '../../..')
  const names = readdirSync(join(root, 'rules'), { recursive: true, encoding: 'utf8' }).filter(isRuleFile).sort()
  const set = loadRuleSet(
    names.map((name) => ({ name, text: readFileSync(join(root, 'rules', name), 'utf8'), origin: 'bulwark' })),
  )
  const predicates = set.sigma.rules.filter((one) => one.enabled).map(({ predicate }) => predicate)
  const [matcher, plain, falco] = [
    createMatcher(predicates),
    createPlainMatcher(predicates),
    createFalcoEngine(set.falco),
  ]
  const recorded: (JsonObject & EventObject)[] = []
  for await (const read of (await openRecording(join(root, 'recordings/shop.jsonl.zst'))).lines()) {
    if (read.kind === 'line' && read.line.s === 'audit') recorded.push(JSON.parse(JSON.stringify(read.line.d)))
  }
  const rate = (of: (event: JsonObject & EventObject) => void): number =>
    cpuRate(recorded.length, () => {
      for (const event of recorded) of(event)
    })
  const alone = rate((event) => matcher.matches(event))
  const unindexed = rate((event) => plain.matches(event))
  const both = rate((event) => {
    matcher.matches(event)
    falco.evaluate(event)
  })
  const note = `${(alone / unindexed).toFixed(1)} times the ${unindexed} without the index; the recording that ships`
  const unit = 'events/CPU-s'
  report({ name: `sigma: the ${predicates.length} rules that ship`, value: alone, unit, note })
  report({ name: `sigma: the same and Falco's ${falco.size}`, value: both, unit, gate: { atLeast: 100_000 } })
}

const bench: Bench = async (report) => {
  await shipped(report)
  const dir = join(shared, 'sigma-kubernetes')
  if (existsSync(dir)) {
    const { stock, many } = ruleSets(yamlFiles(dir))
    const falco = createFalcoEngine(loadFalcoRules([{ path: stockRules, text: readFileSync(stockRules, 'utf8') }]))
    for (const kind of kinds) {
      const parsed = auditLines(kind, 20_000).map((line): JsonObject & EventObject => JSON.parse(line))
      for (const rules of [stock, many]) {
        const predicates = rules.map(({ predicate }) => predicate)
        const matcher = createMatcher(predicates)
        const plain = createPlainMatcher(predicates)
        let matches = 0
        const indexed = cpuRate(parsed.length, () => {
          matches = 0
          for (const event of parsed) matches += matcher.matches(event).length
        })
        const few = parsed.slice(0, 2000)
        const unindexed = cpuRate(few.length, () => {
          for (const event of few) plain.matches(event)
        })
        report({
          name: `sigma: parsed events through ${rules.length} rules, ${kind}`,
          value: indexed,
          unit: 'events/CPU-s',
          ...(rules === many && { gate: { atLeast: 100_000 } }),
          note: `${(indexed / unindexed).toFixed(1)} times the ${unindexed} without the index; ${(matches / parsed.length).toFixed(2)} matches an event`,
        })
        if (rules === stock) continue
        const both = cpuRate(parsed.length, () => {
          for (const event of parsed) {
            falco.evaluate(event)
            matcher.matches(event)
          }
        })
        report({
          name: `sigma: the same and Falco's ${falco.size} stock rules, ${kind}`,
          value: both,
          unit: 'events/CPU-s',
          gate: { atLeast: 100_000 },
        })
      }
    }
  } else report({ name: 'sigma: upstream rules', value: 0, unit: 'events/CPU-s', note: `left out: no ${dir}` })
  for (const [name, file] of [
    ['load 1,000 rules, each compiled', sigmaRules(1000)],
    ['load a file of 10,000 rules', Array.from({ length: 10_000 }, (_, index) => rule(index)).join('')],
    ['read a file with 10,000 errors', '---\ntitle: x\ndetection: {}\n'.repeat(10_000)],
  ] as const) {
    const took = seconds(() => {
      const { rules } = loadSigma([{ name: 'rules.yml', text: file }], { sources: [kubernetesAudit] })
      createMatcher(rules.map(({ predicate }) => predicate))
    })
    report({ name: `sigma: ${name}`, value: Math.round(took * 1000), unit: 'ms' })
  }
  const correlated = loadSigma(
    [
      {
        name: 'c.yml',
        text: `title: denied
name: denied
logsource: {product: kubernetes, service: audit}
detection: {s: {responseStatus.code: [200, 403]}, condition: s}
---
title: many
correlation: {type: event_count, rules: [denied], group-by: [sourceIPs], timespan: 5m, condition: {gte: 10}}
---
title: spread
correlation: {type: value_count, rules: [denied], group-by: [user.username], timespan: 5m, condition: {gte: 50, field: objectRef.name}}
`,
      },
    ],
    { sources: [kubernetesAudit] },
  )
  const correlator = createCorrelator(correlated)
  const windows = seconds(() => {
    let state = correlator.start()
    for (const [index, event] of events.entries()) {
      const time = index * 10_000
      const input = {
        kind: 'event',
        time,
        receivedAt: time,
        event,
        matched: correlated.rules,
        ref: String(index),
      } as const
      state = correlator.step(state, input).state
    }
  })
  const note = 'each event into two correlations'
  report({
    name: 'sigma: matched events through windows',
    value: Math.round(events.length / windows),
    unit: 'events/s',
    note,
  })
}

export default bench
await runBench(import.meta, bench)
