import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { RuleRow } from '../../../api/contract/detection.ts'
import { coverageChoices, fromChoices, type RuleFilter, shownRules } from './rule-filter.ts'

const row = (
  title: string,
  rule: Partial<RuleRow['rule']> = {},
  more: Partial<Omit<RuleRow, 'rule'>> = {},
): RuleRow => ({
  rule: {
    id: `id-${title}`,
    title,
    language: 'sigma',
    origin: 'bulwark',
    severity: 'medium',
    description: '',
    author: '',
    license: '',
    references: [],
    tags: [],
    falsePositives: [],
    guide: { why: '', normal: '', respond: '' },
    file: 'x.yml',
    line: 1,
    ...rule,
  },
  enabled: true,
  fired: 0,
  lastFired: undefined,
  selftest: undefined,
  suppressed: 0,
  coverage: { kind: 'could-fire' },
  problems: [],
  lastBacktest: undefined,
  ...more,
})

const none: RuleFilter = { text: undefined, from: undefined, severity: undefined, coverage: undefined }
const rows: readonly RuleRow[] = [
  row('Secret read', { severity: 'low', tags: ['attack.t1552.007'], description: 'Somebody read a Secret.' }),
  row('Exec', { severity: 'high', origin: 'user' }, { fired: 2, coverage: { kind: 'fires', lastFired: 'x' } }),
  row('Attach', { severity: 'high', language: 'falco', origin: 'falco' }, { fired: 9 }),
  row('Bind', { severity: 'high', language: 'baseline' }, { coverage: { kind: 'off', why: '' }, fired: 2 }),
  row('Broken', { severity: 'info' }, { problems: ['x.yml:1: odd'], coverage: { kind: 'cannot', why: '', mend: '' } }),
]
const shown = (filter: Partial<RuleFilter>): readonly string[] =>
  shownRules(rows, { ...none, ...filter }).map(({ rule }) => rule.title)

describe('rules that are shown', () => {
  test('are the gravest first, then those that fired more, then by title', () => {
    assert.deepEqual(shown({}), ['Attach', 'Bind', 'Exec', 'Secret read', 'Broken'])
  })

  test('are of a severity and graver', () => {
    assert.deepEqual(shown({ severity: 'high' }), ['Attach', 'Bind', 'Exec'])
    assert.deepEqual(shown({ severity: 'critical' }), [])
  })

  test('are of an origin, or of a language', () => {
    assert.deepEqual(shown({ from: 'origin:user' }), ['Exec'])
    assert.deepEqual(shown({ from: 'language:falco' }), ['Attach'])
    assert.deepEqual(shown({ from: 'language:baseline' }), ['Bind'])
    for (const from of fromChoices) assert.ok(shown({ from }).length < rows.length, from)
  })

  test('are covered in a way, or have problems', () => {
    assert.deepEqual(shown({ coverage: 'fires' }), ['Exec'])
    assert.deepEqual(shown({ coverage: 'off' }), ['Bind'])
    assert.deepEqual(shown({ coverage: 'problems' }), ['Broken'])
    // Each rule is in exactly one kind of coverage.
    const kinds = coverageChoices.filter((choice) => choice !== 'problems')
    assert.deepEqual(kinds.flatMap((coverage) => shown({ coverage })).sort(), shown({}).toSorted())
  })

  test('have every word somewhere: title, id, description, technique or tag, in letters of either case', () => {
    assert.deepEqual(shown({ text: ' SECRET ' }), ['Secret read'])
    assert.deepEqual(shown({ text: 'somebody t1552' }), ['Secret read'])
    assert.deepEqual(shown({ text: 'id-exec' }), ['Exec'])
    assert.deepEqual(shown({ text: 'secret exec' }), [])
    assert.deepEqual(shown({ text: '   ' }), shown({}))
  })

  test('fit all of what is asked together', () => {
    assert.deepEqual(shown({ severity: 'high', from: 'language:sigma', text: 'e' }), ['Exec'])
  })
})
