/** Equality and order of values, after cel-go v0.29.2 (`common/types`: Equal and Compare of each type). */

import { CelType } from './types.ts'
import {
  CelDuration,
  CelError,
  CelMap,
  CelObject,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
  isList,
  noSuchOverload,
} from './values.ts'

/** `a == b`. Numbers of different types are equal by value; unlike types are unequal, but objects may give an error. */
export function equal(a: CelValue, b: CelValue): boolean | CelError {
  if (a === null || b === null) return a === b
  switch (typeof a) {
    case 'string':
    case 'boolean':
      return a === b
    case 'bigint':
    case 'number':
      return isNumber(b) && compareNumbers(a, b) === 0
  }
  if (isList(a)) return isList(b) && equalLists(a, b)
  if (a instanceof CelMap) return b instanceof CelMap && equalMaps(a, b)
  if (a instanceof CelObject) return a.equals(b)
  if (a instanceof CelUint) return isNumber(b) && compareNumbers(a, b) === 0
  if (a instanceof Uint8Array) return b instanceof Uint8Array && compareBytes(a, b) === 0
  if (a instanceof CelDuration) return b instanceof CelDuration && a.nanos === b.nanos
  if (a instanceof CelTimestamp) return b instanceof CelTimestamp && a.seconds === b.seconds && a.nanos === b.nanos
  if (a instanceof CelType) return b instanceof CelType && a.name === b.name
  if (a instanceof CelOptional) {
    if (!(b instanceof CelOptional)) return false
    if (a.value === undefined || b.value === undefined) return a.value === b.value
    return equal(a.value, b.value)
  }
  return a
}

/** True where the values are equal; an error counts as not equal, as in membership tests. */
export const isEqual = (a: CelValue, b: CelValue): boolean => equal(a, b) === true

/** An element whose comparison ends in an error counts as equal, as in cel-go's lists made of ready values. */
function equalLists(a: readonly CelValue[], b: readonly CelValue[]): boolean {
  return a.length === b.length && a.every((item, i) => equal(item, b[i] ?? null) !== false)
}

function equalMaps(a: CelMap, b: CelMap): boolean {
  if (a.size !== b.size) return false
  for (const key of a.keys()) {
    const other = b.find(key)
    if (other === undefined || equal(a.find(key) ?? null, other) === false) return false
  }
  return true
}

type CelNumber = bigint | number | CelUint
const isNumber = (value: CelValue): value is CelNumber =>
  typeof value === 'bigint' || typeof value === 'number' || value instanceof CelUint

/** -1, 0 or 1; NaN compares as undefined. Integers and doubles are compared by value, not by rounding. */
export function compareNumbers(a: CelNumber, b: CelNumber): -1 | 0 | 1 | undefined {
  const x = a instanceof CelUint ? a.value : a
  const y = b instanceof CelUint ? b.value : b
  if (typeof x !== typeof y) return compareMixed(x, y)
  if (x < y) return -1
  if (x > y) return 1
  return x === y ? 0 : undefined
}

/** cel-go converts the integer to a double once the double is known to be in range, so 2^53+1 equals 2^53 as double. */
function compareMixed(x: bigint | number, y: bigint | number): -1 | 0 | 1 | undefined {
  const a = Number(x)
  const b = Number(y)
  if (a < b) return -1
  if (a > b) return 1
  return a === b ? 0 : undefined
}

export function compareBytes(a: Uint8Array, b: Uint8Array): -1 | 0 | 1 {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const difference = (a[i] ?? 0) - (b[i] ?? 0)
    if (difference !== 0) return difference < 0 ? -1 : 1
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1
}

/** Order by code points, which is the order of the UTF-8 bytes that Go compares. */
export function compareStrings(a: string, b: string): -1 | 0 | 1 {
  const length = Math.min(a.length, b.length)
  for (let i = 0; i < length; i++) {
    const x = a.charCodeAt(i)
    const y = b.charCodeAt(i)
    if (x === y) continue
    const surrogates = (x & 0xf800) === 0xd800 || (y & 0xf800) === 0xd800
    if (!surrogates) return x < y ? -1 : 1
    return rank(x) < rank(y) ? -1 : 1
  }
  return a.length === b.length ? 0 : a.length < b.length ? -1 : 1
}

/** Surrogates encode code points above U+FFFF, which come after U+E000 to U+FFFF. */
const rank = (unit: number): number => ((unit & 0xf800) === 0xd800 ? unit + 0x10000 : unit)

const unordered = new CelError('NaN values cannot be ordered')

/** `a < b` as -1, 0 or 1; an error where the types have no order with each other. */
export function compare(a: CelValue, b: CelValue): -1 | 0 | 1 | CelError {
  if (isNumber(a)) {
    if (isNumber(b)) return compareNumbers(a, b) ?? unordered
    return Number.isNaN(a) ? unordered : noSuchOverload
  }
  if (typeof a === 'string') return typeof b === 'string' ? compareStrings(a, b) : noSuchOverload
  if (typeof a === 'boolean') return typeof b === 'boolean' ? order(Number(a), Number(b)) : noSuchOverload
  if (a instanceof Uint8Array) return b instanceof Uint8Array ? compareBytes(a, b) : noSuchOverload
  if (a instanceof CelDuration) return b instanceof CelDuration ? order(a.nanos, b.nanos) : noSuchOverload
  if (a instanceof CelTimestamp && b instanceof CelTimestamp) {
    return order(a.seconds, b.seconds) || order(a.nanos, b.nanos)
  }
  return noSuchOverload
}

const order = <T extends number | bigint>(a: T, b: T): -1 | 0 | 1 => (a < b ? -1 : a > b ? 1 : 0)

/** True for the types that have an order. */
export const isComparable = (value: CelValue): boolean =>
  isNumber(value) ||
  typeof value === 'string' ||
  typeof value === 'boolean' ||
  value instanceof Uint8Array ||
  value instanceof CelDuration ||
  value instanceof CelTimestamp
