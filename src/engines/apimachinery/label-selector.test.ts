import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonObject } from '../../model/json.ts'
import { matchesLabels, readLabelSelector } from './label-selector.ts'

const matches = (selector: JsonObject, labels: Readonly<Record<string, string>>): boolean | string => {
  const read = readLabelSelector(selector)
  return read.kind === 'error' ? read.message : matchesLabels(read, labels)
}

const one = (operator: string, values?: readonly string[]): JsonObject => ({
  matchExpressions: [{ key: 'env', operator, ...(values === undefined ? {} : { values: [...values] }) }],
})

test('an empty selector selects everything', () => {
  assert.equal(matches({}, {}), true)
})

test('all requirements have to hold', () => {
  const selector = { matchLabels: { app: 'web' }, ...one('In', ['dev', 'test']) }
  assert.deepEqual(
    [
      matches(selector, { app: 'web', env: 'dev' }),
      matches(selector, { app: 'web', env: 'prod' }),
      matches(selector, { env: 'dev' }),
    ],
    [true, false, false],
  )
})

test('a label that is absent satisfies NotIn and DoesNotExist, and nothing else', () => {
  const selectors = [one('In', ['a']), one('NotIn', ['a']), one('Exists'), one('DoesNotExist')]
  assert.deepEqual(
    selectors.map((selector) => matches(selector, {})),
    [false, true, false, true],
  )
})

test('labels named like parts of every object are absent unless they are given', () => {
  const selector = { matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }
  assert.deepEqual([matches(selector, {}), matches(selector, { constructor: 'x' })], [false, true])
})

test('a requirement that makes no sense is an error', () => {
  const selectors = [one('Is', ['a']), one('In', []), one('Exists', ['a'])]
  assert.deepEqual(
    selectors.map((selector) => readLabelSelector(selector).kind),
    ['error', 'error', 'error'],
  )
})

test('a selector with a part of a wrong type is an error and selects nothing', () => {
  const selectors: readonly JsonObject[] = [
    { matchLabels: 'app=web' },
    { matchLabels: { app: 1 } },
    { matchExpressions: {} },
    { matchExpressions: [null] },
    { matchExpressions: [{ key: 'app', operator: 'In', values: ['web', 1] }] },
    { matchExpressions: [{ key: 'app', operator: 'Exists', values: 'web' }] },
    { matchExpressions: [{ key: '', operator: 'DoesNotExist' }] },
  ]
  assert.deepEqual(
    selectors.map((selector) => readLabelSelector(selector).kind),
    selectors.map(() => 'error'),
  )
})

test('null stands for the empty value, and for no list', () => {
  assert.deepEqual(
    [matches({ matchLabels: { app: null }, matchExpressions: null }, { app: '' }), matches({ matchLabels: null }, {})],
    [true, true],
  )
})
