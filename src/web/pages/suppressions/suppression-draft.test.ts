import assert from 'node:assert/strict'
import { test } from 'node:test'
import {
  type Draft,
  draftFaults,
  draftOf,
  emptyDraft,
  meaningOf,
  specOf,
  triedSpec,
  tryFaults,
} from './suppression-draft.ts'

const now = new Date(2026, 10, 20, 12)
const whole: Draft = {
  name: 'backup',
  rules: ['r1'],
  query: 'user:backup',
  owner: 'alice',
  reason: 'it reads everything',
  lastDay: '2026-12-20',
}

test('an empty form names all that it needs, in the order of the form', () => {
  assert.deepEqual(draftFaults({ ...emptyDraft('', now), lastDay: '2026-11-19' }, now), [
    'name',
    'broad',
    'owner',
    'reason',
    'expires',
  ])
  assert.deepEqual(draftFaults(whole, now), [])
})

test('a new one ends in 30 days', () => {
  assert.equal(emptyDraft('alice', now).lastDay, '2026-12-20')
})

test('one that ends today still counts today', () => {
  assert.deepEqual(draftFaults({ ...whole, lastDay: '2026-11-20' }, now), [])
  assert.deepEqual(draftFaults({ ...whole, lastDay: '2026-11-19' }, now), ['expires'])
  assert.deepEqual(draftFaults({ ...whole, lastDay: 'tomorrow' }, now), ['expires'])
})

test('it ends after the last moment of its last day, and goes through the form as it was', () => {
  assert.equal(Date.parse(specOf(whole).expires), new Date(2026, 11, 21).getTime())
  assert.deepEqual(draftOf(specOf(whole)), whole)
})

test('what can be tried needs a rule or a query that can be read, and nothing else', () => {
  assert.deepEqual(tryFaults({ ...whole, name: '', owner: '', reason: '' }), [])
  assert.deepEqual(tryFaults({ ...whole, rules: [] }), [])
  assert.deepEqual(tryFaults({ ...whole, query: 'user:(' }), ['query'])
  assert.deepEqual(tryFaults({ ...whole, rules: [], query: ' ' }), ['broad'])
})

test('it is tried also where owner and reason are missing and the end has passed', () => {
  const spec = triedSpec({ ...whole, owner: '', reason: ' ', lastDay: '2020-01-01' }, now)
  assert.ok(spec.owner !== '' && spec.reason !== '' && Date.parse(spec.expires) > now.getTime())
  assert.deepEqual([spec.rules, spec.query], [whole.rules, whole.query])
})

test('the order of rules and space around the query change no meaning; owner and reason neither', () => {
  assert.equal(meaningOf({ rules: ['b', 'a'], query: ' x ' }), meaningOf({ rules: ['a', 'b'], query: 'x' }))
  const renamed: Draft = { ...whole, owner: 'bob' }
  assert.equal(meaningOf(whole), meaningOf(renamed))
  assert.notEqual(meaningOf(whole), meaningOf({ ...whole, query: 'user:other' }))
})
