import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { boundedGroups, unitedGroups } from './groups.ts'

const many = Array.from({ length: 40 }, (_, place) => `oidc:${String(place).padStart(2, '0')}`)

test('keeps the groups of a principal as they are while they are few', () => {
  const groups = ['dev', 'system:authenticated']
  assert.equal(boundedGroups(groups), groups)
})

test('keeps 32 groups, those of Kubernetes itself first, and none with a name that it would have to cut', () => {
  const kept = boundedGroups([...many, 'x'.repeat(257), 'system:authenticated', 'system:masters'])
  assert.deepEqual(kept, ['system:masters', 'system:authenticated', ...many.slice(0, 30)])
  assert.deepEqual(boundedGroups(['x'.repeat(257), 'dev']), ['dev'])
})

test('unites groups to the same, whatever was seen first', () => {
  const lists = fc.array(fc.array(fc.constantFrom(...many, 'system:masters', 'x'.repeat(300)), { maxLength: 40 }), {
    maxLength: 5,
  })
  const united = (all: readonly (readonly string[])[]) => all.reduce(unitedGroups, [])
  fc.assert(
    fc.property(lists, (all) => {
      const forth = united(all)
      assert.deepEqual(forth.toSorted(), united(all.toReversed()).toSorted())
      assert.ok(forth.length <= 32 && new Set(forth).size === forth.length)
      if (all.some((groups) => groups.includes('system:masters'))) assert.ok(forth.includes('system:masters'))
    }),
  )
})
