/**
 * How often a group had how many events in a window: what is usual of it, as counts of counts. Quiet windows are one
 * entry however many they are, so a group that does nothing for a week costs nothing.
 */
export class Usual {
  /** Count of events to number of windows. */
  readonly #windows = new Map<number, number>()
  #total = 0

  /** `entries` as {@link entries} gave them. */
  constructor(entries: readonly (readonly [number, number])[] = []) {
    for (const [events, windows] of entries) this.add(events, windows)
  }

  add(events: number, windows = 1): void {
    if (windows <= 0) return
    const rounded = round(events)
    this.#windows.set(rounded, (this.#windows.get(rounded) ?? 0) + windows)
    this.#total += windows
  }

  /** Forgets half of what was: the past counts less the older it is. */
  halve(): void {
    this.#total = 0
    for (const [events, windows] of this.#windows) {
      const left = Math.floor(windows / 2)
      if (left === 0) this.#windows.delete(events)
      else this.#windows.set(events, left)
      this.#total += left
    }
  }

  /**
   * The number of events that is `mads` deviations above the median. The deviation is the median absolute deviation,
   * scaled to the standard deviation of a normal distribution, and never less than counts scatter by themselves (the root
   * of the median, 1 at least): a group that is always the same would else find everything unusual.
   */
  limit(mads: number): number {
    const median = medianOf([...this.#windows], this.#total)
    const spread = medianOf(
      [...this.#windows].map(([events, windows]) => [Math.abs(events - median), windows] as const),
      this.#total,
    )
    return median + mads * Math.max(1.4826 * spread, Math.sqrt(median), 1)
  }

  entries(): readonly (readonly [number, number])[] {
    return [...this.#windows]
  }
}

/** The limit of a few plain numbers, such as the same hour of the last weeks. */
export const limitOf = (values: readonly number[], mads: number): number => {
  const usual = new Usual()
  for (const value of values) usual.add(value)
  return usual.limit(mads)
}

/** To five significant binary digits from 64 on: a group has some 700 different counts at most. */
const round = (events: number): number => {
  if (events < 64) return events
  const unit = 2 ** (Math.floor(Math.log2(events)) - 5)
  return Math.floor(events / unit) * unit
}

/** The lower median of values with their numbers. */
const medianOf = (weighted: readonly (readonly [number, number])[], total: number): number => {
  const sorted = weighted.toSorted(([a], [b]) => a - b)
  let before = 0
  for (const [value, count] of sorted) {
    before += count
    if (before * 2 >= total) return value
  }
  return 0
}
