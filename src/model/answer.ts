/**
 * What the record answers when it is asked: rows for people and programs, as JSON. Times are RFC 3339 texts in UTC with
 * microseconds. The store, the API, the CLI and the page all speak these types.
 */
import type { JsonValue } from './json.ts'
import type { Change, ObjectRef } from './object.ts'

/** Kinds of rows on the page Events. `event` is a Kubernetes Event object, `runtime` what a sensor told of a node. */
export const eventKinds = ['audit', 'event', 'gap', 'runtime'] as const
export type EventKind = (typeof eventKinds)[number]

/** One record in one line. Texts that do not apply are empty, numbers 0. */
export interface EventRow {
  /** Opaque, stable over restarts and re-delivery, safe in a URL. */
  readonly id: string
  readonly kind: EventKind
  readonly time: string
  readonly receivedAt: string
  readonly cluster: string
  readonly source: string
  readonly user: string
  readonly impersonatedUser: string
  readonly verb: string
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
  readonly code: number
  readonly decision: 'allow' | 'forbid' | 'none'
  readonly reason: string
  readonly level: string
  readonly stage: string
  readonly sourceIp: string
  readonly userAgent: string
  readonly requestUri: string
  /** Of runtime records: where it ran, and the program with its arguments. `container` is its name, or its id where no name is known. */
  readonly node: string
  readonly container: string
  readonly image: string
  readonly process: string
  /** One sentence for a person, e.g. `alice deleted pod shop/web-1` or `watch of pods was cut for 12 s`. */
  readonly summary: string
}

/** The part of a row that stands in the record itself. */
export type EventFields = Omit<EventRow, 'id' | 'kind' | 'time' | 'receivedAt' | 'summary'>

/** A row with the whole record behind it, after redaction. */
export interface EventDetail {
  readonly row: EventRow
  readonly raw: JsonValue
}

/** Which records are meant: a query text (see `parseQuery`) and a half-open range of time, RFC 3339. */
export interface EventFilter {
  readonly query: string
  readonly from: string | undefined
  readonly to: string | undefined
}

/** A stretch of time that an answer cannot speak for. */
export interface GapRow {
  readonly id: string
  readonly source: string
  readonly from: string
  readonly to: string
  readonly reason: string
  readonly what: string
  readonly estimate: number | undefined
}

/** The honesty line: how much was looked at, how long it took, what is missing in the range. */
export interface Searched {
  readonly rows: number
  readonly elapsedMillis: number
  /** True when the answer stopped before everything was looked at. */
  readonly partial: boolean
  readonly gaps: readonly GapRow[]
}

/** One page of rows, newest first. `nextCursor` is opaque; undefined on the last page. */
export interface EventPage {
  readonly items: readonly EventRow[]
  readonly nextCursor: string | undefined
  readonly searched: Searched
}

/** What a histogram can be split by. */
export const histogramSplits = ['decision', 'code', 'verb', 'kind', 'source'] as const
export type HistogramSplit = (typeof histogramSplits)[number]

/** Counts over time. `buckets[i]` starts at `from + i * stepSeconds`; each series has one count a bucket. */
export interface Histogram {
  readonly from: string
  readonly to: string
  readonly stepSeconds: number
  readonly series: readonly { readonly label: string; readonly counts: readonly number[] }[]
  readonly total: number
  readonly searched: Searched
}

/** The most frequent values of some fields under a filter. */
export interface Facets {
  readonly fields: readonly {
    readonly field: string
    readonly values: readonly { readonly value: string; readonly count: number }[]
    /** True when there are more values than shown. */
    readonly more: boolean
  }[]
  readonly searched: Searched
}

/**
 * What a volume is compared with: the same hour of the week, the same hour of the day (both by the decomposition STL),
 * or, of a short record, the median of its buckets.
 */
export const unusualMethods = ['weekly', 'daily', 'median'] as const
export type UnusualMethod = (typeof unusualMethods)[number]

/** Lengths of its buckets in seconds: each divides a day into at least four. */
export const unusualSteps = [300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600] as const

/**
 * How the busiest values of a field went over time, what was to be expected, and what is unusual in it. Only whole buckets
 * of what the record reaches over are looked at: `from` and `to` may be closer than asked for. They are equal where there
 * is not one.
 */
export interface UnusualVolume {
  readonly field: string
  readonly from: string
  readonly to: string
  readonly stepSeconds: number
  readonly method: UnusualMethod
  /** What was not seen often enough to be compared with, as sentences for a person; empty where everything was. */
  readonly learning: readonly string[]
  /** The busiest first. */
  readonly series: readonly UnusualSeries[]
  /** True when the field has more values than shown. */
  readonly more: boolean
  readonly searched: Searched
}

/** One value: each list has one number a bucket. */
export interface UnusualSeries {
  readonly value: string
  readonly total: number
  readonly counts: readonly number[]
  readonly expected: readonly number[]
  /** How far a count is from what was expected, in units of how far the counts of this value are usually: below 0 for less. */
  readonly scores: readonly number[]
  /** Places of the buckets that are unusual. One that a gap touches is never called unusual for being low. */
  readonly unusual: readonly number[]
}

/** One state of one object on its time line, without its body. */
export interface ObjectVersionRow {
  readonly id: string
  readonly ref: ObjectRef
  readonly uid: string
  readonly resourceVersion: string
  readonly time: string
  readonly change: Change
  readonly synthesised: boolean
  /** The request that made this version, joined by object and resourceVersion; undefined where the record has none. */
  readonly madeBy: EventRow | undefined
  /**
   * `version`: the answer to `madeBy` carried this very version; `near`: the audit level had no body, and it is the
   * nearest successful request by name and time. Missing where `madeBy` is undefined.
   */
  readonly madeByHow?: 'version' | 'near'
}

/** A version with its body. */
export interface ObjectVersionDetail {
  readonly version: ObjectVersionRow
  readonly body: JsonValue
}

/** One kind in the cluster's state: how many objects, or why we cannot see them. */
export interface KindRow {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly resource: string
  readonly namespaced: boolean
  readonly seen: boolean
  readonly count: number
  /** Why it is not seen, empty when it is. */
  readonly why: string
}

/** Counts for the strip of the last hours: one value a bucket. */
export interface Timeline {
  readonly from: string
  readonly to: string
  readonly stepSeconds: number
  readonly records: readonly number[]
  readonly forbidden: readonly number[]
  readonly changes: readonly number[]
  readonly gaps: readonly GapRow[]
}
