import assert from 'node:assert/strict'
import test from 'node:test'
import { goQuote, sortedSet } from './text.ts'

test('quotes as Go does', () => {
  assert.equal(
    goQuote('a"b\\c\n\t\u0007\u0001\u007fü\u00a0\u200b😀\u{e0001}'),
    '"a\\"b\\\\c\\n\\t\\a\\x01\\x7fü\\u00a0\\u200b😀\\U000e0001"',
  )
})

test('sorts by the bytes of UTF-8, where astral characters come last', () => {
  assert.deepEqual(sortedSet(['b', '😀', 'B', '\uffee', 'b', 'a😀', 'a\uffee', '']), [
    '',
    'B',
    'a\uffee',
    'a😀',
    'b',
    '\uffee',
    '😀',
  ])
})
