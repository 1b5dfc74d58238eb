import assert from 'node:assert/strict'
import { test } from 'node:test'
import { trimRight } from './trim-right.ts'

test('only the run at the end goes', () => {
  assert.deepEqual(
    ['', '*', '**', 'a', 'a*', '/a/**', '*a*b*'].map((text) => trimRight(text, '*')),
    ['', '', '', 'a', 'a', '/a/', '*a*b'],
  )
})

test('runs inside of a long text cost no more than their length', () => {
  const text = `${'/'.repeat(1_000_000)}x`
  assert.equal(trimRight(text, '/'), text)
})
