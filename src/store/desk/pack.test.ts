import assert from 'node:assert/strict'
import { test } from 'node:test'
import { zstdDecompressSync } from 'node:zlib'
import fc from 'fast-check'
import type { JsonValue } from '../../model/json.ts'
import { type JsonDraft, JsonList } from '../../model/json-draft.ts'
import { jsonPieces, pack, packNow } from './pack.ts'

const samples: readonly JsonValue[] = [
  null,
  '',
  [],
  {},
  [[], {}, [null]],
  { a: undefined, b: 1 },
  Array.from({ length: 101 }, (_, index) => ({ index, list: Array.from({ length: index }, String) })),
]

test('pieces of JSON are together what JSON.stringify gives', () => {
  const whole = (value: JsonValue): string => [...jsonPieces(value)].join('')
  for (const value of samples) assert.equal(whole(value), JSON.stringify(value))
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const json: JsonValue = JSON.parse(JSON.stringify(value))
      assert.equal(whole(json), JSON.stringify(json))
    }),
  )
})

test('lists that are made on the way are asked for once, piece by piece, wherever they stand', () => {
  let made = 0
  function* items(count: number): Generator<JsonValue> {
    for (let index = 0; index < count; index++) {
      made += 1
      yield { index, text: 'x'.repeat(1000) }
    }
  }
  const draft = (): JsonDraft => ({
    none: new JsonList([]),
    rules: Array.from({ length: 30 }, (_, rule) => ({ rule, groups: new JsonList(items(rule)) })),
    many: Array.from({ length: 300 }, () => new JsonList(items(1))),
    long: new JsonList(items(100)),
  })
  const whole = JSON.stringify(draft())
  const all = made
  made = 0
  let text = ''
  let before = 0
  for (const piece of jsonPieces(draft())) {
    text += piece
    assert.ok(made - before <= 20, `${made - before} made for one piece`)
    before = made
  }
  assert.equal(text, whole)
  assert.equal(made, all)
})

test('what is packed bit by bit is what is packed at once, and others get their turn meanwhile', async () => {
  const body = Array.from({ length: 200 }, (_, index) => ({ index, text: 'x'.repeat(2000) }))
  let turns = 0
  let isDone = false
  const count = (): void => {
    turns += 1
    if (!isDone) setImmediate(count)
  }
  count()
  const { bytes } = await pack({ body })
  isDone = true
  const text = (packed: Uint8Array): string => zstdDecompressSync(packed).toString('utf8')
  assert.equal(text(bytes), text(packNow({ body }).bytes))
  assert.ok(turns > 3, `${turns} turns`)
})
