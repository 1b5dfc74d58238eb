import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { parse } from 'yaml'
import type { JsonValue } from '../../model/json.ts'
import { diffLines, foldRows, sharedEnds } from './diff.ts'
import { jsonLines } from './lines.ts'
import { yamlLines } from './yaml.ts'

test('the lines of JSON, joined, are the JSON; paths name where a value stands', () => {
  const value = { user: { groups: ['a', 'b'], empty: {} }, code: 403, ok: null }
  const lines = jsonLines(value, new Set())
  assert.deepEqual(JSON.parse(lines.map((line) => line.label + line.text).join('\n')), value)
  assert.deepEqual(
    lines.filter((line) => line.value !== undefined).map((line) => [line.path, line.value]),
    [
      ['user.groups[0]', 'a'],
      ['user.groups[1]', 'b'],
      ['code', '403'],
      ['ok', 'null'],
    ],
  )
})

test('a folded container is one line that says how much it holds', () => {
  assert.deepEqual(
    jsonLines({ a: [1, 2], b: 1 }, new Set(['a'])).map((line) => line.label + line.text),
    ['{', '"a": [ 2 items ],', '"b": 1', '}'],
  )
})

test('JSON of any depth is shown in bounded depth', () => {
  let deep: JsonValue = 1
  for (let index = 0; index < 5000; index += 1) deep = [deep]
  const lines = jsonLines(deep, new Set())
  assert.equal(lines.length, 129)
  assert.equal(yamlLines(deep).length, 1)
})

test('YAML reads as people know it from kubectl', () => {
  const value = {
    apiVersion: 'apps/v1',
    spec: {
      containers: [{ name: 'web', image: 'shop/web:1.2', args: ['--a', 'yes'], env: [] }],
      script: 'a\nb\n',
      port: 80,
      text: '80',
    },
  }
  assert.deepEqual(yamlLines(value), [
    'apiVersion: apps/v1',
    'spec:',
    '  containers:',
    '  - name: web',
    '    image: shop/web:1.2',
    '    args:',
    '    - "--a"',
    '    - "yes"',
    '    env: []',
    '  script: |',
    '    a',
    '    b',
    '  port: 80',
    '  text: "80"',
  ])
})

test('YAML lines parse back to the same value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 5 }), (value) => {
      const clean = JSON.parse(JSON.stringify(value))
      const text = yamlLines(clean).join('\n')
      assert.deepEqual(JSON.parse(JSON.stringify(parse(text, { schema: 'core' }))), clean, text)
    }),
    { numRuns: 500 },
  )
  for (const text of [
    'a\nb',
    ' a\nb',
    'a\n\n',
    'a: b\n- c\n',
    '\n',
    'null',
    '1e3',
    '0x10',
    'a #b',
    'a: b',
    'x:',
    '- a',
  ]) {
    assert.equal(parse(yamlLines({ text }).join('\n')).text, text, JSON.stringify(text))
  }
})

test('a comparison holds both texts whole and marks what changed', () => {
  const rows = diffLines(['a', 'b', 'c', 'd'], ['a', 'x', 'c', 'd', 'e'])
  assert.deepEqual(
    rows.map((row) => [row.kind, row.left?.text, row.right?.text]),
    [
      ['same', 'a', 'a'],
      ['changed', 'b', 'x'],
      ['same', 'c', 'c'],
      ['same', 'd', 'd'],
      ['added', undefined, 'e'],
    ],
  )
})

test('for any two texts, the sides of the comparison are the texts and equal rows are equal', () => {
  const lines = fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 30 })
  fc.assert(
    fc.property(lines, lines, (left, right) => {
      const rows = diffLines(left, right)
      assert.deepEqual(
        rows.flatMap((row) => (row.left ? [row.left.text] : [])),
        left,
      )
      assert.deepEqual(
        rows.flatMap((row) => (row.right ? [row.right.text] : [])),
        right,
      )
      for (const row of rows) if (row.kind === 'same') assert.equal(row.left.text, row.right.text)
      assert.equal(rows.filter((row) => row.kind === 'same').length, longestCommon(left, right))
    }),
    { numRuns: 500 },
  )
})

test('two large texts without anything in common are shown as replaced', () => {
  const rows = diffLines(
    Array.from({ length: 20_000 }, (_, index) => `a${index}`),
    Array.from({ length: 20_000 }, (_, index) => `b${index}`),
  )
  assert.equal(rows.length, 20_000)
  assert.ok(rows.every((row) => row.kind === 'changed'))
})

test('rows far from a change are folded, and can be opened', () => {
  const left = Array.from({ length: 20 }, (_, index) => `line ${index}`)
  const rows = diffLines(left, [...left.slice(0, 10), 'other', ...left.slice(11)])
  const folded = foldRows(rows, 2, new Set())
  assert.deepEqual(
    folded.map((row) => row.kind),
    ['fold', 'same', 'same', 'changed', 'same', 'same', 'fold'],
  )
  assert.deepEqual(folded[0], { kind: 'fold', at: 0, rows: 8 })
  assert.equal(foldRows(rows, 2, new Set([0])).length, 14)
})

test('finds what differs inside a line', () => {
  assert.deepEqual(sharedEnds('image: web:1.2', 'image: web:1.30'), { start: 13, end: 0 })
  assert.deepEqual(sharedEnds('aa', 'aaa'), { start: 2, end: 0 })
})

/** The length of the longest common subsequence, by the textbook table. */
const longestCommon = (a: readonly string[], b: readonly string[]): number => {
  const table = Array.from({ length: a.length + 1 }, () => new Array<number>(b.length + 1).fill(0))
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      const row = table[i]
      if (!row) continue
      row[j] = a[i] === b[j] ? (table[i + 1]?.[j + 1] ?? 0) + 1 : Math.max(table[i + 1]?.[j] ?? 0, row[j + 1] ?? 0)
    }
  }
  return table[0]?.[0] ?? 0
}
