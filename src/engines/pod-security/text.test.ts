import assert from 'node:assert/strict'
import test from 'node:test'
import { sortedSet } from './text.ts'

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
