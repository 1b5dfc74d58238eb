import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonValue } from '../../model/json.ts'
import { compile, evaluate, extend, fromJson, kubernetesEnvironment, toJson, typeText } from './index.ts'
import { dynType } from './types.ts'
import { isError } from './values.ts'

const environment = extend(kubernetesEnvironment, [['object', dynType]])

const object = {
  metadata: { name: 'web', labels: { app: 'web' } },
  spec: { replicas: 3, ratio: 0.5, nothing: null, containers: [{ name: 'a', image: 'x/a' }, { name: 'b' }] },
}

/** The value as JSON, or the text of the error: of compiling, or of the run. */
function result(source: string, limit?: number): unknown {
  const compiled = compile(source, environment)
  if (compiled.kind === 'error') return { compileError: compiled.text }
  const { value } = evaluate(compiled.program, { object: fromJson(object) }, limit)
  return isError(value) ? { error: value.message } : toJson(value)
}

const results = (sources: readonly string[]): readonly (readonly [string, unknown])[] =>
  sources.map((source) => [source, result(source)])

test('JSON integers are ints, other numbers doubles, and both compare across types', () => {
  const expected: readonly (readonly [string, unknown])[] = [
    ['type(object.spec.replicas) == int', true],
    ['type(object.spec.ratio) == double', true],
    ['object.spec.replicas == 3.0', true],
    ['object.spec.replicas == 3u', true],
    ['dyn(1) < dyn(1.5)', true],
    ["dyn(1) == dyn('1')", false],
    ['dyn(9007199254740993) == dyn(9007199254740992.0)', true],
    ['{1: "a"}[dyn(1.0)]', 'a'],
    ['object.spec.replicas + 0.5', { error: 'no such overload' }],
  ]
  assert.deepEqual(results(expected.map(([source]) => source)), expected)
})

test('a path that ends too early is an error unless has() or an optional asks for it', () => {
  const expected: readonly (readonly [string, unknown])[] = [
    ['has(object.spec.paused)', false],
    ['has(object.spec.nothing)', true],
    ['object.spec.paused', { error: 'no such key: paused' }],
    ['object.spec.nothing == null', true],
    ['object.spec.nothing.more', { error: 'no such key: more' }],
    ['has(object.status.phase)', { error: 'no such key: status' }],
    ["object.?status.?phase.orValue('none')", 'none'],
    ['object.spec.containers[2]', { error: 'index out of bounds: 2' }],
    ['object.spec.containers[?2].hasValue()', false],
    ['object.spec.containers.map(c, c.?image.orValue("none"))', ['x/a', 'none']],
  ]
  assert.deepEqual(results(expected.map(([source]) => source)), expected)
})

test('a side of && or || that decides hides the error of the other', () => {
  const expected: readonly (readonly [string, unknown])[] = [
    ['object.nope == 1 || true', true],
    ['object.nope == 1 && false', false],
    ['true || object.nope == 1', true],
    ['object.nope == 1 || false', { error: 'no such key: nope' }],
    ["object.spec.containers.exists(c, c.image == 'x/a')", true],
    ["object.spec.containers.all(c, c.image == 'x/a')", { error: 'no such key: image' }],
  ]
  assert.deepEqual(results(expected.map(([source]) => source)), expected)
})

test('integers do not wrap around', () => {
  const expected: readonly (readonly [string, unknown])[] = [
    ['9223372036854775807 + object.spec.replicas', { error: 'integer overflow' }],
    ['-9223372036854775808 - object.spec.replicas', { error: 'integer overflow' }],
    ['object.spec.replicas / 0', { error: 'division by zero' }],
    ['0u - uint(object.spec.replicas)', { error: 'unsigned integer overflow' }],
    ['int(1e19 * double(object.spec.replicas))', { error: 'integer overflow' }],
  ]
  assert.deepEqual(results(expected.map(([source]) => source)), expected)
})

test('a fault of the text is told with its place', () => {
  assert.deepEqual(result('object.spec.replicas <= "a" && 1'), {
    compileError:
      "compilation failed: ERROR: <input>:1:32: expected type 'bool' but found 'int'\n | object.spec.replicas <= \"a\" && 1\n | ...............................^",
  })
  assert.deepEqual(result('[1].all(x, y == 1)'), {
    compileError:
      "compilation failed: ERROR: <input>:1:12: undeclared reference to 'y' (in container '')\n | [1].all(x, y == 1)\n | ...........^",
  })
})

test('the output type is the one the checker finds', () => {
  const typeOf = (source: string): string => {
    const compiled = compile(source, environment)
    return compiled.kind === 'program' ? typeText(compiled.program.type) : compiled.text
  }
  assert.deepEqual(['[1]', "{'a': [1.0]}", 'object.x', 'optional.of(1)', "ip('::1')"].map(typeOf), [
    'list(int)',
    'map(string, list(double))',
    'dyn',
    'optional_type(int)',
    'net.IP',
  ])
})

test('an expression ends with an error where its cost exceeds the limit', () => {
  const source = 'lists.range(1000).all(x, lists.range(1000).all(y, lists.range(1000).all(z, z >= 0)))'
  assert.deepEqual(result(source), { error: 'operation cancelled: actual cost limit exceeded' })
  assert.deepEqual(result('lists.range(10).all(x, x >= 0)', 20), {
    error: 'operation cancelled: actual cost limit exceeded',
  })
})

test('what an expression puts together is bounded, though it costs nearly nothing', () => {
  let doubled = '[1, 2, 3]'
  for (let i = 0; i < 40; i++) doubled = `[${doubled}].map(l, l + l)[0]`
  const joined = 'lists.range(2000).all(x, (lists.range(2000) + lists.range(1)).size() > 0)'
  const texts = `lists.range(500).all(x, '${'a'.repeat(3000)}'.replace('', '${'b'.repeat(3000)}').size() > 0)`
  assert.deepEqual(result(doubled), { error: 'list longer than 4000000 items' })
  assert.deepEqual(
    [joined, texts].map((source) => result(source)),
    Array(2).fill({ error: 'operation cancelled: actual cost limit exceeded' }),
  )
})

test('values nested beyond any use are an error or have no JSON form, and never an exception', () => {
  let deep: JsonValue = 1
  for (let i = 0; i < 100_000; i++) deep = { a: deep }
  const value = fromJson({ deep })
  const run = (source: string): string => {
    const compiled = compile(source, environment)
    if (compiled.kind === 'error') return compiled.text
    const { value: found } = evaluate(compiled.program, { object: value })
    return isError(found) ? found.message : 'a value'
  }
  assert.deepEqual(['object == object', "'%s'.format([object])", 'object.deep.a.a.size()'].map(run), [
    'value nested too deeply',
    'value nested too deeply',
    'a value',
  ])
  assert.equal(toJson(value), undefined)
})

test('transforming a long list into a map takes a step for each item', () => {
  assert.equal(result('lists.range(20000).transformMap(k, v, v).size()'), 20000)
})

test('a regular expression that would backtrack for ever elsewhere runs in linear time', () => {
  assert.equal(result(`'${'a'.repeat(50_000)}b'.matches('^(a+)+$')`), false)
  assert.equal(result(`'${'a'.repeat(2000)}'.matches('(a?){500}a{500}$')`), true)
})

test('hostile texts are refused, and never end in an exception', () => {
  const refused = (source: string): boolean => compile(source, environment).kind === 'error'
  const deep: readonly string[] = [
    `${'('.repeat(300)}1${')'.repeat(300)}`,
    '['.repeat(300) + ']'.repeat(300),
    `${'!'.repeat(60_000)}(${'-('.repeat(300)}1${')'.repeat(300)})`,
    `a${'.b('.repeat(300)}${')'.repeat(300)}`,
    'x'.repeat(100_001),
    `${'['.repeat(50_000)}`,
    `"${'\\'.repeat(99_999)}`,
    `[${'1,'.repeat(40_000)}`,
  ]
  assert.deepEqual(
    deep.map(refused),
    deep.map(() => true),
  )
})

test('macros cannot blow up an expression beyond a bound', () => {
  const chain = `optional.of(1)${'.optMap(x, x)'.repeat(200)}`
  assert.equal(compile(chain, environment).kind, 'error')
  const long = Array.from({ length: 4000 }, (_, i) => `object.a${i} == 1`).join(' || ')
  assert.equal(compile(long, environment).kind, 'program')
})

test('any text compiles or is refused, and what compiles gives a value or an error', () => {
  const words = fc.constantFrom(
    ...'object . spec [ ] ( ) { } ? : , + - * / % == < in && || ! 1 1u 1.5 "a" b"x" null true all( map( has( x optional.of( size( string( `a`'.split(
      ' ',
    ),
  )
  fc.assert(
    fc.property(fc.array(words, { maxLength: 25 }), (parts) => {
      const compiled = compile(parts.join(' '), environment)
      if (compiled.kind === 'program') evaluate(compiled.program, { object: fromJson(object) })
    }),
    { numRuns: 2000 },
  )
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 60 }), (text) => {
      compile(text, environment)
    }),
    { numRuns: 1000 },
  )
})

test('keys and fields named like parts of every object are only what the object has', () => {
  const expected: readonly (readonly [string, unknown])[] = [
    ['has(object.constructor)', false],
    ['has(object.__proto__)', false],
    ["'toString' in object", false],
    ["{'__proto__': 1}", JSON.parse('{"__proto__": 1}')],
    ["'hasOwnProperty' in {'a': 1}", false],
    ['object.toString', { error: 'no such key: toString' }],
  ]
  assert.deepEqual(results(expected.map(([source]) => source)), expected)
})
