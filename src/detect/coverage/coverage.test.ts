import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { loadRuleSet } from '../rule-set.ts'
import {
  type CoverageFacts,
  type CoverageSource,
  coverageRows,
  coverageSources,
  type SeenRequests,
} from './coverage.ts'

const rule = (name: string, detection: string): string => `
title: ${name}
name: ${name}
status: stable
level: high
tags: [attack.t1610]
logsource: {product: kubernetes, service: audit}
detection: ${detection}
`
const privileged = '{sel: {verb: create, objectRef.resource: pods, requestObject.spec.hostPID: true}, condition: sel}'

const webhook: CoverageSource = {
  id: 'audit-webhook',
  title: 'Audit webhook',
  kinds: ['audit'],
  state: 'connected',
  trouble: undefined,
}

const cell = (text: string, more: Partial<CoverageFacts> = {}, title?: string) => {
  const set = loadRuleSet([{ name: 'x.yml', text, origin: 'user' }])
  assert.deepEqual(
    set.problems.filter(({ severity }) => severity === 'error'),
    [],
  )
  const facts: CoverageFacts = {
    set,
    enabled: () => true,
    lastFired: new Map(),
    learning: new Map(),
    sources: [webhook],
    seen: [],
    ...more,
  }
  const rows = coverageRows(facts)
  const row = title === undefined ? rows[0] : rows.find((one) => one.title === title)
  assert.ok(row !== undefined)
  return row
}

const pods = (more: Partial<SeenRequests>): SeenRequests => ({
  resource: 'pods',
  subresource: '',
  verb: 'create',
  events: 40,
  withRequest: 0,
  withResponse: 0,
  ...more,
})

describe('a rule that reads the body of a request', () => {
  test('could fire where nothing speaks against it', () => {
    const row = cell(rule('hostpid', privileged))
    assert.deepEqual(row.cells, { 'audit-webhook': { kind: 'could-fire' } })
    assert.deepEqual(row.techniques, ['T1610'])
  })

  test('cannot fire where such requests are recorded without bodies, with the rule of the policy that would mend it', () => {
    const { cells } = cell(rule('hostpid', privileged), { seen: [pods({})] })
    assert.deepEqual(cells['audit-webhook'], {
      kind: 'cannot',
      why: 'it reads requestObject.spec.hostPID, and none of 40 events of pods has it: the audit policy keeps them without bodies',
      mend: 'In the audit policy, above the rule that covers them: {level: Request, verbs: [create, update, patch], resources: [{resources: [pods]}]} with the group of each',
    })
  })

  for (const [why, seen] of [
    ['one of them has a body', [pods({}), pods({ withRequest: 1 })]],
    ['they are too few to tell', [pods({ events: 2 })]],
    ['they are of another resource', [pods({ resource: 'services' })]],
    ['they are reads, which have none', [pods({ verb: 'get' })]],
  ] as const)
    test(`could fire where ${why}`, () => {
      assert.equal(cell(rule('hostpid', privileged), { seen }).cells['audit-webhook']?.kind, 'could-fire')
    })

  test('could fire where its condition has another way', () => {
    const either = `{a: {requestObject.spec.hostPID: true}, b: {verb: create}, condition: a or b}`
    assert.equal(cell(rule('either', either), { seen: [pods({})] }).cells['audit-webhook']?.kind, 'could-fire')
  })

  test('cannot fire through a correlation either', () => {
    const text = `${rule('hostpid', privileged)}
---
title: many
correlation: {type: event_count, rules: [hostpid], group-by: [user.username], timespan: 5m, condition: {gte: 3}}
`
    assert.equal(cell(text, { seen: [pods({})] }, 'many').cells['audit-webhook']?.kind, 'cannot')
  })
})

test('a rule that fired fires, whatever the record looks like now', () => {
  const set = loadRuleSet([{ name: 'x.yml', text: rule('hostpid', privileged), origin: 'user' }])
  const id = set.heads[0]?.id ?? ''
  const { cells } = cell(rule('hostpid', privileged), {
    lastFired: new Map([[id, '2026-11-26T12:00:00Z']]),
    seen: [pods({})],
  })
  assert.deepEqual(cells['audit-webhook'], { kind: 'fires', lastFired: '2026-11-26T12:00:00Z' })
})

test('no rule is covered by a source that is silent', () => {
  const silent = { ...webhook, state: 'silent', trouble: { why: 'nothing came since 13:40', mend: 'look at it' } }
  const { cells } = cell(rule('any', '{s: {verb: get}, condition: s}'), { sources: [silent] })
  assert.deepEqual(cells['audit-webhook'], { kind: 'cannot', why: 'nothing came since 13:40', mend: 'look at it' })
})

test('what nobody connected has a column of its own that says so', () => {
  assert.deepEqual(
    coverageSources([webhook]).map(({ id, state }) => [id, state]),
    [
      ['audit-webhook', 'connected'],
      ['runtime', 'absent'],
      ['objects', 'absent'],
    ],
  )
  const { cells } = cell(rule('any', '{s: {verb: get}, condition: s}'), { sources: [] })
  assert.equal(cells.audit?.kind, 'cannot')
})

test('a rule that is off says so, and one that no source serves says that', () => {
  assert.equal(
    cell(rule('any', '{s: {verb: get}, condition: s}'), { enabled: () => false }).cells['audit-webhook']?.kind,
    'off',
  )
  const windows = rule('win', '{s: {verb: get}, condition: s}').replace('product: kubernetes', 'product: windows')
  assert.deepEqual(cell(windows).cells['audit-webhook'], {
    kind: 'cannot',
    why: 'nothing here tells what it looks at (its log source)',
    mend: 'Change the rule, or switch it off',
  })
})

test('a condition that no event can meet is told as such', () => {
  const dead = cell(rule('dead', '{s: {verb: replace}, condition: s}')).cells['audit-webhook']
  assert.equal(dead?.kind, 'cannot')
})

test('a baseline that has not seen enough is learning', () => {
  const text = `${rule('reads', '{s: {verb: get}, condition: s}')}
---
title: First use
id: 0d4a41a2-6a55-4d0e-8b4c-2a3f6f0d8c11
baseline: {type: new, rules: [reads], group-by: [user.username], values: [objectRef.resource], learn: 1d}
`
  const learning = new Map([['0d4a41a2-6a55-4d0e-8b4c-2a3f6f0d8c11', '3 of 4 principals have less than a day of past']])
  assert.deepEqual(cell(text, { learning }, 'First use').cells['audit-webhook'], {
    kind: 'learning',
    why: '3 of 4 principals have less than a day of past',
  })
})
