import assert from 'node:assert/strict'
import test from 'node:test'
import { splitDocuments } from './split-documents.ts'

const texts = (text: string) => splitDocuments(text).map((document) => document.text)

test('splits before each marker at the beginning of a line, and nowhere else', () => {
  assert.deepEqual(texts('a: 1\n---\nb: |\n  ---\n---x: 2\n--- # c\r\nd: ---\r\n---'), [
    'a: 1\n',
    '---\nb: |\n  ---\n---x: 2\n',
    '--- # c\r\nd: ---\r\n',
    '---',
  ])
})

test('keeps directives with the document that they are for', () => {
  assert.deepEqual(texts('%YAML 1.1\n# c\n---\na: 1\n---\nb: 2\n'), ['%YAML 1.1\n# c\n---\na: 1\n', '---\nb: 2\n'])
})

test('splits a stream of JSON objects, whatever stands in their texts', () => {
  assert.deepEqual(texts('{"a":"}{\\"{"}\n{"b":{}} {"c":1} x'), ['{"a":"}{\\"{"}', '\n{"b":{}}', ' {"c":1} x'])
})

test('leaves a JSON stream that is broken as one document', () => {
  assert.deepEqual(texts('{"a":1}} {"b":2}'), ['{"a":1}} {"b":2}'])
  assert.deepEqual(texts('{"a": "'), ['{"a": "'])
})

test('tells where each document begins', () => {
  const text = '{"a":1}{"b":2}\n---\nc: 3\n'
  assert.deepEqual(
    splitDocuments(text).map(({ offset, text: part }) => text.slice(offset, offset + part.length) === part),
    [true, true, true],
  )
})
