import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { JsonValue } from '../../model/json.ts'
import { applyJsonPatch, type PatchOperation } from './json-patch.ts'

const document = { a: { list: [1, 2], 'x/y~z': 'old' }, keep: null }

const patch = (op: string, path: string, rest: { value?: JsonValue; from?: string } = {}): unknown => {
  const operation: PatchOperation = { op, path, from: rest.from ?? '', value: rest.value }
  const result = applyJsonPatch(document, [operation])
  return result.kind === 'patched' ? result.value : result.kind === 'error' ? result.message : result.kind
}

test('operations change the place that their pointer names, and leave the document as it was', () => {
  const before = structuredClone(document)
  assert.deepEqual(
    [
      patch('add', '/a/list/1', { value: 9 }),
      patch('add', '/a/list/-', { value: 9 }),
      patch('replace', '/a/x~1y~0z', { value: 'new' }),
      patch('remove', '/a/list'),
      patch('move', '/moved', { from: '/a/list' }),
      patch('copy', '/keep', { from: '/a/list/0' }),
      patch('test', '/a/list', { value: [1, 2] }),
      patch('replace', '/b', { value: 1 }),
    ],
    [
      { a: { list: [1, 9, 2], 'x/y~z': 'old' }, keep: null },
      { a: { list: [1, 2, 9], 'x/y~z': 'old' }, keep: null },
      { a: { list: [1, 2], 'x/y~z': 'new' }, keep: null },
      { a: { 'x/y~z': 'old' }, keep: null },
      { a: { 'x/y~z': 'old' }, keep: null, moved: [1, 2] },
      { a: { list: [1, 2], 'x/y~z': 'old' }, keep: 1 },
      document,
      { ...document, b: 1 },
    ],
  )
  assert.deepEqual(document, before)
})

test('a test that fails is not an error, and one for null always fails', () => {
  assert.equal(patch('test', '/a/list', { value: [2, 1] }), 'test failed')
  assert.equal(patch('test', '/keep', { value: null }), 'test failed')
})

test('a place that does not exist is an error with its pointer', () => {
  const messages = [
    patch('add', '/b/c', { value: 1 }),
    patch('replace', '/b/c', { value: 1 }),
    patch('add', '/a/list/7', { value: 1 }),
    patch('add', '/a/list/x', { value: 1 }),
    patch('move', '/c', { from: '/b' }),
    patch('rename', '/a'),
  ]
  assert.deepEqual(
    messages.map((message) => typeof message === 'string' && message.startsWith('JSON Patch: ')),
    messages.map(() => true),
  )
})

test('a key named __proto__ is a key like any other', () => {
  const result = applyJsonPatch({}, [{ op: 'add', path: '/__proto__', from: '', value: { polluted: true } }])
  assert.equal(JSON.stringify(result), '{"kind":"patched","value":{"__proto__":{"polluted":true}}}')
  assert.equal(Reflect.get({}, 'polluted'), undefined)
})

test('a document nested beyond any use is an error', () => {
  let deep: JsonValue = 1
  for (let i = 0; i < 100_000; i++) deep = [deep]
  assert.equal(applyJsonPatch({ deep }, []).kind, 'error')
})

test('copies that double the document again and again end with an error', () => {
  const doubling: PatchOperation = { op: 'copy', path: '/-', from: '', value: undefined }
  const result = applyJsonPatch([1], Array(40).fill(doubling))
  assert.equal(result.kind, 'error')
})
