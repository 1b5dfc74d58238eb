import assert from 'node:assert/strict'
import test from 'node:test'
import { quote } from './quote.ts'

test('quotes as Go does', () => {
  assert.equal(
    quote('a"b\\c\n\t\u0007\u0001\u007fü\u00a0\u200b😀\u{e0001}'),
    '"a\\"b\\\\c\\n\\t\\a\\x01\\x7fü\\u00a0\\u200b😀\\U000e0001"',
  )
})
