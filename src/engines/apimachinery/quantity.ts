/**
 * Quantities such as `500m`, `1.5Gi`, `1e3`, exactly as the API server reads and compares them.
 * Source: k8s.io/apimachinery v0.37.2 `pkg/api/resource` (quantity.go, suffix.go, amount.go).
 */

/**
 * A number `digits * 10^scale`. `small` tells which of upstream's two forms holds it: a 64-bit integer with a scale, or a
 * decimal of any length. They are equal by value, but only the small form can be read as an integer.
 */
export interface Quantity {
  readonly digits: bigint
  readonly scale: number
  readonly small: boolean
}

export type ParsedQuantity =
  | { readonly kind: 'quantity'; readonly quantity: Quantity }
  | { readonly kind: 'error'; readonly message: string }

const formatWrong = "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
const suffixWrong = "unable to parse quantity's suffix"
const numberWrong = 'unable to parse numeric part of quantity'

const decimalSuffixes: Readonly<Record<string, number>> = {
  n: -9,
  u: -6,
  m: -3,
  '': 0,
  k: 3,
  M: 6,
  G: 9,
  T: 12,
  P: 15,
  E: 18,
}
const binarySuffixes: Readonly<Record<string, number>> = { Ki: 10, Mi: 20, Gi: 30, Ti: 40, Pi: 50, Ei: 60 }

const nano = -9
const maxSmallDigits = 18
const maxInt64 = 2n ** 63n - 1n
/** Beyond this, sums would need more memory than they are worth; upstream has no bound. */
const maxScale = 10_000

/** Reads a quantity; the message of a refusal is upstream's. */
export function parseQuantity(text: string): ParsedQuantity {
  const match = /^([+-]?)0*([0-9]*)(?:\.([0-9]*))?([eEinumkKMGTP]*[+-]?[0-9]*)$/.exec(text)
  if (text === '' || match === null || text.length > 1000) return refused(formatWrong)
  const [, sign = '', whole = '', fraction = '', suffix = ''] = match
  const meaning = interpret(suffix)
  if (meaning === undefined) return refused(suffixWrong)
  const negative = sign === '-'
  const small = smallForm(whole || '0', fraction, meaning)
  // A suffix without a number is zero, but for one that takes upstream's slow path.
  const bare = suffix !== '' && !/[0-9]/.test(text.slice(0, text.length - suffix.length))
  if (small === undefined && bare) return refused(numberWrong)
  const quantity = small ?? longForm(whole || '0', fraction, meaning)
  return { kind: 'quantity', quantity: negative ? { ...quantity, digits: -quantity.digits } : quantity }
}

const refused = (message: string): ParsedQuantity => ({ kind: 'error', message })

interface Suffix {
  readonly base: 2 | 10
  readonly exponent: number
}

function interpret(suffix: string): Suffix | undefined {
  if (Object.hasOwn(decimalSuffixes, suffix)) return { base: 10, exponent: decimalSuffixes[suffix] ?? 0 }
  if (Object.hasOwn(binarySuffixes, suffix)) return { base: 2, exponent: binarySuffixes[suffix] ?? 0 }
  const exponent = /^[eE]([+-]?[0-9]+)$/.exec(suffix)?.[1]
  return exponent === undefined || exponent.length > 10 ? undefined : { base: 10, exponent: Number(exponent) | 0 }
}

/** The 64-bit form, where the number is short enough for upstream's fast path. */
function smallForm(whole: string, fraction: string, { base, exponent }: Suffix): Quantity | undefined {
  let scale = base === 10 ? exponent : 0
  let factor = 1n
  let room = maxSmallDigits - whole.length - fraction.length
  if (base === 2) {
    if (fraction !== '') return undefined
    factor = 2n ** BigInt(exponent)
    room = 15 - whole.length - Math.trunc((exponent * 3) / 10) - 1
  }
  scale -= fraction.length
  if (room < 0 || scale < nano) return undefined
  const digits = BigInt(whole + fraction) * factor
  return digits > maxInt64 ? undefined : { digits, scale, small: true }
}

/** The decimal form: rounded away from zero to nano; binary ones are capped at 2^63-1. */
function longForm(whole: string, fraction: string, { base, exponent }: Suffix): Quantity {
  let digits = BigInt(whole + fraction)
  let scale = -fraction.length
  if (base === 10) scale += exponent
  else digits *= 2n ** BigInt(exponent)
  if (digits === 0n) return { digits, scale: 0, small: false }
  const rounded = atNano(digits, scale)
  const cap = maxInt64 * 10n ** 9n
  if (base === 2 && rounded.scale === nano && rounded.digits > cap) return { digits: cap, scale: nano, small: false }
  return { ...rounded, small: false }
}

function atNano(digits: bigint, scale: number): { readonly digits: bigint; readonly scale: number } {
  if (scale >= nano)
    return scale > maxScale ? { digits, scale } : { digits: digits * 10n ** BigInt(scale - nano), scale: nano }
  const unit = 10n ** BigInt(Math.min(nano - scale, maxScale))
  return { digits: digits / unit + (digits % unit === 0n ? 0n : 1n), scale: nano }
}

/** -1, 0 or 1. */
export function compareQuantities(a: Quantity, b: Quantity): -1 | 0 | 1 {
  const signs = Math.sign(Number(sign(a)) - Number(sign(b)))
  if (signs !== 0) return signs < 0 ? -1 : 1
  const size = magnitude(a) - magnitude(b)
  if (a.digits === 0n) return 0
  if (size !== 0) return size < 0 === a.digits > 0n ? -1 : 1
  const scale = Math.min(a.scale, b.scale)
  const x = a.digits * 10n ** BigInt(a.scale - scale)
  const y = b.digits * 10n ** BigInt(b.scale - scale)
  return x < y ? -1 : x > y ? 1 : 0
}

const sign = (quantity: Quantity): bigint => (quantity.digits > 0n ? 1n : quantity.digits < 0n ? -1n : 0n)
/** Number of decimal places before the point; numbers of different magnitude differ without being written out. */
const magnitude = ({ digits, scale }: Quantity): number => (digits < 0n ? -digits : digits).toString().length + scale

/** a + b; undefined where the scales lie too far apart to be added. */
export function addQuantities(a: Quantity, b: Quantity): Quantity | undefined {
  if (b.digits === 0n && a.small && b.small) return a
  if (a.digits === 0n && a.small && b.small) return b
  const scale = Math.min(a.scale, b.scale)
  if (Math.max(a.scale, b.scale) - scale > maxScale) return undefined
  const digits = a.digits * 10n ** BigInt(a.scale - scale) + b.digits * 10n ** BigInt(b.scale - scale)
  const fits = digits <= maxInt64 && digits >= -(2n ** 63n)
  return { digits, scale, small: a.small && b.small && fits }
}

/** The negative; in the 64-bit form the least integer has none and stays, as in Go. */
export const negateQuantity = (quantity: Quantity): Quantity => ({
  ...quantity,
  digits: quantity.small ? BigInt.asIntN(64, -quantity.digits) : -quantity.digits,
})

/** A whole number as a quantity. */
export const wholeQuantity = (value: bigint): Quantity => ({ digits: value, scale: 0, small: true })

/** The value as a 64-bit integer, where upstream gives one: never for a fraction, and never for the decimal form. */
export function quantityAsInteger({ digits, scale, small }: Quantity): bigint | undefined {
  if (!small || scale < 0 || (scale > 18 && digits !== 0n)) return undefined
  const value = digits * 10n ** BigInt(Math.min(scale, 18))
  return BigInt.asIntN(64, value) === value ? value : undefined
}

/** The value as a double, computed as upstream does: digits, times a power of ten. */
export function quantityAsFloat({ digits, scale }: Quantity): number {
  return scale === 0 ? Number(digits) : Number(digits) * Number(`1e${scale}`)
}

/**
 * The text that the API server writes for a quantity: the given one where it is already short, else the shortest whole
 * number with a suffix of the same kind. Undefined for what is no quantity. Source: Quantity.CanonicalizeBytes.
 */
export function canonicalQuantity(text: string): string | undefined {
  const parsed = parseQuantity(text)
  if (parsed.kind === 'error') return undefined
  const { quantity } = parsed
  if (quantity.digits === 0n) return '0'
  const match = /^[+-]?([0-9]*)(?:\.([0-9]*))?(.*)$/.exec(text)
  const written = `${match?.[1] ?? ''}${match?.[2] ?? ''}`.replace(/^0+/, '')
  const suffix = match?.[3] ?? ''
  const binary = Object.hasOwn(binarySuffixes, suffix)
  if (quantity.small && keepsText(quantity, written, binary) && !/^[+-]?0[0-9]/.test(text)) return text
  const value = quantity.scale >= 0 ? quantity.digits * 10n ** BigInt(Math.min(quantity.scale, maxScale)) : undefined
  if (binary && value !== undefined && (value >= 1024n || value <= -1024n)) return binaryText(value)
  if (binary && value === undefined) return canonicalBinaryFraction(quantity)
  return decimalText(quantity, /^[eE]/.test(suffix) && suffix.length > 1)
}

function keepsText({ scale, digits }: Quantity, written: string, binary: boolean): boolean {
  if (binary) return (BigInt(written || '0') & 7n) !== 0n && digits !== 0n
  return scale % 3 === 0 && !written.endsWith('000') && written !== ''
}

/** A binary quantity with a fraction: binary if it is whole, decimal otherwise. */
function canonicalBinaryFraction(quantity: Quantity): string {
  const unit = 10n ** BigInt(-quantity.scale)
  const whole = quantity.digits / unit
  const exact = whole * unit === quantity.digits
  return exact && (whole >= 1024n || whole <= -1024n) ? binaryText(whole) : decimalText(quantity, false)
}

function binaryText(value: bigint): string {
  let rest = value
  let power = 0
  while (rest % 1024n === 0n && power < 6) {
    rest /= 1024n
    power++
  }
  return `${rest}${['', 'Ki', 'Mi', 'Gi', 'Ti', 'Pi', 'Ei'][power] ?? ''}`
}

const decimalNames: Readonly<Record<number, string>> = {
  [-9]: 'n',
  [-6]: 'u',
  [-3]: 'm',
  0: '',
  3: 'k',
  6: 'M',
  9: 'G',
  12: 'T',
  15: 'P',
  18: 'E',
}

function decimalText({ digits, scale }: Quantity, exponents: boolean): string {
  let rest = digits
  let exponent = scale
  while (rest % 10n === 0n) {
    rest /= 10n
    exponent++
  }
  while (exponent % 3 !== 0) {
    rest *= 10n
    exponent--
  }
  if (exponents) return exponent === 0 ? `${rest}` : `${rest}e${exponent}`
  return `${rest}${decimalNames[exponent] ?? `e${exponent}`}`
}
