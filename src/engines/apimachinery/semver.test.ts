import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareSemver, formatSemver, parseSemver, parseTolerantSemver, type Semver } from './semver.ts'

const semver = (text: string): Semver => {
  const parsed = parseSemver(text)
  return parsed.kind === 'semver' ? parsed.semver : assert.fail(`${text}: ${parsed.message}`)
}

test('versions are ordered as the specification orders them', () => {
  const ordered =
    '1.0.0-1 1.0.0-2 1.0.0-10 1.0.0-alpha 1.0.0-alpha.1 1.0.0-alpha.beta 1.0.0-beta 1.0.0-rc.1 1.0.0 1.2.0 1.10.0'
  const versions = ordered.split(' ').map(semver)
  assert.deepEqual(versions.toReversed().toSorted(compareSemver), versions)
  assert.equal(compareSemver(semver('1.0.0+a'), semver('1.0.0+b')), 0)
})

test('only the tolerant form takes a v, leading zeros and missing numbers', () => {
  const texts = ['v1.2.3', '1.2', '1', '01.2.3', 'v1.02.3-rc.1+x']
  assert.deepEqual(
    texts.map((text) => parseSemver(text).kind),
    texts.map(() => 'error'),
  )
  assert.deepEqual(
    texts.map((text) => {
      const parsed = parseTolerantSemver(text)
      return parsed.kind === 'semver' ? formatSemver(parsed.semver) : parsed.message
    }),
    ['1.2.3', '1.2.0', '1.0.0', '1.2.3', '1.2.3-rc.1+x'],
  )
})

test('what is no version is refused in either form', () => {
  const texts = [
    '',
    'v',
    ' 1.2.3',
    '1.2-rc',
    '1.2.3.4',
    '1.2.3-',
    '1.2.3-01',
    '1.2.3+',
    '1.2.x',
    '1.2.99999999999999999999',
    '-1.2.3',
  ]
  assert.deepEqual(
    texts.map((text) => [parseSemver(text).kind, parseTolerantSemver(text).kind]),
    texts.map(() => ['error', 'error']),
  )
})

const part = fc.nat(20)
const version = fc
  .tuple(part, part, part, fc.constantFrom('', '-1', '-alpha', '-alpha.1', '-alpha.b', '-b'), fc.constantFrom('', '+x'))
  .map(([major, minor, patch, pre, build]) => `${major}.${minor}.${patch}${pre}${build}`)

test('the order is total, and writing a version gives its text back', () => {
  fc.assert(
    fc.property(version, version, version, (a, b, c) => {
      assert.equal(formatSemver(semver(a)), a)
      const [x, y, z] = [semver(a), semver(b), semver(c)]
      assert.equal(compareSemver(x, y) + compareSemver(y, x), 0)
      if (compareSemver(x, y) <= 0 && compareSemver(y, z) <= 0) assert.ok(compareSemver(x, z) <= 0)
    }),
  )
})
