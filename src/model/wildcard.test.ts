import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wildcardHolds } from './wildcard.ts'

test('a star stands for any text, also for none; all else stands for itself', () => {
  for (const [pattern, text, holds] of [
    ['', '', true],
    ['', 'a', false],
    ['a', 'a', true],
    ['a', 'ab', false],
    ['*', '', true],
    ['*', 'any thing', true],
    ['a*', 'a', true],
    ['a*', 'ba', false],
    ['*a', 'ba', true],
    ['a*c', 'abc', true],
    ['a*c', 'ab', false],
    ['a*b*c', 'a-b-b-c', true],
    ['a*b*c', 'acb', false],
    ['a**c', 'ac', true],
    ['.*[', 'x[', false],
  ] as const) {
    assert.equal(wildcardHolds(pattern.split('*'), text), holds, `${pattern} of "${text}"`)
  }
})

test('pieces do not share letters: a text that is shorter than all of them is none', () => {
  assert.equal(wildcardHolds(['aba', 'aba'], 'aba'), false)
  assert.equal(wildcardHolds(['aba', 'aba'], 'ababa'), false)
  assert.equal(wildcardHolds(['aba', 'aba'], 'abaaba'), true)
  assert.equal(wildcardHolds(['a', 'bc', 'c'], 'abc'), false)
})

test('a pattern of many stars over a long text takes no time that grows by powers', () => {
  const pattern = `${'a*'.repeat(2000)}b`
  assert.equal(wildcardHolds(pattern.split('*'), 'a'.repeat(200_000)), false)
})
