import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseSearch, searchChoice, searchText, stringifySearch } from './search.ts'

test('what is written into the URL is read back, whatever the characters', () => {
  const search = { q: 'ns:shop -user:"a b" <img src=x onerror=alert(1)> & 100% ü', from: '2026-11-23T14:00:00Z' }
  assert.deepEqual(parseSearch(stringifySearch(search)), search)
})

test('leaves out what is empty and keeps times readable', () => {
  assert.equal(stringifySearch({ q: '', last: undefined, at: '2026-11-23T14:00:00Z' }), '?at=2026-11-23T14:00:00Z')
  assert.equal(stringifySearch({}), '')
})

test('a repeated key counts once and __proto__ is only data', () => {
  assert.deepEqual(parseSearch('?q=a&q=b'), { q: 'a' })
  assert.equal(Object.getPrototypeOf(parseSearch('?__proto__=x')), Object.prototype)
})

test('validates single values', () => {
  assert.equal(searchText(5), undefined)
  assert.equal(searchText('x'.repeat(5000))?.length, 4096)
  assert.equal(searchChoice('code', ['decision', 'code']), 'code')
  assert.equal(searchChoice('nope', ['decision', 'code']), undefined)
})
