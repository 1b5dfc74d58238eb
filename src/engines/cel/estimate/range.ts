/**
 * A least and a greatest amount, of cost or of size, in unsigned 64-bit arithmetic that stops at its greatest number.
 * After cel-go v0.29.2 `checker/cost.go` (`CostEstimate`, `SizeEstimate`).
 */
export interface Range {
  readonly min: bigint
  readonly max: bigint
}

/** The greatest number: of an estimate it says "without a bound". */
export const unbounded = (1n << 64n) - 1n

/** A size of which nothing is known. */
export const unknown: Range = { min: 0n, max: unbounded }

export const nothing: Range = { min: 0n, max: 0n }

export const exactly = (amount: bigint): Range => ({ min: amount, max: amount })

export const one = exactly(1n)

export const add = (a: Range, b: Range): Range => ({ min: plus(a.min, b.min), max: plus(a.max, b.max) })

export const multiply = (a: Range, b: Range): Range => ({ min: times(a.min, b.min), max: times(a.max, b.max) })

/** The range that holds both. */
export const union = (a: Range, b: Range): Range => ({
  min: least(a.min, b.min),
  max: greatest(a.max, b.max),
})

/** Math.min and Math.max take no bigint. */
export function least(a: bigint, b: bigint): bigint {
  if (a < b) return a
  return b
}

export function greatest(a: bigint, b: bigint): bigint {
  if (a > b) return a
  return b
}

/** Each end times a factor, rounded up. */
export const scale = (range: Range, factor: number): Range => ({
  min: scaled(range.min, factor),
  max: scaled(range.max, factor),
})

export const plus = (a: bigint, b: bigint): bigint => (a + b > unbounded ? unbounded : a + b)

export const times = (a: bigint, b: bigint): bigint => (a * b > unbounded ? unbounded : a * b)

const twoTo64 = 2 ** 64

/** As upstream works it out, in floating point. */
function scaled(amount: bigint, factor: number): bigint {
  const value = Number(amount)
  if (value > 0 && factor > 0 && value > twoTo64 / factor) return unbounded
  const up = Math.ceil(value * factor)
  return up >= twoTo64 ? unbounded : BigInt(up)
}

/** Unsigned 64-bit arithmetic that wraps around, where upstream's does. */
export const wrap = (amount: bigint): bigint => BigInt.asUintN(64, amount)
