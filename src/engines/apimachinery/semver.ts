/** Semantic versions as github.com/blang/semver v4.0.0 reads and orders them (which Kubernetes' CEL library uses). */

import { quote } from './quote.ts'

export interface Semver {
  readonly major: bigint
  readonly minor: bigint
  readonly patch: bigint
  /** Numbers as bigint, other identifiers as text. */
  readonly prerelease: readonly (bigint | string)[]
  readonly build: readonly string[]
}

export type ParsedSemver =
  | { readonly kind: 'semver'; readonly semver: Semver }
  | { readonly kind: 'error'; readonly message: string }

const refused = (message: string): ParsedSemver => ({ kind: 'error', message })

/** Reads a strict version: three numbers without `v` and without leading zeros. */
export function parseSemver(text: string): ParsedSemver {
  if (text === '') return refused('Version string empty')
  const [major, minor, ...rest] = text.split('.')
  if (major === undefined || minor === undefined || rest.length === 0)
    return refused('No Major.Minor.Patch elements found')
  const tail = rest.join('.')
  const plus = tail.indexOf('+')
  const build = plus < 0 ? [] : tail.slice(plus + 1).split('.')
  const core = plus < 0 ? tail : tail.slice(0, plus)
  const dash = core.indexOf('-')
  const prerelease = dash < 0 ? [] : core.slice(dash + 1).split('.')
  const patch = dash < 0 ? core : core.slice(0, dash)
  const named = [
    ['Major', 'major', major],
    ['Minor', 'minor', minor],
    ['Patch', 'patch', patch],
  ] as const
  for (const [title, name, number] of named) {
    if (!/^[0-9]*$/.test(number)) return refused(`Invalid character(s) found in ${name} number ${quote(number)}`)
    if (number.length > 1 && number.startsWith('0'))
      return refused(`${title} number must not contain leading zeroes ${quote(number)}`)
    if (number === '') return refused('strconv.ParseUint: parsing "": invalid syntax')
    if (!isUint64(number)) return refused(`strconv.ParseUint: parsing ${quote(number)}: value out of range`)
  }
  const identifiers: (bigint | string)[] = []
  for (const part of prerelease) {
    const problem = identifierProblem(part)
    if (problem !== undefined) return refused(problem)
    identifiers.push(/^[0-9]+$/.test(part) ? BigInt(part) : part)
  }
  for (const part of build) {
    if (part === '') return refused('Build meta data is empty')
    if (!/^[0-9A-Za-z-]+$/.test(part)) return refused(`Invalid character(s) found in build meta data ${quote(part)}`)
  }
  const semver = { major: BigInt(major), minor: BigInt(minor), patch: BigInt(patch), prerelease: identifiers, build }
  return { kind: 'semver', semver }
}

const isUint64 = (digits: string): boolean => digits.length <= 20 && BigInt(digits) < 2n ** 64n

function identifierProblem(part: string): string | undefined {
  if (part === '') return 'Prerelease is empty'
  if (!/^[0-9A-Za-z-]+$/.test(part)) return `Invalid character(s) found in prerelease ${quote(part)}`
  if (!/^[0-9]+$/.test(part)) return undefined
  if (part.length > 1 && part.startsWith('0'))
    return `Numeric PreRelease version must not contain leading zeroes ${quote(part)}`
  return isUint64(part) ? undefined : `strconv.ParseUint: parsing ${quote(part)}: value out of range`
}

/** Reads a version with a `v` before it, with leading zeros, or with only one or two numbers. */
export function parseTolerantSemver(text: string): ParsedSemver {
  const [major = '', minor, ...rest] = (text.startsWith('v') ? text.slice(1) : text).split('.')
  const parts = [major, ...(minor === undefined ? [] : [minor]), ...(rest.length === 0 ? [] : [rest.join('.')])].map(
    withoutZeros,
  )
  if (parts.length < 3 && /[+-]/.test(parts.at(-1) ?? ''))
    return refused('short version cannot contain PreRelease/Build meta data')
  while (parts.length < 3) parts.push('0')
  return parseSemver(parts.join('.'))
}

function withoutZeros(part: string): string {
  // Upstream counts bytes, so a single character beyond ASCII gets its zero too.
  if (part.length <= 1 && part <= '\x7f') return part
  const stripped = part.replace(/^0+/, '')
  return /^[0-9]/.test(stripped) ? stripped : `0${stripped}`
}

/** -1, 0 or 1; build data does not count. */
export function compareSemver(a: Semver, b: Semver): -1 | 0 | 1 {
  const numbers = order(a.major, b.major) || order(a.minor, b.minor) || order(a.patch, b.patch)
  if (numbers !== 0) return numbers
  if (a.prerelease.length === 0 || b.prerelease.length === 0) {
    return order(Number(b.prerelease.length > 0), Number(a.prerelease.length > 0))
  }
  for (let i = 0; i < Math.min(a.prerelease.length, b.prerelease.length); i++) {
    const result = compareIdentifiers(a.prerelease[i] ?? '', b.prerelease[i] ?? '')
    if (result !== 0) return result
  }
  return order(a.prerelease.length, b.prerelease.length)
}

function compareIdentifiers(a: bigint | string, b: bigint | string): -1 | 0 | 1 {
  if (typeof a === typeof b) return order(a, b)
  return typeof a === 'bigint' ? -1 : 1
}

const order = <T extends bigint | number | string>(a: T, b: T): -1 | 0 | 1 => (a < b ? -1 : a > b ? 1 : 0)

export function formatSemver(v: Semver): string {
  const prerelease = v.prerelease.length === 0 ? '' : `-${v.prerelease.join('.')}`
  const build = v.build.length === 0 ? '' : `+${v.build.join('.')}`
  return `${v.major}.${v.minor}.${v.patch}${prerelease}${build}`
}
