import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ruleOffers } from './rule-completion.ts'

const labels = (text: string): readonly string[] => ruleOffers(text)?.offers.map(({ label }) => label) ?? []

const start =
  'title: x\nlogsource:\n  product: kubernetes\n  service: audit\ndetection:\n  list:\n    verb: list\n  by_hand:\n    userAgent: kubectl\n'

test('keys of the document stand at its top', () => {
  assert.deepEqual(labels('lev'), ['level'])
  assert.deepEqual(labels('title: x\nlogs'), ['logsource'])
  assert.deepEqual(labels(`${start}fals`), ['falsepositives'])
})

test('inside a selection fields of audit events are offered, and modifiers after a bar', () => {
  assert.deepEqual(labels(`${start}    objectRef.sub`), ['objectRef.subresource'])
  assert.deepEqual(labels(`${start}    user.username|start`), ['startswith'])
  assert.equal(ruleOffers(`${start}    user.username|start`)?.offers[0]?.insert, 'startswith')
  assert.deepEqual(labels(`${start}    - objectRef.sub`), ['objectRef.subresource'])
})

test('fields are those of the log source: requests, what sensors tell, Events', () => {
  const of = (logsource: string): string => `title: x\nlogsource: ${logsource}\ndetection:\n  one:\n    `
  assert.deepEqual(labels(`${of('{ product: kubernetes, service: runtime }')}Parent`), [
    'ParentImage',
    'ParentCommandLine',
    'ParentProcessId',
  ])
  assert.deepEqual(labels(`${of('{ product: linux, category: process_creation }')}CommandL`), [
    'CommandLine',
    'ParentCommandLine',
  ])
  assert.deepEqual(labels(`${of('{ product: kubernetes, service: events }')}reas`), ['reason'])
  assert.deepEqual(labels(`${of('{ product: kubernetes, service: runtime }')}objectRef`), [])
  assert.deepEqual(labels(`${of('{ product: windows, service: security }')}verb`), [])
  assert.deepEqual(labels(`${of('{ service: runtime }')}Image: x\n---\ncorrelation:\n  group-by: [serv`), [
    'serviceAccount',
  ])
  assert.deepEqual(labels('logsource:\n  service: '), ['audit', 'runtime', 'events'])
})

test('a condition is offered the selections of its own document', () => {
  assert.deepEqual(labels(`${start}  condition: `).slice(0, 3), ['list', 'by_hand', 'and'])
  assert.deepEqual(labels(`title: a\ndetection:\n  old:\n    verb: get\n---\n${start}  condition: `).slice(0, 2), [
    'list',
    'by_hand',
  ])
})

test('keys that take one of a few values are offered them, those of a block by its name', () => {
  assert.deepEqual(labels('level: h'), ['high'])
  assert.deepEqual(labels('correlation:\n  type: temp'), ['temporal', 'temporal_ordered'])
  assert.deepEqual(labels('baseline:\n  type: '), ['volume', 'new'])
  assert.deepEqual(labels('baseline:\n  group'), ['group-by'])
  assert.deepEqual(labels(`${start}    verb: pat`), ['patch'])
})

test('a list of fields is offered fields', () => {
  assert.deepEqual(labels('correlation:\n  group-by: [user.user'), ['user.username', 'impersonatedUser.username'])
  assert.deepEqual(labels('correlation:\n  group-by:\n    - sourceI'), ['sourceIPs'])
})

test('a Falco file is offered keys and fields of Falco', () => {
  assert.deepEqual(labels('- ru'), ['rule'])
  const rule = '- rule: A shell\n  desc: x\n'
  assert.deepEqual(labels(`${rule}  prio`), ['priority'])
  assert.deepEqual(labels(`${rule}  priority: W`), ['WARNING'])
  assert.deepEqual(labels(`${rule}  condition: ka.verb=create and ka.target.sub`), ['ka.target.subresource'])
})

test('a comment and free text are offered nothing', () => {
  assert.equal(ruleOffers('# lev'), undefined)
  assert.equal(ruleOffers('description: some words about le'), undefined)
})

test('what is replaced begins where the word begins', () => {
  const text = `${start}    user.username|star`
  assert.equal(text.slice(ruleOffers(text)?.from), 'star')
})

test('a line that nobody writes is not looked at', () => {
  assert.equal(ruleOffers(`verb: ${'a|'.repeat(20_000)}`), undefined)
})
