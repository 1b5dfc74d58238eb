import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { RuleCoverage, RuleSelftest } from '../../../api/contract/detection.ts'
import { type SelftestState, selftestStates } from '../../parts/selftest-state.ts'
import { bestOf, type CoverageRow, shownRows, sumOf, techniqueRows } from './coverage-rows.ts'

const cannot = (why: string): RuleCoverage => ({ kind: 'cannot', why, mend: 'm' })
const row = (
  rule: string,
  cells: Readonly<Record<string, RuleCoverage>>,
  techniques: readonly string[] = [],
  severity: CoverageRow['severity'] = 'medium',
): CoverageRow => ({ rule, title: rule, severity, origin: 'bulwark', techniques, selftest: undefined, cells })

const rows: readonly CoverageRow[] = [
  row('fired', { a: { kind: 'fires', lastFired: 't' }, b: cannot('x') }, ['T1609', 'MS-TA9006'], 'low'),
  row('could', { a: { kind: 'could-fire' } }, ['T1609'], 'high'),
  row('learns', { a: { kind: 'learning', why: 'young' } }),
  row('blind', { s: cannot('no sensor') }, ['T1611']),
  row('blind too', { s: cannot('no sensor') }),
  row('wrong', { a: cannot('no such field') }),
  row('off', { a: { kind: 'off', why: 'w' } }),
  row('nowhere', {}),
]

test('the best of its sources is what holds for a rule; one that looks at nothing cannot fire', () => {
  assert.deepEqual(rows.map(bestOf), ['fires', 'could-fire', 'learning', 'cannot', 'cannot', 'cannot', 'off', 'cannot'])
})

test('the sum says why rules cannot fire, the most common reason first', () => {
  assert.deepEqual(sumOf(rows), {
    all: 8,
    counts: { fires: 1, 'could-fire': 1, learning: 1, cannot: 4, off: 1 },
    selftests: { failed: 0, cannot: 0, replayed: 0, fired: 0, outdated: 0, never: 8 },
    reasons: [
      { why: 'no sensor', rules: 2 },
      { why: 'no such field', rules: 1 },
    ],
  })
})

test('rules are narrowed down by state, technique and words, the gravest first', () => {
  const shown = (text?: string, state?: 'cannot', technique?: string) =>
    shownRows(rows, { text, state, technique, selftest: undefined }).map(({ rule }) => rule)
  assert.deepEqual(shown(undefined, undefined, 'T1609'), ['could', 'fired'])
  assert.deepEqual(shown('BLIND', 'cannot'), ['blind', 'blind too'])
  assert.deepEqual(shown('t1611'), ['blind'])
})

test('a technique is as good as its best rule; one of the matrix that no rule names is there without any', () => {
  const all = techniqueRows(rows)
  const of = (technique: string) => all.find((each) => each.technique === technique)
  assert.deepEqual(
    of('T1609')?.rules.map(({ row: { rule } }) => rule),
    ['fired', 'could'],
  )
  assert.equal(of('T1609')?.best, 'fires')
  assert.equal(of('T1609')?.name, 'Container Administration Command')
  assert.equal(of('T1611')?.best, 'cannot')
  assert.equal(of('MS-TA9006')?.best, 'fires')
  assert.equal(of('MS-TA9040')?.best, undefined)
  assert.equal(of('T1078'), undefined)
})

test('what was found of an earlier text of a rule is no result of it, and is chosen apart', () => {
  const told = { why: '', act: '', at: 't', by: 'al', isOutdated: false }
  const found: readonly (RuleSelftest | undefined)[] = [
    { ...told, kind: 'fired', seconds: 0.4 },
    { ...told, kind: 'fired', seconds: 0.4, isOutdated: true },
    { ...told, kind: 'failed', isOutdated: true },
    { ...told, kind: 'failed' },
    { ...told, kind: 'replayed' },
    { ...told, kind: 'cannot' },
    undefined,
  ]
  const tried = found.map((selftest, index) => ({ ...row(`r${index}`, {}), selftest }))
  const shown = (selftest: SelftestState) =>
    shownRows(tried, { text: undefined, state: undefined, technique: undefined, selftest }).map(({ rule }) => rule)
  assert.deepEqual(Object.fromEntries(selftestStates.map((state) => [state, shown(state)])), {
    failed: ['r3'],
    cannot: ['r5'],
    replayed: ['r4'],
    fired: ['r0'],
    outdated: ['r1', 'r2'],
    never: ['r6'],
  })
  assert.deepEqual(sumOf(tried).selftests, { failed: 1, cannot: 1, replayed: 1, fired: 1, outdated: 2, never: 1 })
})
