import assert from 'node:assert/strict'
import test from 'node:test'
import { resolveScalar } from './yaml-scalar.ts'

const cases: readonly (readonly [string, unknown])[] = [
  ['true', true],
  ['yes', true],
  ['On', true],
  ['y', true],
  ['NO', false],
  ['off', false],
  ['yES', 'yES'],
  ['', null],
  ['~', null],
  ['Null', null],
  ['nil', 'nil'],
  ['0', 0],
  ['-12', -12],
  ['+7', 7],
  ['0777', 511],
  ['0o17', 15],
  ['0x1F', 31],
  ['-0b11', -3],
  ['1_000', 1000],
  ['08', 8],
  ['1.50', 1.5],
  ['.5', 0.5],
  ['1e3', 1000],
  ['1:30', '1:30'],
  ['2001-01-01', '2001-01-01'],
  ['1.2.3', '1.2.3'],
  ['0x', '0x'],
  ['- a', '- a'],
  ['.inf', Number.POSITIVE_INFINITY],
  ['nginx', 'nginx'],
]
for (const [text, value] of cases) {
  test(`the plain scalar ${JSON.stringify(text)} is ${JSON.stringify(value) ?? value}, as kubectl reads it`, () => {
    assert.deepEqual(resolveScalar(text, undefined), value)
  })
}

test('a tag decides, and what does not fit it is undefined', () => {
  const core = (name: string) => `tag:yaml.org,2002:${name}`
  assert.equal(resolveScalar('true', core('str')), 'true')
  assert.equal(resolveScalar('true', core('bool')), true)
  assert.equal(resolveScalar('1', core('float')), 1)
  assert.equal(resolveScalar('~', core('null')), null)
  assert.equal(resolveScalar('a', core('int')), undefined)
  assert.equal(resolveScalar('1.5', core('int')), undefined)
  assert.equal(resolveScalar('1', 'tag:example.com:own'), '1')
})
