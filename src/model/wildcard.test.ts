import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wildcardHolds, wildcardTest } from './wildcard.ts'

/** Asked at once, and by a test that is made first. */
const answers = (pieces: readonly string[], text: string): readonly boolean[] => [
  wildcardHolds(pieces, text),
  wildcardTest(pieces)(text),
]

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
    ['a**c', 'a', false],
    ['**', 'x', true],
    ['*b*', 'abc', true],
    ['*b*', 'ac', false],
    ['**b**', 'abc', true],
    ['.*[', 'x[', false],
  ] as const) {
    for (const answer of answers(pattern.split('*'), text)) assert.equal(answer, holds, `${pattern} of "${text}"`)
  }
})

test('pieces do not share letters: a text that is shorter than all of them is none', () => {
  assert.deepEqual(answers(['aba', 'aba'], 'aba'), [false, false])
  assert.deepEqual(answers(['aba', 'aba'], 'ababa'), [false, false])
  assert.deepEqual(answers(['aba', 'aba'], 'abaaba'), [true, true])
  assert.deepEqual(answers(['a', 'bc', 'c'], 'abc'), [false, false])
})

test('a pattern of many stars over a long text takes no time that grows by powers', () => {
  const pattern = `${'a*'.repeat(2000)}b`
  assert.deepEqual(answers(pattern.split('*'), 'a'.repeat(200_000)), [false, false])
})
