import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lineSplitter } from './lines.ts'

const texts = (chunks: readonly Buffer[], maxBytes = 1000): readonly string[] => {
  const split = lineSplitter(maxBytes)
  return chunks.flatMap(split).map((line) => (line.kind === 'line' ? line.bytes.toString() : 'TOO LARGE'))
}

test('keeps a line whole that comes in three chunks, and a character that is cut in two', () => {
  const bytes = Buffer.from('{"name":"größe"}\n{"b":1}\n')
  const cut = bytes.indexOf('ß'.normalize()) + 1
  assert.deepEqual(texts([bytes.subarray(0, 3), bytes.subarray(3, cut), bytes.subarray(cut)]), [
    '{"name":"größe"}',
    '{"b":1}',
  ])
})

test('gives nothing for the rest after the last newline, nor for empty lines', () => {
  assert.deepEqual(texts([Buffer.from('\na\n\n{"type":"ADD')]), ['a'])
})

test('says that a line was too large, whether it comes in one chunk or many, and goes on after it', () => {
  assert.deepEqual(texts([Buffer.from(`a\n${'x'.repeat(11)}\nb\n`)], 10), ['a', 'TOO LARGE', 'b'])
  const many = Array.from({ length: 50 }, () => Buffer.from('xxxx'))
  assert.deepEqual(texts([Buffer.from('a\n'), ...many, Buffer.from('x\nb\n')], 10), ['a', 'TOO LARGE', 'b'])
})

test('splits the same however the bytes are cut into chunks', () => {
  fc.assert(
    fc.property(fc.array(fc.string({ unit: 'grapheme' })), fc.array(fc.nat(40)), (lines, cuts) => {
      const clean = lines.map((line) => line.replaceAll('\n', ' '))
      const bytes = Buffer.from(clean.map((line) => `${line}\n`).join(''))
      const chunks: Buffer[] = []
      let rest = bytes
      for (const cut of cuts) {
        chunks.push(rest.subarray(0, cut))
        rest = rest.subarray(cut)
      }
      assert.deepEqual(
        texts([...chunks, rest], 100_000),
        clean.filter((line) => line !== ''),
      )
    }),
  )
})
