/** Sets of whole numbers as half-open intervals `[from, end, from, end, …]`: ascending, disjoint, never touching. */
export type Ranges<T extends number | bigint> = readonly T[]

/** The members of one or the other. */
export const union = <T extends number | bigint>(a: Ranges<T>, b: Ranges<T>): Ranges<T> => {
  if (a.length === 0) return b
  if (b.length === 0) return a
  return combine(a, b, (inA, inB) => inA || inB)
}

/** The members of both. */
export const intersect = <T extends number | bigint>(a: Ranges<T>, b: Ranges<T>): Ranges<T> =>
  a.length === 0 || b.length === 0 ? [] : combine(a, b, (inA, inB) => inA && inB)

/** The members of the first that the second lacks. */
export const subtract = <T extends number | bigint>(a: Ranges<T>, b: Ranges<T>): Ranges<T> =>
  a.length === 0 || b.length === 0 ? a : combine(a, b, (inA, inB) => inA && !inB)

/** The union of many, in the time that sorting them takes. Each of `pairs` is `[from, end)`; empty ones are passed over. */
export const unionOf = <T extends number | bigint>(pairs: readonly (readonly [T, T])[]): Ranges<T> => {
  const sorted = pairs.filter(([from, end]) => from < end).sort((a, b) => (a[0] < b[0] ? -1 : a[0] > b[0] ? 1 : 0))
  const out: T[] = []
  for (const [from, end] of sorted) {
    const last = out.at(-1)
    if (last === undefined || from > last) out.push(from, end)
    else if (end > last) out[out.length - 1] = end
  }
  return out
}

export const contains = <T extends number | bigint>(ranges: Ranges<T>, value: T): boolean => {
  // The number of bounds at or below the value is odd inside of an interval.
  let low = 0
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const bound = ranges[middle]
    if (bound !== undefined && bound <= value) low = middle + 1
    else high = middle
  }
  return low % 2 === 1
}

/** Sweeps over the bounds of both; a bound stays where membership of the result changes. */
const combine = <T extends number | bigint>(
  a: Ranges<T>,
  b: Ranges<T>,
  keep: (inA: boolean, inB: boolean) => boolean,
): Ranges<T> => {
  const out: T[] = []
  let i = 0
  let j = 0
  while (true) {
    const nextA = a[i]
    const nextB = b[j]
    const bound = nextA === undefined ? nextB : nextB === undefined || nextA <= nextB ? nextA : nextB
    if (bound === undefined) return out
    if (nextA === bound) i += 1
    if (nextB === bound) j += 1
    if (keep(i % 2 === 1, j % 2 === 1) !== (out.length % 2 === 1)) out.push(bound)
  }
}
