/** Semantic versions, after Kubernetes v1.37.2 `cel/library/semverlib.go` (version 1). */
import {
  compareSemver,
  formatSemver,
  type ParsedSemver,
  parseSemver,
  parseTolerantSemver,
  type Semver,
} from '../../apimachinery/semver.ts'
import {
  binary,
  type FunctionDeclaration,
  fn,
  type Implementation,
  memberBinary,
  memberUnary,
  unary,
} from '../environment.ts'
import { boolType, intType, stringType, struct } from '../types.ts'
import { CelError, CelObject, type CelValue, noSuchOverload } from '../values.ts'

const semverType = struct('kubernetes.Semver')

export class SemverValue extends CelObject {
  readonly type = semverType
  readonly semver: Semver

  constructor(semver: Semver) {
    super()
    this.semver = semver
  }

  equals(other: CelValue): boolean | CelError {
    return other instanceof SemverValue ? compareSemver(this.semver, other.semver) === 0 : noSuchOverload
  }

  text(): string {
    return formatSemver(this.semver)
  }
}

function parse(text: CelValue | undefined, tolerant: CelValue): ParsedSemver | CelError {
  if (typeof text !== 'string' || typeof tolerant !== 'boolean') return noSuchOverload
  return tolerant ? parseTolerantSemver(text) : parseSemver(text)
}

const toSemver: Implementation = (text, tolerant = false) => {
  const parsed = parse(text, tolerant)
  if (parsed instanceof CelError) return parsed
  return parsed.kind === 'semver' ? new SemverValue(parsed.semver) : new CelError(parsed.message)
}

const isSemver: Implementation = (text, tolerant = false) => {
  const parsed = parse(text, tolerant)
  return parsed instanceof CelError ? parsed : parsed.kind === 'semver'
}

/** Upstream casts a part to a signed integer: beyond 2^63 it turns negative. */
const part = (name: 'major' | 'minor' | 'patch'): FunctionDeclaration =>
  fn(
    name,
    memberUnary(`semver_${name}`, [semverType], intType, (value) =>
      value instanceof SemverValue ? BigInt.asIntN(64, value.semver[name]) : noSuchOverload,
    ),
  )

const comparing =
  (f: (order: -1 | 0 | 1) => CelValue): Implementation =>
  (a, b) =>
    a instanceof SemverValue && b instanceof SemverValue ? f(compareSemver(a.semver, b.semver)) : noSuchOverload

export const semverFunctions: readonly FunctionDeclaration[] = [
  fn(
    'semver',
    unary('string_to_semver', [stringType], semverType, toSemver),
    binary('string_bool_to_semver', [stringType, boolType], semverType, toSemver),
  ),
  fn(
    'isSemver',
    unary('is_semver_string', [stringType], boolType, isSemver),
    binary('is_semver_string_bool', [stringType, boolType], boolType, isSemver),
  ),
  fn(
    'isGreaterThan',
    memberBinary(
      'semver_is_greater_than',
      [semverType, semverType],
      boolType,
      comparing((order) => order > 0),
    ),
  ),
  fn(
    'isLessThan',
    memberBinary(
      'semver_is_less_than',
      [semverType, semverType],
      boolType,
      comparing((order) => order < 0),
    ),
  ),
  fn(
    'compareTo',
    memberBinary(
      'semver_compare_to',
      [semverType, semverType],
      intType,
      comparing((order) => BigInt(order)),
    ),
  ),
  part('major'),
  part('minor'),
  part('patch'),
]
