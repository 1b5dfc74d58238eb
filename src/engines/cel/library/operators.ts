/** Operators and their meaning, after cel-go v0.29.2 `common/stdlib/standard.go` and `common/types/overflow.go`. */
import { operators } from '../ast.ts'
import { intOverflow, isUnixTime, uintOverflow } from '../convert.ts'
import {
  binary,
  type FunctionDeclaration,
  fn,
  type Implementation,
  type Overload,
  paramA,
  paramB,
  type Style,
  unary,
} from '../environment.ts'
import { compare, isComparable, isEqual } from '../equality.ts'
import { ListBuilder } from '../list-builder.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  intType,
  listOf,
  mapOf,
  stringType,
  timestampType,
  uintType,
} from '../types.ts'
import {
  CelDuration,
  CelError,
  CelMap,
  CelTimestamp,
  CelUint,
  type CelValue,
  isError,
  isList,
  noSuchOverload,
} from '../values.ts'

const listA = listOf(paramA)
const mapAB = mapOf(paramA, paramB)

const int64 = (value: bigint): CelValue => (BigInt.asIntN(64, value) === value ? value : intOverflow)
const uint64 = (value: bigint): CelValue => (value >= 0n && value < 1n << 64n ? new CelUint(value) : uintOverflow)
const span = (nanos: bigint): CelValue => (BigInt.asIntN(64, nanos) === nanos ? new CelDuration(nanos) : intOverflow)

/** Longest text an operator may build. Reading a longer one would exceed the cost limit of any expression anyway. */
export const maxTextLength = 16_000_000
export const textTooLong = new CelError(`text longer than ${maxTextLength} characters`)

/** Most items that joining two lists may give. */
const maxListLength = 4_000_000
const listTooLong = new CelError(`list longer than ${maxListLength} items`)

export function add(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int64(a + b) : noSuchOverload
  if (typeof a === 'string') {
    if (typeof b !== 'string') return noSuchOverload
    return a.length + b.length > maxTextLength ? textTooLong : a + b
  }
  if (typeof a === 'number') return typeof b === 'number' ? a + b : noSuchOverload
  if (isList(a)) return isList(b) ? joinLists(a, b) : noSuchOverload
  if (a instanceof CelUint) return b instanceof CelUint ? uint64(a.value + b.value) : noSuchOverload
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? Uint8Array.from([...a, ...b]) : noSuchOverload
  if (a instanceof CelDuration) {
    if (b instanceof CelDuration) return span(a.nanos + b.nanos)
    return b instanceof CelTimestamp ? later(b, a.nanos) : noSuchOverload
  }
  if (a instanceof CelTimestamp) return b instanceof CelDuration ? later(a, b.nanos) : noSuchOverload
  return noSuchOverload
}

function joinLists(a: readonly CelValue[], b: readonly CelValue[]): CelValue {
  if (a instanceof ListBuilder) {
    for (const item of b) a.push(item)
    return a
  }
  if (a.length === 0) return b
  if (b.length === 0) return a
  return a.length + b.length > maxListLength ? listTooLong : a.concat(b)
}

function later(time: CelTimestamp, nanos: bigint): CelValue {
  const total = BigInt(time.seconds) * 1_000_000_000n + BigInt(time.nanos) + nanos
  const rest = ((total % 1_000_000_000n) + 1_000_000_000n) % 1_000_000_000n
  const seconds = Number((total - rest) / 1_000_000_000n)
  if (!isUnixTime(seconds)) return new CelError('timestamp overflow')
  return new CelTimestamp(seconds, Number(rest), time.offsetMinutes)
}

export function subtract(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int64(a - b) : noSuchOverload
  if (typeof a === 'number') return typeof b === 'number' ? a - b : noSuchOverload
  if (a instanceof CelUint) return b instanceof CelUint ? uint64(a.value - b.value) : noSuchOverload
  if (a instanceof CelDuration) return b instanceof CelDuration ? span(a.nanos - b.nanos) : noSuchOverload
  if (!(a instanceof CelTimestamp)) return noSuchOverload
  if (b instanceof CelDuration) return b.nanos === -(2n ** 63n) ? intOverflow : later(a, -b.nanos)
  if (!(b instanceof CelTimestamp)) return noSuchOverload
  // Upstream scales the seconds first, and so refuses a few spans that would fit.
  const seconds = span(BigInt(a.seconds - b.seconds) * 1_000_000_000n)
  return seconds instanceof CelDuration ? span(seconds.nanos + BigInt(a.nanos - b.nanos)) : seconds
}

function multiply(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'bigint') return typeof b === 'bigint' ? int64(a * b) : noSuchOverload
  if (typeof a === 'number') return typeof b === 'number' ? a * b : noSuchOverload
  return a instanceof CelUint && b instanceof CelUint ? uint64(a.value * b.value) : noSuchOverload
}

function divide(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'number') return typeof b === 'number' ? a / b : noSuchOverload
  if (typeof a === 'bigint' && typeof b === 'bigint') return b === 0n ? new CelError('division by zero') : int64(a / b)
  if (!(a instanceof CelUint && b instanceof CelUint)) return noSuchOverload
  return b.value === 0n ? new CelError('division by zero') : new CelUint(a.value / b.value)
}

function modulo(a: CelValue, b: CelValue): CelValue {
  if (typeof a === 'bigint' && typeof b === 'bigint') {
    if (b === 0n) return new CelError('modulus by zero')
    return b === -1n && a === -(2n ** 63n) ? intOverflow : a % b
  }
  if (!(a instanceof CelUint && b instanceof CelUint)) return noSuchOverload
  return b.value === 0n ? new CelError('modulus by zero') : new CelUint(a.value % b.value)
}

function negate(value: CelValue): CelValue {
  if (typeof value === 'bigint') return int64(-value)
  if (typeof value === 'number') return -value
  return value instanceof CelDuration ? span(-value.nanos) : noSuchOverload
}

const ordered =
  (holds: (order: -1 | 0 | 1) => boolean): Implementation =>
  (a = null, b = null) => {
    const order = compare(a, b)
    return typeof order === 'number' ? holds(order) : order
  }

/** `item in container`. */
export function contains(item: CelValue, container: CelValue): CelValue {
  if (isList(container)) return container.some((element) => isEqual(item, element))
  if (container instanceof CelMap) return container.find(item) !== undefined
  return noSuchOverload
}

const singleton = (
  name: string,
  style: Style,
  overloads: readonly Overload[],
  implementation: Implementation,
  accepts?: (first: CelValue) => boolean,
): FunctionDeclaration => ({
  name,
  overloads,
  guarded: true,
  singleton: accepts === undefined ? { style, implementation } : { style, implementation, accepts },
})

const same = (id: string, type: CelType): Overload => binary(id, [type, type], type)
const never: Implementation = () => noSuchOverload

const orderedPairs: readonly (readonly [string, CelType, CelType])[] = [
  ['bool', boolType, boolType],
  ['int64', intType, intType],
  ['int64_double', intType, doubleType],
  ['int64_uint64', intType, uintType],
  ['uint64', uintType, uintType],
  ['uint64_double', uintType, doubleType],
  ['uint64_int64', uintType, intType],
  ['double', doubleType, doubleType],
  ['double_int64', doubleType, intType],
  ['double_uint64', doubleType, uintType],
  ['string', stringType, stringType],
  ['bytes', bytesType, bytesType],
  ['timestamp', timestampType, timestampType],
  ['duration', durationType, durationType],
]

const relation = (name: string, id: string, holds: (order: -1 | 0 | 1) => boolean): FunctionDeclaration => {
  const overloads = orderedPairs.map(([suffix, a, b]) => binary(`${id}_${suffix}`, [a, b], boolType))
  return singleton(name, 'binary', overloads, ordered(holds), isComparable)
}

const call2 =
  (f: (a: CelValue, b: CelValue) => CelValue): Implementation =>
  (a = null, b = null) =>
    f(a, b)

const isSigned = (value: CelValue): boolean =>
  typeof value === 'bigint' || typeof value === 'number' || value instanceof CelDuration
const isIntegral = (value: CelValue): boolean => typeof value === 'bigint' || value instanceof CelUint
const isNumber = (value: CelValue): boolean => typeof value === 'number' || isIntegral(value)
const isArithmetic = (value: CelValue): boolean =>
  isSigned(value) || value instanceof CelUint || value instanceof CelTimestamp
const isAddable = (value: CelValue): boolean =>
  isArithmetic(value) || typeof value === 'string' || value instanceof Uint8Array || isList(value)

/** Every operator. `&&`, `||`, `?:`, `==`, `!=` and indexing are planned specially; here only their types matter. */
export const operatorFunctions: readonly FunctionDeclaration[] = [
  singleton(operators.conditional, 'each', [binary('conditional', [boolType, paramA, paramA], paramA)], never),
  singleton(operators.and, 'binary', [binary('logical_and', [boolType, boolType], boolType)], never),
  singleton(operators.or, 'binary', [binary('logical_or', [boolType, boolType], boolType)], never),
  singleton(operators.not, 'unary', [unary('logical_not', [boolType], boolType)], (value = null) =>
    typeof value === 'boolean' ? !value : isError(value) ? value : noSuchOverload,
  ),
  fn(
    operators.notStrictlyFalse,
    unary('not_strictly_false', [boolType], boolType, (value = null) => value !== false, { nonStrict: true }),
  ),
  singleton(operators.equals, 'binary', [binary('equals', [paramA, paramA], boolType)], never),
  singleton(operators.notEquals, 'binary', [binary('not_equals', [paramA, paramA], boolType)], never),
  singleton(
    operators.add,
    'binary',
    [
      same('add_bytes', bytesType),
      same('add_double', doubleType),
      same('add_duration_duration', durationType),
      binary('add_duration_timestamp', [durationType, timestampType], timestampType),
      binary('add_timestamp_duration', [timestampType, durationType], timestampType),
      same('add_int64', intType),
      same('add_list', listA),
      same('add_string', stringType),
      same('add_uint64', uintType),
    ],
    call2(add),
    isAddable,
  ),
  singleton(
    operators.subtract,
    'binary',
    [
      same('subtract_double', doubleType),
      same('subtract_duration_duration', durationType),
      same('subtract_int64', intType),
      binary('subtract_timestamp_duration', [timestampType, durationType], timestampType),
      binary('subtract_timestamp_timestamp', [timestampType, timestampType], durationType),
      same('subtract_uint64', uintType),
    ],
    call2(subtract),
    isArithmetic,
  ),
  singleton(
    operators.multiply,
    'binary',
    [same('multiply_double', doubleType), same('multiply_int64', intType), same('multiply_uint64', uintType)],
    call2(multiply),
    isNumber,
  ),
  singleton(
    operators.divide,
    'binary',
    [same('divide_double', doubleType), same('divide_int64', intType), same('divide_uint64', uintType)],
    call2(divide),
    isNumber,
  ),
  singleton(
    operators.modulo,
    'binary',
    [same('modulo_int64', intType), same('modulo_uint64', uintType)],
    call2(modulo),
    isIntegral,
  ),
  singleton(
    operators.negate,
    'unary',
    [unary('negate_double', [doubleType], doubleType), unary('negate_int64', [intType], intType)],
    (value = null) => negate(value),
    (value) => typeof value === 'boolean' || isSigned(value),
  ),
  relation(operators.less, 'less', (order) => order < 0),
  relation(operators.lessEquals, 'less_equals', (order) => order <= 0),
  relation(operators.greater, 'greater', (order) => order > 0),
  relation(operators.greaterEquals, 'greater_equals', (order) => order >= 0),
  singleton(
    operators.index,
    'binary',
    [binary('index_list', [listA, intType], paramA), binary('index_map', [mapAB, paramA], paramB)],
    never,
  ),
  singleton(
    operators.in,
    'binary',
    [binary('in_list', [paramA, listA], boolType), binary('in_map', [paramA, mapAB], boolType)],
    call2(contains),
  ),
]
