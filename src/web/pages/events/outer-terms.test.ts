import assert from 'node:assert/strict'
import { test } from 'node:test'
import { outerTerms, withoutOuter } from './outer-terms.ts'

test('each outermost term can be taken out', () => {
  const q = 'verb:delete (ns:shop OR ns:data) -user:system:*'
  assert.deepEqual(outerTerms(q), ['verb:delete', '(ns:shop OR ns:data)', '-user:system:*'])
  assert.equal(withoutOuter(q, 0), '(ns:shop OR ns:data) -user:system:*')
  assert.equal(withoutOuter('verb:delete', 0), '')
  assert.deepEqual(outerTerms('ns:"'), ['ns:"'])
  assert.deepEqual(outerTerms(''), [])
})
