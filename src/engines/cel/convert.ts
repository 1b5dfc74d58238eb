/** Conversions between types (`int(x)`, `string(x)` …), after `ConvertToType` of cel-go v0.29.2 and Go's parsers. */
import { formatF, formatG } from './go-text.ts'
import { formatTimestamp, parseDuration, parseTimestamp } from './time.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  intType,
  stringType,
  timestampType,
  uintType,
} from './types.ts'
import { fromUtf8, utf8 } from './unescape.ts'
import { CelDuration, CelError, CelObject, CelTimestamp, CelUint, type CelValue, valueType } from './values.ts'

export const intOverflow = new CelError('integer overflow')
export const uintOverflow = new CelError('unsigned integer overflow')
const timestampOverflow = new CelError('timestamp overflow')

const minUnixTime = -62135596800
const maxUnixTime = 253402300799

export const isUnixTime = (seconds: number): boolean => seconds >= minUnixTime && seconds <= maxUnixTime

const impossible = (value: CelValue, to: CelType): CelError =>
  new CelError(`type conversion error from '${valueType(value).name}' to '${to.name}'`)

export function toInt(value: CelValue): CelValue {
  if (typeof value === 'bigint') return value
  if (typeof value === 'number') {
    return value > -(2 ** 63) && value < 2 ** 63 ? BigInt(Math.trunc(value)) : intOverflow
  }
  if (typeof value === 'string') return parseInteger(value) ?? impossible(value, intType)
  if (value instanceof CelUint) return value.value < 2n ** 63n ? value.value : intOverflow
  if (value instanceof CelTimestamp) return BigInt(value.seconds)
  if (value instanceof CelDuration) return value.nanos
  return impossible(value, intType)
}

/** `strconv.ParseInt(text, 10, 64)`: an optional sign and digits. */
function parseInteger(text: string): bigint | undefined {
  if (!/^[+-]?[0-9]+$/.test(text) || text.length > 1000) return undefined
  const value = BigInt(text.startsWith('+') ? text.slice(1) : text)
  return BigInt.asIntN(64, value) === value ? value : undefined
}

export function toUint(value: CelValue): CelValue {
  if (value instanceof CelUint) return value
  if (typeof value === 'bigint') return value >= 0n ? new CelUint(value) : uintOverflow
  if (typeof value === 'number')
    return value >= 0 && value < 2 ** 64 ? new CelUint(BigInt(Math.trunc(value))) : uintOverflow
  if (typeof value === 'string' && /^[0-9]{1,1000}$/.test(value)) {
    const parsed = BigInt(value)
    if (parsed < 2n ** 64n) return new CelUint(parsed)
  }
  return impossible(value, uintType)
}

export function toDouble(value: CelValue): CelValue {
  if (typeof value === 'number') return value
  if (typeof value === 'bigint') return Number(value)
  if (value instanceof CelUint) return Number(value.value)
  if (typeof value === 'string') return parseFloat64(value) ?? impossible(value, doubleType)
  return impossible(value, doubleType)
}

/** `strconv.ParseFloat`: decimal, hexadecimal with a `p` exponent, `inf`, `infinity`, `nan`; out of range is an error. */
function parseFloat64(text: string): number | undefined {
  const special = /^([+-]?)(inf|infinity|nan)$/i.exec(text)
  if (special !== null) {
    if (special[2]?.toLowerCase() === 'nan') return special[1] === '' ? Number.NaN : undefined
    return special[1] === '-' ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY
  }
  if (text.includes('_')) return separated.test(text) ? parseFloat64(text.replaceAll('_', '')) : undefined
  if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$/.test(text)) return finite(Number(text))
  const hex = /^([+-]?)0[xX]([0-9a-fA-F]*)\.?([0-9a-fA-F]*)[pP]([+-]?[0-9]{1,6})$/.exec(text)
  if (hex === null || `${hex[2]}${hex[3]}` === '' || text.length > 1000) return undefined
  const digits = Number(BigInt(`0x${hex[2]}${hex[3]}`))
  const value = digits * 2 ** (Number(hex[4]) - 4 * (hex[3]?.length ?? 0))
  return finite(hex[1] === '-' ? -value : value)
}

/** Each underscore stands between two digits, or after the `0x`. */
const separated = /^[+-]?(?:0[xX](?:[^_]|_(?<=[0-9a-fA-FxX]_)(?=[0-9a-fA-F]))*|(?:[^_]|_(?<=[0-9]_)(?=[0-9]))*)$/

const finite = (value: number): number | undefined => (Number.isFinite(value) ? value : undefined)

export function toText(value: CelValue): CelValue {
  switch (typeof value) {
    case 'string':
      return value
    case 'bigint':
    case 'boolean':
      return String(value)
    case 'number':
      return formatG(value)
  }
  if (value === null) return 'null'
  if (value instanceof CelUint) return String(value.value)
  if (value instanceof Uint8Array)
    return fromUtf8(value) ?? new CelError('invalid UTF-8 in bytes, cannot convert to string')
  if (value instanceof CelDuration) return `${formatF(durationSeconds(value))}s`
  if (value instanceof CelTimestamp) return formatTimestamp(value)
  return impossible(value, stringType)
}

/** `time.Duration.Seconds()`: whole seconds and the rest, added as doubles. */
export const durationSeconds = (value: CelDuration): number =>
  Number(value.nanos / 1_000_000_000n) + Number(value.nanos % 1_000_000_000n) / 1e9

export function toBytes(value: CelValue): CelValue {
  if (value instanceof Uint8Array) return value
  return typeof value === 'string' ? Uint8Array.from(utf8(value)) : impossible(value, bytesType)
}

export function toBool(value: CelValue): CelValue {
  if (typeof value === 'boolean') return value
  if (typeof value === 'string') {
    if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(value)) return true
    if (['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(value)) return false
  }
  return impossible(value, boolType)
}

export function toDuration(value: CelValue): CelValue {
  if (value instanceof CelDuration) return value
  const nanos = typeof value === 'string' ? parseDuration(value) : undefined
  return nanos === undefined ? impossible(value, durationType) : new CelDuration(nanos)
}

export function toTimestamp(value: CelValue): CelValue {
  if (value instanceof CelTimestamp) return value
  if (typeof value === 'bigint')
    return isUnixTime(Number(value)) ? new CelTimestamp(Number(value), 0) : timestampOverflow
  const parsed = typeof value === 'string' ? parseTimestamp(value) : undefined
  if (parsed === undefined) return impossible(value, timestampType)
  return isUnixTime(parsed.seconds) ? parsed : timestampOverflow
}

export const toType = (value: CelValue): CelValue => (value instanceof CelObject ? value.type : valueType(value))
