import assert from 'node:assert/strict'
import { test } from 'node:test'
import { wordFilter } from './words.ts'

test('every word has to stand in some of the texts, in letters of either case', () => {
  const texts = ['All Secrets were listed', 'attack.t1552']
  for (const [typed, fits] of [
    [undefined, true],
    ['  ', true],
    [' SECRETS  t1552 ', true],
    ['secrets exec', false],
  ] as const) {
    assert.equal(wordFilter(typed)(texts), fits, String(typed))
  }
})
