import type { Micros } from '../../model/time.ts'
import { type Entry, EventEntries, LatestEntries } from './entries.ts'
import type { Hit } from './extract.ts'
import type { Bounds, Presence, SigmaCorrelation } from './types.ts'
import { type CorrelatorCounts, type CorrelatorLimits, type Group, sizeOf, type Windows } from './window-state.ts'

/** That a condition became true for a group. */
export interface Fired {
  readonly group: string
  readonly time: Micros
  /** The count, sum, average … that was compared; of temporal correlations the number of rules. */
  readonly measured: number
  /** The events of the window, the newest first, at most {@link maxEvidence}. */
  readonly entries: readonly Entry[]
}

/** Events that a detection names. */
export const maxEvidence = 100

/** The rules of one correlation for its windows. All times are in order. */
export interface WindowMachine {
  /** Takes an event in. */
  readonly add: (windows: Windows, hit: Hit, event: { readonly time: Micros; readonly ref: string }) => readonly Fired[]
  /** When the next window ends; undefined where windows slide. */
  readonly nextEnd: (windows: Windows) => Micros | undefined
  /** Ends the windows that end at or before a moment. */
  readonly close: (windows: Windows, until: Micros) => readonly Fired[]
}

/**
 * Windows slide, (t − timespan, t], where more events can only make the condition true: it fires at the event that makes
 * it true, and again after it has been false. Other conditions (lt, lte, eq, neq, not) can only be decided when nothing
 * more can come: a window begins with the first event of a group, lasts the timespan, and is decided at its end. A group
 * without any event never fires.
 */
export const windowMachine = (
  correlation: SigmaCorrelation,
  limits: CorrelatorLimits,
  counts: () => CorrelatorCounts,
): WindowMachine => {
  const span = correlation.timespanSeconds * 1_000_000
  const slides = canSlide(correlation)
  const ordered = correlation.type === 'temporal_ordered'
  const keyed = hasKeys(correlation.type)

  const groupOf = (windows: Windows, key: string, time: Micros): Group => {
    const known = windows.get(key)
    if (known === undefined) {
      const entries = keyed ? new LatestEntries() : new EventEntries()
      return windows.open(key, { opened: time, touched: time, firing: false, entries, chains: [] })
    }
    windows.keep(known)
    known.touched = time
    if (slides) windows.moveToEnd(known)
    return known
  }
  /** Groups that are quiet for a whole timespan hold nothing; they stand first. */
  const sweep = (windows: Windows, time: Micros): void => {
    if (!slides) return
    for (let first = windows.first; first !== undefined && first.touched <= time - span; first = windows.first)
      windows.forget(first)
  }
  const bound = (windows: Windows): void => {
    for (let first = windows.first; first !== undefined; first = windows.first) {
      if (windows.size <= limits.groups && windows.entries <= limits.entries) return
      // Never the group that was just touched: it stands last.
      if (windows.size === 1) return
      windows.forget(first)
      counts().evictedGroups += 1
    }
  }
  const expire = (windows: Windows, { entries }: Group, until: Micros): void => {
    windows.entries -= entries.size
    entries.expire(until)
    windows.entries += entries.size
  }
  const put = (windows: Windows, { entries }: Group, key: string, entry: Entry): void => {
    windows.entries -= entries.size
    entries.put(key, entry)
    if (entries.size > limits.entriesOfGroup) {
      entries.dropOldest()
      counts().droppedEntries += 1
    }
    windows.entries += entries.size
  }
  const fired = (group: Group, time: Micros): Fired => ({
    group: group.key,
    time,
    measured: ordered ? correlation.rules.length : measure(correlation, group),
    entries: (ordered ? (group.chains.at(-1) ?? []).slice(-maxEvidence) : group.entries.all(maxEvidence)).toReversed(),
  })

  const addOrdered = (windows: Windows, hit: Hit, group: Group, entry: Entry): boolean => {
    const after = entry.time - span
    const before = hit.rule === 0 ? [] : (group.chains[hit.rule - 1] ?? [])
    // The chain before has to be there, and to have begun inside the window.
    if (hit.rule > 0 && (before[0]?.time ?? after) <= after) return isComplete(group, after)
    windows.entries -= sizeOf(group)
    while (group.chains.length < correlation.rules.length) group.chains.push([])
    group.chains[hit.rule] = [...before, entry]
    windows.entries += sizeOf(group)
    return isComplete(group, after)
  }
  const isComplete = (group: Group, after: Micros): boolean =>
    (group.chains[correlation.rules.length - 1]?.[0]?.time ?? after) > after

  return {
    add: (windows, hit, event) => {
      const entry: Entry = { time: event.time, number: hit.number ?? 0, ref: event.ref }
      sweep(windows, event.time)
      const found: Fired[] = []
      for (const key of hit.groups) {
        const group = groupOf(windows, key, event.time)
        const after = event.time - span
        if (slides && !ordered) expire(windows, group, after)
        const held = ordered ? isComplete(group, after) : holds(correlation, group)
        if (!held) group.firing = false
        let now: boolean
        if (ordered) now = addOrdered(windows, hit, group, entry)
        else {
          for (const one of keysOf(correlation, hit)) put(windows, group, one, entry)
          now = slides && holds(correlation, group)
        }
        if (now && !group.firing) {
          group.firing = true
          found.push(fired(group, event.time))
        }
        bound(windows)
      }
      return found
    },
    nextEnd: ({ first }) => (slides || first === undefined ? undefined : first.opened + span),
    close: (windows, until) => {
      const found: Fired[] = []
      if (slides) return found
      for (let first = windows.first; first !== undefined && first.opened + span <= until; first = windows.first) {
        if (holds(correlation, first)) found.push(fired(first, first.opened + span))
        windows.forget(first)
      }
      return found
    },
  }
}

/** Whether entries have keys: of each value or rule only the latest counts. */
export const hasKeys = (type: SigmaCorrelation['type'] | undefined): boolean =>
  type === 'value_count' || type === 'temporal'

/** What keeps the entries of a hit apart from others. */
const keysOf = ({ type }: SigmaCorrelation, hit: Hit): readonly string[] => {
  if (type === 'value_count') return hit.values
  return type === 'temporal' ? [String(hit.rule)] : oneEvent
}

const oneEvent = ['']

/** False: its windows are decided at their end. */
export const canSlide = ({ condition }: SigmaCorrelation): boolean =>
  condition.kind === 'bounds'
    ? condition.bounds.every(({ operator }) => operator === 'gt' || operator === 'gte')
    : !hasNot(condition.presence)

const hasNot = (presence: Presence): boolean => {
  if (presence.kind === 'rule') return false
  return presence.kind === 'not' || presence.terms.some(hasNot)
}

const holds = (correlation: SigmaCorrelation, group: Group): boolean => {
  if (group.entries.size === 0) return false
  const { condition, rules } = correlation
  if (condition.kind === 'presence')
    return isPresent(condition.presence, (rule) => group.entries.has(String(rules.indexOf(rule))))
  return within(condition.bounds, measure(correlation, group))
}

const isPresent = (presence: Presence, has: (rule: string) => boolean): boolean => {
  switch (presence.kind) {
    case 'rule':
      return has(presence.rule)
    case 'not':
      return !isPresent(presence.term, has)
    case 'and':
      return presence.terms.every((term) => isPresent(term, has))
    case 'or':
      return presence.terms.some((term) => isPresent(term, has))
  }
}

const within = (bounds: Bounds, measured: number): boolean =>
  bounds.every(({ operator, number }) => compare[operator](measured, number))

const compare = {
  gt: (a: number, b: number): boolean => a > b,
  gte: (a: number, b: number): boolean => a >= b,
  lt: (a: number, b: number): boolean => a < b,
  lte: (a: number, b: number): boolean => a <= b,
  eq: (a: number, b: number): boolean => a === b,
  neq: (a: number, b: number): boolean => a !== b,
} as const

/** Percentiles are by nearest rank: the smallest value that as many percent are not above of. */
const measure = ({ type, percentile }: SigmaCorrelation, { entries }: Group): number => {
  const sum = (): number => entries.all().reduce((total, { number }) => total + number, 0)
  const sorted = (): Float64Array => Float64Array.from(entries.all(), ({ number }) => number).sort()
  switch (type) {
    case 'event_count':
    case 'value_count':
    case 'temporal':
    case 'temporal_ordered':
      return entries.size
    case 'value_sum':
      return sum()
    case 'value_avg':
      return sum() / entries.size
    case 'value_median': {
      const values = sorted()
      const half = values.length / 2
      return ((values[Math.ceil(half) - 1] ?? 0) + (values[Math.floor(half)] ?? 0)) / 2
    }
    case 'value_percentile': {
      const values = sorted()
      return values[Math.max(0, Math.ceil(((percentile ?? 50) / 100) * values.length) - 1)] ?? 0
    }
  }
}
