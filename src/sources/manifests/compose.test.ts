import assert from 'node:assert/strict'
import test from 'node:test'
import { type Composition, compose, type Pick } from './compose.ts'
import { parseYaml } from './parse-yaml.ts'

const composed = (text: string, pick: Pick = 'last'): readonly Composition[] => {
  const parsed = parseYaml(text)
  assert.ok('events' in parsed, 'parses')
  const result = compose(parsed.source, parsed.events, pick)
  assert.ok(!('offset' in result), JSON.stringify(result))
  return result
}
const valueIn = (text: string, pick: Pick = 'last') => composed(text, pick)[0]?.value

const faultOf = (text: string) => {
  const parsed = parseYaml(text)
  if (!('events' in parsed)) return parsed
  const result = compose(parsed.source, parsed.events, 'last')
  assert.ok('offset' in result)
  return result
}

test('keys become texts, and quoted scalars stay texts', () => {
  assert.deepEqual(valueIn('1: a\ntrue: b\n"yes": "yes"\nk: \'1\'\n'), { '1': 'a', true: 'b', yes: 'yes', k: '1' })
})

test('takes the last of a duplicate key, or the one that is asked for, and tells of it', () => {
  const text = 'a: 1\nb: {c: x, c: z}\na: 2\na: 3\n'
  assert.deepEqual(valueIn(text), { a: 3, b: { c: 'z' } })
  assert.deepEqual(valueIn(text, 0), { a: 1, b: { c: 'x' } })
  assert.deepEqual(valueIn(text, 1), { a: 2, b: { c: 'z' } })
  assert.deepEqual(composed(text)[0]?.duplicates, [
    { key: 'c', offset: 15, count: 2 },
    { key: 'a', offset: 21, count: 3 },
  ])
})

test('a merge key overrides what stands before it and is overridden by what stands after, which is no duplicate', () => {
  const [, document] = composed('---\nm: &m {a: 1, b: 1}\n...\n---\nm: &m {a: 1, b: 1}\nx: {a: 2, <<: *m, b: 2}\n')
  assert.deepEqual(document?.value, { m: { a: 1, b: 1 }, x: { a: 1, b: 2 } })
  assert.deepEqual(document?.duplicates, [])
  assert.deepEqual(valueIn('x: {<<: [{a: 1}, {a: 2, c: 3}]}'), { x: { a: 1, c: 3 } })
})

test('aliases share their value, and anchors do not reach over documents', () => {
  const value = valueIn('a: &x [1]\nb: *x\n') as { readonly a: unknown; readonly b: unknown }
  assert.equal(value.a, value.b)
  assert.deepEqual(faultOf('a: &x 1\n---\nb: *x\n'), { message: 'the alias *x points to no anchor', offset: 16 })
  assert.deepEqual(faultOf('a: &x [*x]\n'), { message: 'the anchor &x contains itself', offset: 8 })
})

test('refuses an alias bomb at once', () => {
  const level = (n: number) => `l${n}: &l${n} [${`*l${n - 1},`.repeat(10)}]\n`
  const bomb = `l0: &l0 [${'lol,'.repeat(10)}]\n${Array.from({ length: 9 }, (_, n) => level(n + 1)).join('')}`
  assert.match(faultOf(bomb).message, /alias bomb/)
})

test('reads tags, with handles of a directive', () => {
  const text =
    '%TAG !k! tag:yaml.org,2002:\n---\na: !k!bool "on"\nb: !!str 1\nc: !<tag:yaml.org,2002:int> "7"\nd: ! 1\ne: !own x\n'
  assert.deepEqual(valueIn(text), { a: true, b: '1', c: 7, d: '1', e: 'x' })
  assert.deepEqual(faultOf('a: !!int x'), {
    message: 'the value does not fit its tag tag:yaml.org,2002:int',
    offset: 9,
  })
})

test('a key of any name is only data', () => {
  const value = valueIn('__proto__: {polluted: true}\nconstructor: 1\n') as object
  assert.deepEqual(Object.keys(value), ['__proto__', 'constructor'])
  assert.equal(Object.getPrototypeOf(value), Object.prototype)
  assert.equal(Reflect.get({}, 'polluted'), undefined)
})

test('refuses what JSON cannot hold', () => {
  assert.deepEqual(faultOf('? {a: 1}\n: b\n'), { message: 'a key is not a text', offset: 2 })
  assert.deepEqual(faultOf('a: .nan\n'), { message: 'JSON has no such number', offset: 3 })
  assert.deepEqual(faultOf('<<: 1\n'), { message: 'a merge key (<<) needs a mapping', offset: 0 })
})

test('refuses nesting that is too deep', () => {
  for (const text of [
    '['.repeat(10_000),
    '{"a":'.repeat(10_000),
    '- '.repeat(10_000),
    `${'['.repeat(10_000)}${']'.repeat(10_000)}`,
  ]) {
    assert.match(faultOf(text).message, /nesting exceeded maxDepth/)
  }
})

test('takes a closing bracket below its key, and a quoted text that is not indented', () => {
  const text = 'a:\n  b: [\n    x,\n  ]\n  c: {\n}\nd: "x\ny"\n'
  assert.deepEqual(valueIn(text), { a: { b: ['x'], c: {} }, d: 'x y' })
  const parsed = parseYaml(text)
  assert.ok('events' in parsed)
  assert.equal(parsed.originalOffset(parsed.source.indexOf('d:')), text.indexOf('d:'))
})
