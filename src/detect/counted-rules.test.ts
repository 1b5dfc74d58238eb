import assert from 'node:assert/strict'
import { test } from 'node:test'
import { countedRules } from './counted-rules.ts'
import { failedRead, secretRead } from './fixture.ts'
import { loadRuleSet } from './rule-set.ts'

const surge = (id: string, rules: string) => `title: Surge ${id}
id: ${id.repeat(8)}-3333-4333-8333-333333333333
name: surge-${id}
level: high
correlation: {type: event_count, rules: [${rules}], group-by: [user.username], timespan: 5m, condition: {gte: 10}}
`
const baseline = `title: A new name
id: 55555555-5555-4555-8555-555555555555
level: medium
baseline:
  type: new
  rules: [secret-read]
  learn-from: [22222222-2222-4222-8222-222222222222]
  group-by: [user.username]
  values: [objectRef.name]
  learn: 2m
`

test('names and ids of what a rule counts or learns from are told as ids', () => {
  const documents = [secretRead, failedRead, surge('3', 'failed-read'), surge('4', 'surge-3'), baseline]
  const set = loadRuleSet([{ name: 'a.yml', text: documents.join('---\n'), origin: 'user' }])
  assert.deepEqual(
    set.problems.filter(({ severity }) => severity === 'error'),
    [],
  )
  const [secret, failed] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as const
  const [third, fourth] = ['33333333-3333-4333-8333-333333333333', '44444444-3333-4333-8333-333333333333'] as const
  assert.deepEqual(Object.fromEntries(countedRules(set)), {
    [third]: [failed],
    [fourth]: [third],
    '55555555-5555-4555-8555-555555555555': [secret, failed],
  })
})
