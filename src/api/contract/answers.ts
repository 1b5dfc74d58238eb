/**
 * What the API answers beyond the rows of the model: pages, the status, the overview. JSON leaves out members that are
 * undefined. Times are RFC 3339 in UTC with microseconds.
 */
import type { EventRow, GapRow, KindRow, ObjectVersionRow } from '../../model/answer.ts'
import type { ErrorCode } from '../../model/error.ts'
import type { Finding, WorkloadRef } from '../../model/finding.ts'
import type { JsonValue } from '../../model/json.ts'
import type { ObjectRef } from '../../model/object.ts'
import type { ClusterCounts, NamespacePosture, OwnedObject } from '../../model/posture.ts'
import type { SourceStatus } from '../../model/source.ts'

/** The body of every answer that is not a success. `position` is given for faults in a query text. */
export interface ErrorAnswer {
  readonly error: {
    readonly code: ErrorCode
    readonly what: string
    readonly where: string | undefined
    readonly mend: string | undefined
    /** Half-open range of characters of `q` at fault. */
    readonly position: { readonly from: number; readonly to: number } | undefined
  }
}

/** What is replayed, for the banner of every page. */
export interface RecordingStatus {
  readonly description: string
  /** When it was recorded. The record shows it moved, so that it ends at the start of this Bulwark. */
  readonly recordedFrom: string
  readonly recordedTo: string
}

/** What the record holds: its first and last moment, and how much. */
export interface RecordWindow {
  readonly from: string
  readonly to: string
  readonly events: number
  readonly objectVersions: number
  readonly bytesOnDisk: number
}

/**
 * How the store is. Unless it is `ready`, pages of the live state work, and those of the record wait or are answered
 * with 503.
 */
export interface StoreHealth {
  readonly kind: 'embedded' | 'server'
  readonly state: 'opening' | 'ready' | 'restarting' | 'failed' | 'closed'
  /** One sentence for a person, empty when ready. */
  readonly message: string
  readonly restarts: number
  readonly version: string
}

export interface StatusAnswer {
  readonly version: string
  readonly mode: 'live' | 'recording'
  readonly cluster: string
  /** Undefined unless `mode` is `recording`. */
  readonly recording: RecordingStatus | undefined
  readonly now: string
  readonly startedAt: string
  /** Undefined while nothing is kept, or the store cannot tell. */
  readonly record: RecordWindow | undefined
  readonly store: StoreHealth
  readonly counts: ClusterCounts
  /** How many sources there are, and how many of them see all that they should. */
  readonly sources: { readonly total: number; readonly working: number }
}

/** One row of the page Sources. */
export interface SourceRow extends Omit<SourceStatus, 'since' | 'lastRecordAt'> {
  readonly since: string
  readonly lastRecordAt: string | undefined
  readonly lastGap: GapRow | undefined
}

/** How to connect one type of source: steps in order, with a command or a file to copy where there is one. */
export interface SourceSetup {
  readonly type: string
  readonly title: string
  readonly steps: readonly { readonly text: string; readonly copy: string | undefined }[]
}

export interface SourcesAnswer {
  readonly items: readonly SourceRow[]
  readonly setups: readonly SourceSetup[]
}

/** What a test of a source found, step by step. `ok` is true when each step is. */
export interface SourceTest {
  readonly ok: boolean
  readonly steps: readonly {
    readonly what: string
    readonly ok: boolean
    readonly detail: string
    /** How to mend it, empty when ok. */
    readonly mend: string
  }[]
}

export interface ValuesAnswer {
  readonly items: readonly { readonly value: string; readonly count: number }[]
}

/** Object versions, newest first. */
export interface ObjectVersionPage {
  readonly items: readonly ObjectVersionRow[]
  readonly nextCursor: string | undefined
}

export interface OverviewAnswer {
  /** The moment it speaks of. */
  readonly at: string
  readonly counts: ClusterCounts
  readonly namespaces: readonly NamespacePosture[]
  /** True when there are more namespaces than are given. */
  readonly moreNamespaces: boolean
  readonly sources: readonly SourceRow[]
  /** The newest changes before that moment, with who made them; renewals of leases and reports of status are left out. */
  readonly changes: readonly ObjectVersionRow[]
  /** Why `changes` cannot be told now (the store is starting, or slow), empty when they are. */
  readonly changesMissing: string
}

/** One page of what the state holds at a moment, in order of name. `total` counts all that match. */
export interface StatePage<Item> {
  readonly at: string
  readonly items: readonly Item[]
  readonly total: number
  readonly nextCursor: string | undefined
}

/** One object of the state in one line. */
export interface ObjectRow {
  readonly ref: ObjectRef
  readonly uid: string
  readonly resourceVersion: string
  /** `metadata.creationTimestamp`, empty where it has none. */
  readonly created: string
  /** When we saw this version. */
  readonly changed: string
}

/** One object as of a moment, with what it is tied to. */
export interface ObjectDetail {
  readonly at: string
  readonly object: ObjectRow
  /** True when it was gone at that moment: `body` is then the last state known. */
  readonly deleted: boolean
  readonly body: JsonValue
  /** From the direct owner up to the top. */
  readonly owners: readonly ObjectRef[]
  readonly owned: readonly OwnedObject[]
  /** The workload it belongs to, when it is one, owns one or is owned by one. */
  readonly workload: WorkloadRef | undefined
  readonly findings: readonly Finding[]
}

export interface KindsAnswer {
  readonly at: string
  readonly items: readonly KindRow[]
}

/** Events of the stream `GET /api/v1/events/stream`; `id:` of a `row` is what Last-Event-ID sends back. */
export interface StreamEvents {
  readonly row: EventRow
  /** Rows that this client lost since the last `row`: it read too slowly, or was away too long (`rows` is then undefined). */
  readonly dropped: { readonly rows: number | undefined }
  /** At least every 15 s. `stateVersion` grows with each change of the live state: a page that shows it asks again. */
  readonly heartbeat: { readonly now: string; readonly stateVersion: number }
}
