import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { createCorrelator, createMatcher, kubernetesAudit, loadSigma } from '../../../src/engines/sigma/index.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { yamlFiles } from '../../conformance/sigma-files.ts'
import { type Bench, runBench } from '../report.ts'

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

const bench: Bench = async (report) => {
  const dir = join(import.meta.dirname, '../../../../shared/conformance/sigma-kubernetes')
  if (existsSync(dir)) {
    const { rules } = loadSigma(yamlFiles(dir), { sources: [kubernetesAudit] })
    const enabled = rules.filter((one) => one.enabled)
    const matcher = createMatcher(enabled.map(({ predicate }) => predicate))
    const took = seconds(() => {
      for (const event of events) matcher.matches(event)
    })
    const name = 'sigma: parsed audit events through the upstream rules'
    report({ name, value: Math.round(events.length / took), unit: 'events/s', note: `${enabled.length} rules` })
  }
  const text = Array.from({ length: 10_000 }, (_, index) => rule(index)).join('')
  const load = seconds(() => {
    loadSigma([{ name: 'rules.yml', text }], { sources: [kubernetesAudit] })
  })
  report({ name: 'sigma: load a file of 10,000 rules', value: Math.round(load * 1000), unit: 'ms' })
  const small = Array.from({ length: 500 }, (_, index) => rule(index)).join('')
  const many = loadSigma([{ name: 'rules.yml', text: small }], { sources: [kubernetesAudit] })
  const matcher = createMatcher(many.rules.map(({ predicate }) => predicate))
  const took = seconds(() => {
    for (const event of events) matcher.matches(event)
  })
  report({
    name: 'sigma: parsed audit events through 500 rules',
    value: Math.round(events.length / took),
    unit: 'events/s',
  })

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
