import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Case } from '../../model/case.ts'
import { ClusterState } from '../../state/cluster-state.ts'
import { createClusterContext } from './cluster-context.ts'
import { type SampleDetection, sampleDetection } from './fixture.ts'
import { type CaseContext, createCaseBook, noContext } from './index.ts'

const eve = { principal: 'eve', rule: 'r', title: 'A thing', minute: 0 } satisfies SampleDetection
const caseOf = (samples: readonly SampleDetection[], context: Partial<CaseContext> = {}): Case => {
  const book = createCaseBook()
  book.apply(samples.map(sampleDetection), { ...noContext, ...context })
  const [only, ...others] = book.cases()
  assert.ok(only !== undefined && others.length === 0)
  return only
}
const told = ({ severity, severityReasons }: Case): readonly string[] => [
  severity,
  ...severityReasons.map(({ text, steps }) => `${steps} ${text}`),
]
const admin = { rightsOf: () => ({ clusterAdmin: true, readsAllSecrets: true, by: 'by ClusterRoleBinding root' }) }

test('is that of the gravest step', () => {
  assert.deepEqual(told(caseOf([eve, { ...eve, rule: 's', title: 'Worse', severity: 'high' }])), [
    'high',
    '0 the gravest step, “Worse”, is high',
  ])
})

test('goes up for rights, and keeps that when they are gone', () => {
  assert.deepEqual(told(caseOf([eve], admin)), [
    'high',
    '0 the gravest step, “A thing”, is medium',
    '1 eve may do anything in the cluster (by ClusterRoleBinding root)',
  ])
  const book = createCaseBook()
  book.apply([sampleDetection(eve)], { ...noContext, ...admin })
  book.apply([sampleDetection({ ...eve, minute: 1 })], noContext)
  assert.equal([...book.cases()][0]?.severity, 'high')
})

test('goes up for rights that come through a group, whichever step names it, also over a restart', () => {
  const state = new ClusterState()
  const context = { ...noContext, ...createClusterContext(() => state) }
  const [root, plain] = [
    sampleDetection({ ...eve, groups: ['dev', 'system:masters'] }),
    sampleDetection({ ...eve, groups: ['dev'], rule: 's', title: 'Another', minute: 1 }),
  ]
  const expected = [
    'high',
    '0 the gravest step, “A thing”, is medium',
    '1 eve may do anything in the cluster (as a member of system:masters)',
  ]
  for (const order of [
    [root, plain],
    [plain, root],
  ]) {
    const book = createCaseBook()
    for (const one of order) book.apply([one], context)
    assert.deepEqual(
      [...book.cases()].map((one) => told(one).toSpliced(1, 1)),
      [expected.toSpliced(1, 1)],
    )
  }
  // The group is kept with the signal that came before the case.
  const early = sampleDetection({ ...eve, groups: ['system:masters'], severity: 'low', rule: 't' })
  const book = createCaseBook()
  const { signals } = book.apply([early], context)
  const restored = createCaseBook()
  restored.load({ cases: [], steps: [], signals: JSON.parse(JSON.stringify(signals)), changes: [] })
  restored.apply([plain], context)
  assert.equal(told([...restored.cases()][0] ?? caseOf([eve]))[2], expected[2])
  // Rows of before name no groups.
  const old = signals.map(({ actor, memory }) => {
    const text = JSON.stringify(memory).replaceAll('"groups":["system:masters"],', '')
    assert.ok(!text.includes('groups'))
    return { actor, memory: JSON.parse(text) }
  })
  const before = createCaseBook()
  before.load({ cases: [], steps: [], signals: old, changes: [] })
  before.apply([plain], context)
  assert.equal([...before.cases()][0]?.severity, 'medium')
})

test('goes up for rights of the one whom somebody acted as, by name or by group', () => {
  const context = { ...noContext, ...createClusterContext(() => new ClusterState()) }
  const acting = { ...eve, groups: ['dev'], impersonated: 'root' }
  assert.deepEqual(told(caseOf([{ ...acting, impersonatedGroups: ['system:masters'] }], context)), [
    'high',
    '0 the gravest step, “A thing”, is medium',
    '1 eve may do anything in the cluster (acting as root, as a member of system:masters)',
  ])
  assert.equal(caseOf([{ ...acting, impersonatedGroups: ['dev'] }], context).severity, 'medium')
  const ofRoot = {
    rightsOf: (_: string, name: string) => ({ clusterAdmin: name === 'root', readsAllSecrets: false, by: '' }),
  }
  assert.equal(told(caseOf([acting], ofRoot))[2], '1 eve may do anything in the cluster (acting as root)')
})

test('goes up for a target that is worth more, where it was reached', () => {
  const weight = { weightOf: () => ({ kind: 'sensitive', why: 'Secrets were reached' }) as const }
  assert.deepEqual(told(caseOf([eve], weight)), [
    'high',
    '0 the gravest step, “A thing”, is medium',
    '1 Secrets were reached',
  ])
  assert.deepEqual(told(caseOf([{ ...eve, severity: 'high', refused: true }], weight)), [
    'medium',
    '0 the gravest step, “A thing”, is high',
    '-1 every attempt was refused',
  ])
})

test('goes up for a chain of three tactics by two rules', () => {
  const tags = (...names: string[]) => names.map((name) => `attack.${name}`)
  assert.deepEqual(
    told(
      caseOf([
        { ...eve, tags: tags('execution') },
        { ...eve, rule: 's', tags: tags('t1613', 'credential_access', 'impact') },
      ]),
    ),
    [
      'high',
      '0 the gravest step, “A thing”, is medium',
      '1 a chain of 3 tactics: execution, credential-access, impact',
    ],
  )
  assert.equal(caseOf([{ ...eve, tags: tags('execution', 'impact', 'discovery') }]).severity, 'medium')
})

test('goes up for success after refusals of the same', () => {
  const secrets = { ...eve, target: { resource: 'secrets', namespace: 'a', name: 'x' } }
  const refusals = [0, 1, 2].map((minute) => ({ ...secrets, minute, refused: true }))
  assert.deepEqual(told(caseOf([...refusals, { ...secrets, minute: 3 }])), [
    'high',
    '0 the gravest step, “A thing”, is medium',
    '1 eve succeeded with secrets after 3 refusals',
  ])
  assert.equal(caseOf([...refusals.slice(1), { ...secrets, minute: 3 }]).severity, 'medium')
  assert.equal(
    caseOf([{ ...secrets, minute: 0 }, ...refusals.map((one) => ({ ...one, minute: 1 }))]).severity,
    'medium',
  )
})

test('goes down where everybody in it belongs to a test', () => {
  const test = { isTest: (_: string, namespace: string) => namespace === 'dev' }
  const tester = { ...eve, principal: 'system:serviceaccount:dev:x', severity: 'high' } as const
  assert.deepEqual(told(caseOf([tester], test)), [
    'medium',
    '0 the gravest step, “A thing”, is high',
    '-1 everybody in it belongs to a namespace that is labelled as test',
  ])
  const mixed = [tester, { ...eve, rule: 's', grants: [tester.principal], verb: 'create', minute: 1 }]
  assert.equal(caseOf(mixed, test).severity, 'high')
})

test('the reasons always add up, also at the ends of the scale', () => {
  const weight = { weightOf: () => ({ kind: 'exposed', why: 'exposed' }) as const }
  assert.deepEqual(told(caseOf([{ ...eve, severity: 'critical' }], { ...admin, ...weight })), [
    'critical',
    '0 the gravest step, “A thing”, is critical',
    '1 eve may do anything in the cluster (by ClusterRoleBinding root)',
    '1 exposed',
    '-2 there is nothing above critical',
  ])
})
