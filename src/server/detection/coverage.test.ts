import assert from 'node:assert/strict'
import { test } from 'node:test'
import { failedRead, secretRead } from '../../detect/fixture.ts'
import { loadRuleSet } from '../../detect/rule-set.ts'
import type { SourceState, SourceStatus } from '../../model/source.ts'
import type { SeenRequest } from '../../store/index.ts'
import { type CoverageParts, createCoverage } from './coverage.ts'

const source = (type: string, state: SourceState, message = 'as it is'): SourceStatus => ({
  id: type,
  type,
  cluster: 'shop',
  state,
  message,
  since: 0,
  lastRecordAt: undefined,
  recordsTotal: 0,
  bytesTotal: 0,
  recordsPerSecond: 0,
  lagMillis: undefined,
  gapsTotal: 0,
  quarantinedTotal: 0,
  missing: [],
})
const reading = `title: Privileged pod
id: 66666666-6666-4666-8666-666666666666
status: stable
level: high
logsource: {product: kubernetes, service: audit}
detection:
  sel: {verb: create, objectRef.resource: pods, requestObject.spec.hostPID: true}
  condition: sel
`
const baseline = `title: A new name
id: 55555555-5555-4555-8555-555555555555
level: medium
baseline: {type: new, rules: [secret-read], group-by: [user.username], values: [objectRef.name], learn: 2m}
`
const set = loadRuleSet([
  { name: 'a.yml', text: [secretRead, failedRead, reading, baseline].join('---\n'), origin: 'user' },
])
const [secret, failed, pod, name] = [
  '11111111-1111-4111-8111-111111111111',
  '22222222-2222-4222-8222-222222222222',
  '66666666-6666-4666-8666-666666666666',
  '55555555-5555-4555-8555-555555555555',
] as const
const bare: SeenRequest = {
  resource: 'pods',
  subresource: '',
  verb: 'create',
  events: 40,
  withRequest: 0,
  withResponse: 0,
  withoutBody: 0,
}

const coverageWith = (more: Partial<CoverageParts> = {}) =>
  createCoverage({
    lastFired: () => new Map([[secret, { fired: 2, lastFired: 1_000_000 }]]),
    running: () => ({ set, enabled: ({ id }) => id !== failed }),
    baselines: () => set.baselines.map((rule) => ({ rule, groups: 3, learning: 3, saturated: 0, evicted: 0, late: 0 })),
    sources: () => [source('cluster', 'connected'), source('audit-webhook', 'connected')],
    seenRequests: async () => [bare],
    selftests: () => new Map(),
    now: () => 2_000_000,
    ...more,
  })

test('what the last self-test found stands in the row of its rule, and in no other', async () => {
  const found = { kind: 'failed', why: 'w', act: 'a', at: 't', by: 'alice', isOutdated: false } as const
  const { rows } = await coverageWith({ selftests: () => new Map([[pod, found]]) }).answer()
  assert.deepEqual(
    rows.map(({ rule, origin, selftest }) => [rule, origin, selftest]),
    [secret, failed, pod, name].map((rule) => [rule, 'user', rule === pod ? found : undefined]),
  )
})

test('each rule is told by what its source does, what fired, what it learns, and what the record holds', async () => {
  const { at, sources, rows } = await coverageWith().answer()
  assert.equal(at, '1970-01-01T00:00:02.000000Z')
  assert.deepEqual(sources, [
    { id: 'cluster', title: 'Cluster', state: 'connected' },
    { id: 'audit-webhook', title: 'Audit log (webhook)', state: 'connected' },
    { id: 'runtime', title: 'Runtime sensor', state: 'absent' },
  ])
  const cells = new Map(rows.map((row) => [row.rule, row.cells['audit-webhook']]))
  assert.deepEqual(cells.get(secret), { kind: 'fires', lastFired: '1970-01-01T00:00:01.000000Z' })
  assert.equal(cells.get(failed)?.kind, 'off')
  const blind = cells.get(pod)
  assert.ok(blind?.kind === 'cannot')
  assert.match(blind.why, /none of 40 events of pods has it/)
  assert.match(blind.mend, /level: Request/)
  assert.deepEqual(cells.get(name), {
    kind: 'learning',
    why: 'none of 3 groups has been seen for as long as it learns',
  })
  assert.equal((await coverageWith().byRule()).get(pod)?.kind, 'cannot')
})

test('a source that is silent, broken or not begun covers nothing, and says which command mends it', async () => {
  const mends: Readonly<Record<string, RegExp>> = {
    'audit-webhook': /^npx bulwark audit-kubeconfig/,
    'audit-file': /--audit-log FILE/,
    falco: /^npx bulwark connect falco$/,
    'tetragon-file': /^npx bulwark connect tetragon$/,
  }
  for (const state of ['silent', 'broken', 'starting'] as const) {
    for (const [type, mend] of Object.entries(mends)) {
      const coverage = coverageWith({
        sources: () => [source(type, state, 'nothing came yet')],
        running: () => ({
          set: loadRuleSet([
            { name: 'a.yml', text: secretRead, origin: 'user' },
            {
              name: 'f.yaml',
              text: '- rule: Shell\n  desc: d\n  condition: evt.type = execve\n  output: o\n  priority: NOTICE\n',
              origin: 'user',
            },
          ]),
          enabled: () => true,
        }),
      })
      const { rows } = await coverage.answer()
      const cell = rows.flatMap(({ cells }) => cells[type] ?? [])[0]
      assert.ok(cell?.kind === 'cannot', `${type} ${state}`)
      assert.match(cell.why, /nothing came yet/)
      assert.match(cell.mend, mend)
    }
  }
})

test('the record is counted once for many who ask, and a store that does not answer is not waited for', async () => {
  let asked = 0
  const counted = coverageWith({
    seenRequests: async () => {
      asked += 1
      return [bare]
    },
  })
  await Promise.all([counted.answer(), counted.byRule(), counted.answer()])
  await counted.answer()
  assert.equal(asked, 1)

  const gate = Promise.withResolvers<readonly SeenRequest[]>()
  const hanging = coverageWith({ seenRequests: () => gate.promise })
  const { rows } = await hanging.answer()
  assert.equal(rows.find(({ rule }) => rule === pod)?.cells['audit-webhook']?.kind, 'could-fire')
  gate.resolve([bare])
  await gate.promise
  await Promise.resolve()
  assert.equal((await hanging.byRule()).get(pod)?.kind, 'cannot')

  const failing = coverageWith({ seenRequests: () => Promise.reject(new Error('down')) })
  assert.equal((await failing.byRule()).get(pod)?.kind, 'could-fire')
})
