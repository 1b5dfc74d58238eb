import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Suppression, type SuppressionState, suppressionStates } from '../../../model/suppression.ts'
import { inForce, needsLook, shownSuppressions, stateCounts, stateOrder } from './suppression-filter.ts'

const made = (name: string, more: Partial<Suppression> = {}): Suppression => ({
  id: `page-${name}`,
  name,
  rules: [],
  query: '',
  owner: 'alice',
  reason: 'expected',
  expires: '2026-12-24T00:00:00.000Z',
  origin: 'page',
  where: '',
  created: '2026-11-20T00:00:00.000Z',
  uses: 0,
  lastUsed: undefined,
  state: 'active',
  why: '',
  ...more,
})

const names = (items: readonly Suppression[]): readonly string[] => items.map(({ name }) => name)

test('what needs a look stands first, then what is used most, then by name', () => {
  const items = [
    made('used-less', { uses: 1 }),
    made('over', { state: 'expired', uses: 9 }),
    made('b'),
    made('a'),
    made('used-more', { uses: 7 }),
    made('broad', { state: 'too-broad' }),
    made('idle', { state: 'unused' }),
    made('blind', { state: 'never-matching' }),
    made('broken', { state: 'invalid' }),
  ]
  assert.deepEqual(names(shownSuppressions(items, undefined, undefined)), [
    'broken',
    'broad',
    'blind',
    'used-more',
    'used-less',
    'a',
    'b',
    'idle',
    'over',
  ])
})

test('every word has to stand somewhere, in name, reason, owner, query or rules, in any case', () => {
  const items = [
    made('backup', { reason: 'It reads everything', rules: ['secrets-listed'] }),
    made('deployer', { owner: 'Team Shop', query: 'user:deployer' }),
  ]
  const found = (text: string): readonly string[] => names(shownSuppressions(items, text, undefined))
  assert.deepEqual(found('BACKUP'), ['backup'])
  assert.deepEqual(found('  reads  secrets-listed '), ['backup'])
  assert.deepEqual(found('team user:deployer'), ['deployer'])
  assert.deepEqual(found('backup team'), [])
  assert.deepEqual(found(' '), ['backup', 'deployer'])
})

test('one state is asked for', () => {
  const items = [made('runs'), made('over', { state: 'expired' })]
  assert.deepEqual(names(shownSuppressions(items, undefined, 'expired')), ['over'])
  assert.deepEqual(names(shownSuppressions(items, 'runs', 'expired')), [])
})

test('every state has a place in the order and a count', () => {
  assert.deepEqual(new Set(stateOrder), new Set(suppressionStates))
  assert.deepEqual(stateCounts([made('a'), made('b'), made('c', { state: 'invalid' })]), {
    active: 2,
    unused: 0,
    expired: 0,
    'too-broad': 0,
    'never-matching': 0,
    invalid: 1,
  })
})

test('a state is looked at or in force; one that is too broad is both, one that is over is neither', () => {
  const of = (is: (state: SuppressionState) => boolean): readonly SuppressionState[] => suppressionStates.filter(is)
  assert.deepEqual(new Set(of(needsLook)), new Set(['invalid', 'too-broad', 'never-matching']))
  assert.deepEqual(new Set(of(inForce)), new Set(['active', 'unused', 'too-broad']))
})
