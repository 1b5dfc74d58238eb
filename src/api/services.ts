/**
 * What the API serves, as interfaces: the record (a store), the cluster as it is or was (state and posture), the
 * sources, and the stream of new rows. `main.ts` connects them; a test puts small ones in their place.
 */
import type {
  EventDetail,
  EventFilter,
  EventPage,
  EventRow,
  Facets,
  GapRow,
  Histogram,
  HistogramSplit,
  KindRow,
  ObjectVersionDetail,
  Timeline,
  UnusualVolume,
} from '../model/answer.ts'
import type { Finding, WorkloadRef } from '../model/finding.ts'
import type { ObjectRef, ObjectVersion } from '../model/object.ts'
import type { ClusterCounts, NamespacePosture, OwnedObject, WorkloadPosture, WorkloadRow } from '../model/posture.ts'
import type { SourceStatus } from '../model/source.ts'
import type { Micros } from '../model/time.ts'
import type {
  ObjectVersionPage,
  RecordingStatus,
  RecordWindow,
  SourceSetup,
  SourceTest,
  StoreHealth,
  ValuesAnswer,
} from './contract/answers.ts'
import type { DetectionServices } from './detection-services.ts'

export interface Services {
  readonly about: About
  /** The clock. */
  readonly now: () => Micros
  readonly record: RecordQueries
  /** The cluster as it is (`at` undefined) or was. Throws STORE_UNAVAILABLE when a past moment cannot be read now. */
  readonly clusterAt: (at: Micros | undefined) => Promise<ClusterView>
  readonly sources: Sources
  readonly tail: Tail
  /** Undefined where no rules run: their routes are not there then. */
  readonly detection?: DetectionServices
  /** Told of every fault that is ours, with the request it came from; the log is the caller's. */
  readonly report: (error: unknown, request: string) => void
  /** Our own metrics in the Prometheus text format. */
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>
}

/** What does not change while Bulwark runs. */
export interface About {
  readonly version: string
  readonly cluster: string
  readonly startedAt: Micros
  /** Set when a recording is replayed instead of a cluster watched. */
  readonly recording: RecordingStatus | undefined
}

/** Names an object over all its lives: all that is in `ObjectRef` but the version and the plural. */
export type ObjectName = Pick<ObjectRef, 'group' | 'kind' | 'namespace' | 'name'>

/** Undefined members match everything; empty texts are the core group and the cluster-scoped objects. */
export interface ObjectFilter {
  readonly group?: string | undefined
  readonly kind?: string | undefined
  readonly namespace?: string | undefined
}

/** `limit` at most 1000; `cursor` as a page gave it. */
export interface PageRequest {
  readonly limit: number
  readonly cursor?: string | undefined
}

/**
 * Questions to the record; a `Store` is one of these. Every one throws BulwarkError: QUERY_SYNTAX for a text, cursor or
 * time that cannot be understood, STORE_UNAVAILABLE, STORE_QUERY_FAILED.
 */
export interface RecordQueries {
  health(): StoreHealth
  /** Undefined while nothing is kept. */
  recordWindow(): Promise<RecordWindow | undefined>
  searchEvents(filter: EventFilter, page: PageRequest): Promise<EventPage>
  eventDetail(id: string): Promise<EventDetail | undefined>
  histogram(
    filter: EventFilter,
    options: { readonly buckets: number; readonly split: HistogramSplit },
  ): Promise<Histogram>
  facets(filter: EventFilter, fields: readonly string[], limit: number): Promise<Facets>
  /** Throws QUERY_SYNTAX for a field without values, and for too many buckets or too long a range. */
  unusualVolume(
    filter: EventFilter,
    options: { readonly field: string; readonly stepSeconds: number; readonly limit: number },
  ): Promise<UnusualVolume>
  fieldValues(field: string, prefix: string, limit: number): Promise<ValuesAnswer['items']>
  timeline(from: Micros, to: Micros, buckets: number): Promise<Timeline>
  gapsIn(from: Micros, to: Micros, limit: number): Promise<readonly GapRow[]>
  objectVersions(object: ObjectName, page: PageRequest): Promise<ObjectVersionPage>
  objectVersion(id: string): Promise<ObjectVersionDetail | undefined>
  changesIn(
    filter: { readonly from: Micros; readonly to: Micros } & ObjectFilter,
    page: PageRequest,
  ): Promise<ObjectVersionPage>
}

/** The cluster at one moment. Its lists are whole, in any order; the API cuts them into pages. */
export interface ClusterView {
  readonly at: Micros
  /** Grows with each change of the live state. */
  readonly version: number
  counts(): ClusterCounts
  kinds(): readonly KindRow[]
  objects(filter: ObjectFilter): readonly ObjectVersion[]
  object(object: ObjectName): ObjectVersion | undefined
  /** From the direct owner up to the top. */
  ownersOf(object: ObjectName): readonly ObjectRef[]
  ownedBy(object: ObjectName): readonly OwnedObject[]
  workloadOf(object: ObjectName): WorkloadRef | undefined
  namespaces(): readonly NamespacePosture[]
  workloads(): readonly WorkloadRow[]
  workload(ref: WorkloadRef): WorkloadPosture | undefined
  findings(): readonly Finding[]
}

export interface Sources {
  statuses(): readonly SourceStatus[]
  setups(): readonly SourceSetup[]
  /** Undefined when there is no source of this id. */
  test(id: string): Promise<SourceTest | undefined>
}

/** New rows as they are committed, oldest first. The answer ends the subscription. */
export interface Tail {
  subscribe(listener: (rows: readonly TailRow[]) => void): () => void
  /** Rows after this position that are still held; undefined when it is too old, of another run, or not understood. */
  since(position: string): readonly TailRow[] | undefined
}

export interface TailRow {
  /** Opaque; grows with each row of one run. */
  readonly position: string
  readonly row: EventRow
}
