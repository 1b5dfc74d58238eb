import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Predicate } from '../../model/predicate.ts'
import { loosened } from './loosened.ts'

const field = (name: string): Predicate => ({ kind: 'field', field: [name], tests: [{ kind: 'value' }] })
const [a, b, c] = [field('a'), field('b'), field('c')]
const not = (term: Predicate): Predicate => ({ kind: 'not', term })
const all = (...terms: readonly Predicate[]): Predicate => ({ kind: 'all', terms })
const any = (...terms: readonly Predicate[]): Predicate => ({ kind: 'any', terms })

test('what must not be is left out, so that nothing is missed and less is asked', () => {
  assert.deepEqual(loosened(all(a, not(b))), all(a))
  assert.deepEqual(loosened(all(any(a, b), not(any(b, c)))), all(any(a, b)))
  // Either is enough: of what must not be, everything else is.
  assert.deepEqual(loosened(any(a, not(b))), all())
  assert.deepEqual(loosened(any(a, all(b, not(c)))), any(a, all(b)))
  assert.deepEqual(loosened(not(a)), all())
  assert.deepEqual(loosened(any()), any())
  assert.deepEqual(loosened(all(all(), a)), all(a))
})
