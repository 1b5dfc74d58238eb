import type { Micros } from '../../model/time.ts'

/** An event in a window. `number` is what is measured, `ref` what the caller calls the event by. */
export interface Entry {
  readonly time: Micros
  readonly number: number
  readonly ref: string
}

/**
 * What is remembered of one group of one correlation. `entries` are in order of time; their keys are the event (counted
 * once however many rules it matches), the value (value_count) or the rule (temporal).
 */
export interface Group {
  /** When it began: of windows that are decided at their end. */
  readonly opened: Micros
  touched: Micros
  /** True while the condition stays true after a detection. */
  firing: boolean
  readonly entries: Map<string, Entry>
  /** Of temporal_ordered, for each rule: the events of the latest chain that ends with it. */
  readonly chains: (readonly Entry[])[]
}

/** The groups of a correlation, those touched last at the end (opened last, where windows are decided at their end). */
export interface Windows {
  readonly groups: Map<string, Group>
  /** Entries of all groups. */
  entries: number
}

/** Bounds of what a correlator remembers. */
export interface CorrelatorLimits {
  /** Of a correlation. The group that was quiet the longest is forgotten first. */
  readonly groups: number
  /** Of a group. The oldest event is forgotten first. */
  readonly entriesOfGroup: number
  /** Of a correlation. */
  readonly entries: number
  /** Events that wait for earlier ones. Beyond it, they wait no longer. */
  readonly waiting: number
}

/** With the longest values some 120 MiB for a correlation at worst; 10 MiB at most with usual ones. */
export const defaultLimits: CorrelatorLimits = {
  groups: 10_000,
  entriesOfGroup: 10_000,
  entries: 100_000,
  waiting: 20_000,
}

/** What was left out: each of these is something that could have hidden a detection. */
export interface CorrelatorCounts {
  /** Events older than what was waited for. */
  late: number
  /** Events that claimed to be of the future, and were taken for when they were received. */
  ahead: number
  /** Groups forgotten before their time. */
  evictedGroups: number
  /** Events forgotten before their time. */
  droppedEntries: number
  /** Events with more groups or values than are followed. */
  cutCombinations: number
}

export const noCounts = (): CorrelatorCounts => ({
  late: 0,
  ahead: 0,
  evictedGroups: 0,
  droppedEntries: 0,
  cutCombinations: 0,
})
