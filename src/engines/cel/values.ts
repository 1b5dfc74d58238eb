/**
 * Values at run time, after cel-go v0.29.2 `common/types`.
 *
 * | CEL | here |
 * |---|---|
 * | null, bool, string | null, boolean, string |
 * | int | bigint within 64 bits |
 * | uint | {@link CelUint} |
 * | double | number |
 * | bytes | Uint8Array |
 * | list | array, never changed once it is seen by an expression |
 * | map | {@link CelMap} |
 * | duration, timestamp, optional, type | {@link CelDuration}, {@link CelTimestamp}, {@link CelOptional}, CelType |
 * | types of libraries, structs | a subclass of {@link CelObject} |
 *
 * An error is a value too ({@link CelError}), because `&&`, `||` and the quantifiers absorb errors.
 */
import {
  boolType,
  bytesType,
  CelType,
  doubleType,
  durationType,
  errorType,
  intType,
  listValueType,
  mapValueType,
  nullType,
  optionalValueType,
  stringType,
  timestampType,
  typeType,
  uintType,
} from './types.ts'

export type CelValue =
  | null
  | boolean
  | string
  | bigint
  | number
  | Uint8Array
  | readonly CelValue[]
  | CelUint
  | CelMap
  | CelDuration
  | CelTimestamp
  | CelOptional
  | CelType
  | CelObject
  | CelError

/** An error made by an expression; `message` is cel-go's text. */
export class CelError {
  readonly message: string

  constructor(message: string) {
    this.message = message
  }
}

export const noSuchOverload = new CelError('no such overload')

/** An unsigned integer of 64 bits. */
export class CelUint {
  readonly value: bigint

  constructor(value: bigint) {
    this.value = value
  }
}

/** A span of time in nanoseconds, within 64 bits (292 years each way). */
export class CelDuration {
  readonly nanos: bigint

  constructor(nanos: bigint) {
    this.nanos = nanos
  }
}

/** A moment: seconds since 1970 UTC, nanoseconds within the second, and the zone offset it was written with (for `string()`). */
export class CelTimestamp {
  readonly seconds: number
  readonly nanos: number
  readonly offsetMinutes: number

  constructor(seconds: number, nanos: number, offsetMinutes = 0) {
    this.seconds = seconds
    this.nanos = nanos
    this.offsetMinutes = offsetMinutes
  }
}

/** `optional.of(value)`, or `optional.none()` where value is undefined. */
export class CelOptional {
  readonly value: CelValue | undefined

  constructor(value: CelValue | undefined) {
    this.value = value
  }
}

export const optionalNone = new CelOptional(undefined)

/** A map. `find` looks a key up, numbers of different types but equal value being the same key. */
export abstract class CelMap {
  abstract readonly size: number
  abstract find(key: CelValue): CelValue | undefined
  abstract keys(): readonly CelValue[]

  /** Any one key, without listing them all. */
  firstKey(): CelValue | undefined {
    return this.keys()[0]
  }
}

/** A value of a library type (quantity, IP, URL, authorizer) or a struct. */
export abstract class CelObject {
  abstract readonly type: CelType

  /** `this == other`; an error where the types cannot be compared. */
  abstract equals(other: CelValue): boolean | CelError

  /** The text of the value in errors. */
  abstract text(): string

  /** Size for the cost of a call, where the type has one. */
  get size(): number | undefined {
    return undefined
  }

  /** A field, where the type has fields: undefined if there is no such field. */
  field(_name: string): CelValue | undefined {
    return undefined
  }
}

export const isError = (value: unknown): value is CelError => value instanceof CelError
export const isList = (value: CelValue): value is readonly CelValue[] => Array.isArray(value)

/** The type of a value as `type(x)` gives it. */
export function valueType(value: CelValue): CelType {
  switch (typeof value) {
    case 'string':
      return stringType
    case 'bigint':
      return intType
    case 'number':
      return doubleType
    case 'boolean':
      return boolType
  }
  if (value === null) return nullType
  if (isList(value)) return listValueType
  if (value instanceof CelMap) return mapValueType
  if (value instanceof CelObject) return value.type
  if (value instanceof CelOptional) return optionalValueType
  if (value instanceof CelUint) return uintType
  if (value instanceof Uint8Array) return bytesType
  if (value instanceof CelDuration) return durationType
  if (value instanceof CelTimestamp) return timestampType
  if (value instanceof CelType) return typeType
  return errorType
}

/** Number of code points of a string. */
export function codePoints(text: string): number {
  let count = text.length
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i)
    if (unit >= 0xd800 && unit <= 0xdbff) {
      const next = text.charCodeAt(i + 1)
      if (next >= 0xdc00 && next <= 0xdfff) {
        count--
        i++
      }
    }
  }
  return count
}

/** `size(value)`, or undefined where the type has no size. */
export function sizeOf(value: CelValue): number | undefined {
  if (typeof value === 'string') return codePoints(value)
  if (typeof value !== 'object' || value === null) return undefined
  if (isList(value)) return value.length
  if (value instanceof Uint8Array) return value.length
  return value instanceof CelMap ? value.size : undefined
}
