/** Sets of whole numbers as half-open intervals `[from, end, from, end, …]`: ascending, disjoint, never touching. */
export type Ranges<T extends number | bigint> = readonly T[]

/** The members of one or the other, in the time that reading both takes. */
export const union = <T extends number | bigint>(a: Ranges<T>, b: Ranges<T>): Ranges<T> => {
  if (a.length === 0) return b
  if (b.length === 0) return a
  const out: T[] = []
  let i = 0
  let j = 0
  // Sweeps over the bounds of both; a bound stays where membership of the result changes.
  while (true) {
    const nextA = a[i]
    const nextB = b[j]
    const bound = nextA === undefined ? nextB : nextB === undefined || nextA <= nextB ? nextA : nextB
    if (bound === undefined) return out
    if (nextA === bound) i += 1
    if (nextB === bound) j += 1
    if ((i % 2 === 1 || j % 2 === 1) !== (out.length % 2 === 1)) out.push(bound)
  }
}

/** The members of both. Of the longer one only what lies in the other is read. */
export const intersect = <T extends number | bigint>(a: Ranges<T>, b: Ranges<T>): Ranges<T> =>
  a.length <= b.length ? partsOf(a, b, true) : partsOf(b, a, true)

/** The members of the first that the second lacks. Of the second only what lies in the first is read. */
export const subtract = <T extends number | bigint>(a: Ranges<T>, b: Ranges<T>): Ranges<T> =>
  a.length === 0 || b.length === 0 ? a : partsOf(a, b, false)

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

export const contains = <T extends number | bigint>(ranges: Ranges<T>, value: T): boolean =>
  boundsUpTo(ranges, value, 0) % 2 === 1

/** How many bounds are at or below the value, odd inside of an interval; the first `low` are known to be. */
const boundsUpTo = <T extends number | bigint>(ranges: Ranges<T>, value: T, low: number): number => {
  let high = ranges.length
  while (low < high) {
    const middle = (low + high) >>> 1
    const bound = ranges[middle]
    if (bound !== undefined && bound <= value) low = middle + 1
    else high = middle
  }
  return low
}

/** The members of `a` that are in `b`, or those that are not. */
const partsOf = <T extends number | bigint>(a: Ranges<T>, b: Ranges<T>, inB: boolean): Ranges<T> => {
  const out: T[] = []
  let next = 0
  for (let index = 0; index + 1 < a.length; index += 2) {
    const from = a[index]
    const end = a[index + 1]
    if (from === undefined || end === undefined) break
    next = boundsUpTo(b, from, next)
    if ((next % 2 === 1) === inB) out.push(from)
    // Inside of the interval every bound of `b` starts a part or ends one.
    for (let bound = b[next]; bound !== undefined && bound < end; bound = b[next]) {
      out.push(bound)
      next += 1
    }
    if (out.length % 2 === 1) out.push(end)
  }
  return out
}
