/** The standard functions that are not operators, after cel-go v0.29.2 `common/stdlib/standard.go`. */
import { toBool, toBytes, toDouble, toDuration, toInt, toText, toTimestamp, toType, toUint } from '../convert.ts'
import {
  binary,
  type FunctionDeclaration,
  fn,
  type Implementation,
  memberBinary,
  memberUnary,
  type Overload,
  paramA,
  paramB,
  unary,
} from '../environment.ts'
import { compileRegex } from '../regex.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  stringType,
  timestampType,
  typeOf,
  uintType,
} from '../types.ts'
import { type CelValue, isError, noSuchOverload, sizeOf } from '../values.ts'

const call1 =
  (f: (value: CelValue) => CelValue): Implementation =>
  (value = null) =>
    f(value)

/** A conversion function: from its own type it is the identity. */
function conversion(
  name: string,
  to: CelType,
  convert: (value: CelValue) => CelValue,
  from: readonly (readonly [string, CelType])[],
) {
  return fn(name, ...from.map(([id, type]) => unary(id, [type], to, call1(type === to ? (value) => value : convert))))
}

const text2 =
  (f: (text: string, other: string) => CelValue): Implementation =>
  (a = null, b = null) =>
    typeof a === 'string' && typeof b === 'string' ? f(a, b) : noSuchOverload

/** A function on two strings, which checks its arguments itself. */
const textTest = (name: string, id: string, test: (text: string, part: string) => boolean): FunctionDeclaration => ({
  name,
  overloads: [memberBinary(id, [stringType, stringType], boolType, text2(test))],
  guarded: false,
})

function sizeOverloads(): readonly Overload[] {
  const sized: readonly (readonly [string, CelType])[] = [
    ['bytes', bytesType],
    ['list', listOf(paramA)],
    ['map', mapOf(paramA, paramB)],
    ['string', stringType],
  ]
  return sized.flatMap(([name, type]) => [
    unary(`size_${name}`, [type], intType),
    memberUnary(`${name}_size`, [type], intType),
  ])
}

const size: Implementation = (value = null) => {
  const count = sizeOf(value)
  return count === undefined ? noSuchOverload : BigInt(count)
}

const matches = text2((text, pattern) => {
  const regex = compileRegex(pattern)
  return isError(regex) ? regex : regex.test(text)
})

export const standardFunctions: readonly FunctionDeclaration[] = [
  {
    name: 'size',
    overloads: sizeOverloads(),
    guarded: true,
    singleton: { style: 'unary', implementation: size, accepts: (v) => sizeOf(v) !== undefined },
  },
  {
    name: 'type',
    overloads: [unary('type', [paramA], typeOf(paramA))],
    guarded: true,
    singleton: { style: 'unary', implementation: call1(toType) },
  },
  {
    name: 'dyn',
    overloads: [unary('to_dyn', [paramA], dynType)],
    guarded: true,
    singleton: { style: 'unary', implementation: call1((value) => value) },
  },
  conversion('bool', boolType, toBool, [
    ['bool_to_bool', boolType],
    ['string_to_bool', stringType],
  ]),
  conversion('bytes', bytesType, toBytes, [
    ['bytes_to_bytes', bytesType],
    ['string_to_bytes', stringType],
  ]),
  conversion('double', doubleType, toDouble, [
    ['double_to_double', doubleType],
    ['int64_to_double', intType],
    ['string_to_double', stringType],
    ['uint64_to_double', uintType],
  ]),
  conversion('duration', durationType, toDuration, [
    ['duration_to_duration', durationType],
    ['string_to_duration', stringType],
  ]),
  conversion('int', intType, toInt, [
    ['int64_to_int64', intType],
    ['double_to_int64', doubleType],
    ['duration_to_int64', durationType],
    ['string_to_int64', stringType],
    ['timestamp_to_int64', timestampType],
    ['uint64_to_int64', uintType],
  ]),
  conversion('string', stringType, toText, [
    ['string_to_string', stringType],
    ['bool_to_string', boolType],
    ['bytes_to_string', bytesType],
    ['double_to_string', doubleType],
    ['duration_to_string', durationType],
    ['int64_to_string', intType],
    ['timestamp_to_string', timestampType],
    ['uint64_to_string', uintType],
  ]),
  conversion('timestamp', timestampType, toTimestamp, [
    ['timestamp_to_timestamp', timestampType],
    ['int64_to_timestamp', intType],
    ['string_to_timestamp', stringType],
  ]),
  conversion('uint', uintType, toUint, [
    ['uint64_to_uint64', uintType],
    ['double_to_uint64', doubleType],
    ['int64_to_uint64', intType],
    ['string_to_uint64', stringType],
  ]),
  textTest('contains', 'contains_string', (text, part) => text.includes(part)),
  textTest('endsWith', 'ends_with_string', (text, part) => text.endsWith(part)),
  textTest('startsWith', 'starts_with_string', (text, part) => text.startsWith(part)),
  {
    name: 'matches',
    overloads: [
      binary('matches', [stringType, stringType], boolType),
      memberBinary('matches_string', [stringType, stringType], boolType),
    ],
    guarded: true,
    singleton: { style: 'binary', implementation: matches, accepts: (value) => typeof value === 'string' },
  },
]
