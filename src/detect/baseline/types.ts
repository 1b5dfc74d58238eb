import type { Head } from '../../engines/sigma/index.ts'
import type { Micros } from '../../model/time.ts'

/** Unusual volume of a group against its own past. */
export interface Volume {
  readonly type: 'volume'
  readonly timespanSeconds: number
  /** True: an hour of the week that is usually busy is no surprise. */
  readonly season: boolean
  /** How many scaled median absolute deviations above the median are unusual. */
  readonly mads: number
  /** Fewer events than this are never unusual. */
  readonly least: number
}

/** The first time that a group has these values. */
export interface Novelty {
  readonly type: 'new'
  readonly values: readonly string[]
  /** After so long without it a value is new again. */
  readonly forgetSeconds: number
  /** `fire`: a group that is itself seen for the first time fires too, once the rule has seen `learn` of others. */
  readonly newGroups: 'learn' | 'fire'
}

/**
 * A rule about what is usual, written as a YAML document with the key `baseline` beside Sigma's `correlation`. Its form is
 * in rules/README.md.
 */
export interface BaselineRule extends Head {
  readonly kind: 'baseline'
  /** Ids or names of the Sigma rules whose events it looks at. */
  readonly rules: readonly string[]
  /** Of new values: rules whose events teach what a group has, and never tell of it. */
  readonly learnFrom: readonly string[]
  readonly groupBy: readonly string[]
  /** A group with less past than this does not fire: it is learning. */
  readonly learnSeconds: number
  readonly watch: Volume | Novelty
}

/** Bounds of what is remembered. */
export interface BaselineLimits {
  /** Of a rule. The group that was quiet the longest is forgotten first, and learns anew. */
  readonly groups: number
  /** Of a group of a rule for new values. Beyond it the group has no usual: it does not fire any more, and is counted. */
  readonly valuesOfGroup: number
  /** Of a rule for new values, over all its groups. */
  readonly values: number
}

export const defaultLimits: BaselineLimits = { groups: 10_000, valuesOfGroup: 2_000, values: 200_000 }

/** How a rule is doing, for the coverage page: what it has not seen enough of. */
export interface BaselineStatus {
  readonly rule: BaselineRule
  readonly groups: number
  /** Groups with too little past to judge. */
  readonly learning: number
  /** Groups with so many different values that nothing is unusual of them. */
  readonly saturated: number
  /** Groups forgotten before their time, for want of room. */
  readonly evicted: number
  /** Events that came too late for their bucket. */
  readonly late: number
}

/** That something is unusual. */
export interface BaselineDetection {
  readonly rule: BaselineRule
  readonly time: Micros
  /** The group-by fields with their values. */
  readonly group: Readonly<Record<string, string>>
  /** Of new values: the fields with the values that are new; else empty. */
  readonly values: Readonly<Record<string, string>>
  /** Of volume: events in the window. Of new values: how many were known before. */
  readonly measured: number
  /** Of volume: above so many is unusual. */
  readonly usual: number | undefined
  /** The newest first, at most 50. */
  readonly refs: readonly string[]
}
