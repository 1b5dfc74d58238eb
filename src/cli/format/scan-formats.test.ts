import assert from 'node:assert/strict'
import test from 'node:test'
import { readText } from '../../sources/manifests/index.ts'
import type { ScanReport } from '../scan/report.ts'
import { scan } from '../scan/scan.ts'
import { paintFor, wantsColor } from './paint.ts'
import { scanJson } from './scan-json.ts'
import { scanSarif } from './scan-sarif.ts'
import { scanTable } from './scan-table.ts'

const text = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  template:
    spec:
      containers:
        - name: web
          securityContext: {privileged: true}
        - name: log
          securityContext: {privileged: true}
---
a: 1
---
b: 1
---
x: [
`

const reportOf = async (file: string): Promise<ScanReport> => {
  async function* items() {
    yield* readText(file, text)
  }
  return { ...(await scan(items(), { level: 'baseline', version: 'v1.30' })), files: 1 }
}

test('the table groups by file and workload, and ends with what to do and the sums', async () => {
  const report = await reportOf('deploy/web.yaml')
  assert.equal(
    scanTable(report, paintFor(false), { quiet: false }),
    `deploy/web.yaml
  Deployment shop/web  satisfies privileged
    ✖ critical  deploy/web.yaml:9:29  privileged (containers "web", "log" must not set securityContext.privileged=true)

Could not be read
  deploy/web.yaml:18:1  the document cannot be read: it ends inside a list, a mapping or a quoted text

Left out
  deploy/web.yaml:13:1  not a Kubernetes object (it has neither apiVersion nor kind), and 1 more such document

How to mend
  Privileged container: Set securityContext.privileged to false, and add only the capabilities that are needed.

1 file, 1 object, 1 workload: 1 critical against baseline:v1.30. 1 problem above: not everything could be read, so there may be more.
`,
  )
})

test('the quiet table says only what is wrong', async () => {
  const shown = scanTable(await reportOf('web.yaml'), paintFor(false), { quiet: true })
  assert.doesNotMatch(shown, /Left out|How to mend|against/)
  assert.match(shown, /critical.*Could not be read/s)
})

test('colour only on a terminal that wants it', () => {
  assert.equal(paintFor(true).severity('critical', 'x'), '\u001b[1;31mx\u001b[22;39m')
  assert.deepEqual(
    [
      wantsColor(true, {}),
      wantsColor(false, {}),
      wantsColor(true, { NO_COLOR: '1' }),
      wantsColor(true, { TERM: 'dumb' }),
    ],
    [true, false, false, false],
  )
})

test('JSON holds every finding with its places, and every problem', async () => {
  const { findings, problems, ...rest } = JSON.parse(scanJson(await reportOf('web.yaml')))
  assert.deepEqual(rest, {
    level: 'baseline',
    version: 'v1.30',
    complete: false,
    summary: { files: 1, objects: 1, workloads: 1, findings: { critical: 1, high: 0, medium: 0, low: 0, info: 0 } },
  })
  assert.deepEqual(findings, [
    {
      id: 'pod-security/privileged:apps/Deployment/shop/web:spec.template.spec',
      check: 'pod-security/privileged',
      title: 'Privileged container',
      severity: 'critical',
      object: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' },
      message: 'privileged (containers "web", "log" must not set securityContext.privileged=true)',
      remediation: 'Set securityContext.privileged to false, and add only the capabilities that are needed.',
      reference: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/#baseline',
      file: 'web.yaml',
      locations: [
        { path: 'spec.template.spec.containers[0].securityContext.privileged', line: 9, column: 29 },
        { path: 'spec.template.spec.containers[1].securityContext.privileged', line: 11, column: 29 },
      ],
    },
  ])
  assert.deepEqual(
    problems.map((one: { level: string; line: number }) => [one.level, one.line]),
    [
      ['note', 13],
      ['note', 15],
      ['error', 18],
    ],
  )
})

test('SARIF names the rule, the places with relative addresses, and that the run was not whole', async () => {
  const log = JSON.parse(scanSarif(await reportOf('a folder/ü.yaml'), '1.2.3'))
  assert.equal(log.version, '2.1.0')
  const [run] = log.runs
  assert.deepEqual(
    { ...run.tool.driver, rules: run.tool.driver.rules.length },
    { name: 'Bulwark', semanticVersion: '1.2.3', rules: 19 },
  )
  const [result] = run.results
  assert.deepEqual(run.tool.driver.rules[result.ruleIndex].id, result.ruleId)
  assert.deepEqual(result, {
    ruleId: 'pod-security/privileged',
    ruleIndex: 6,
    level: 'error',
    message: {
      text: 'Deployment shop/web: privileged (containers "web", "log" must not set securityContext.privileged=true). Set securityContext.privileged to false, and add only the capabilities that are needed.',
    },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'a%20folder/%C3%BC.yaml' },
          region: { startLine: 9, startColumn: 29 },
        },
        logicalLocations: [
          {
            fullyQualifiedName: 'Deployment shop/web spec.template.spec.containers[0].securityContext.privileged',
            kind: 'object',
          },
        ],
      },
    ],
    relatedLocations: [
      {
        physicalLocation: {
          artifactLocation: { uri: 'a%20folder/%C3%BC.yaml' },
          region: { startLine: 11, startColumn: 29 },
        },
      },
    ],
    partialFingerprints: { 'bulwarkFinding/v1': 'pod-security/privileged:apps/Deployment/shop/web:spec.template.spec' },
  })
  assert.equal(run.invocations[0].executionSuccessful, false)
  assert.deepEqual(
    run.invocations[0].toolExecutionNotifications.map((one: { level: string }) => one.level),
    ['note', 'note', 'error'],
  )
})
