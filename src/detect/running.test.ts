import assert from 'node:assert/strict'
import { test } from 'node:test'
import { loadRuleSet } from './rule-set.ts'
import { runningRules } from './running.ts'

const uuid = (digit: number): string => `${String(digit).repeat(8)}-1111-4111-8111-111111111111`
const rule = (digit: number): string => `title: Rule ${digit}
id: ${uuid(digit)}
name: rule-${digit}
level: low
logsource: {product: kubernetes, service: audit}
detection: {selection: {verb: get}, condition: selection}
`
const correlation = (digit: number, ...of: readonly string[]): string => `title: Correlation ${digit}
id: ${uuid(digit)}
name: correlation-${digit}
level: high
correlation: {type: temporal, rules: [${of.join(', ')}], group-by: [user.username], timespan: 1m}
`
const text = [
  rule(1),
  rule(2),
  rule(3),
  correlation(4, 'rule-1', 'rule-2'),
  correlation(5, 'correlation-4', 'rule-3'),
].join('---\n')
const set = loadRuleSet([{ name: 'x.yml', text, origin: 'user' }])

const running = (...on: readonly number[]) => {
  const { rules, correlations } = runningRules(set, ({ id }) => on.map(uuid).includes(id))
  return [
    ...rules.map(({ loaded, alerts }) => `${loaded.rule.title}${alerts ? '' : ', silent'}`),
    ...correlations.map((one) => `${one.correlation.title}${one.alerts ? '' : ', silent'}`),
  ]
}

test('what is off is run where something that is on asks for it, through others too, and stays silent', () => {
  assert.deepEqual(set.problems, [])
  assert.deepEqual(running(5), [
    'Rule 1, silent',
    'Rule 2, silent',
    'Rule 3, silent',
    'Correlation 4, silent',
    'Correlation 5',
  ])
  // One that another names does not alert by itself.
  assert.deepEqual(running(4), ['Rule 1, silent', 'Rule 2, silent', 'Correlation 4, silent'])
})

test('what only those ask for that are off themselves is not run', () => {
  assert.deepEqual(running(), [])
  assert.deepEqual(running(3), [])
})
