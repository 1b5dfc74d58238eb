import type {
  EventDetail,
  EventFilter,
  EventKind,
  EventPage,
  Facets,
  GapRow,
  Histogram,
  HistogramSplit,
  ObjectVersionDetail,
  ObjectVersionRow,
  Timeline,
  UnusualVolume,
} from '../model/answer.ts'
import type { JsonObject } from '../model/json.ts'
import type { ObjectRef, ObjectVersion } from '../model/object.ts'
import type { Predicate } from '../model/predicate.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import type { EncodedPart } from './encode.ts'

/**
 * The record, to be written and to be asked. Every question is bounded (rows, time, memory) and throws BulwarkError:
 * QUERY_SYNTAX for a query text, cursor or time that cannot be understood, STORE_UNAVAILABLE while the store does not
 * answer (retry), STORE_QUERY_FAILED when it refused or could not finish this one question.
 *
 * Query texts are those of `parseQuery`. Rows of the audit stage RequestReceived are shown only where the text names
 * `stage` (see `Query.allStages`). Ranges are half-open: `from` is in, `to` is out.
 */
export interface Store extends AsyncDisposable {
  /** Resolves when the store is open and its schema is up to date; rejects when it cannot be opened at all. */
  readonly ready: Promise<void>
  health(): StoreHealth

  /**
   * Writes a block for good: resolves after fsync. The same records with the same token can be given again at any time,
   * after any failure, and are kept once. `token` may hold letters, digits and `._:/-`.
   */
  insertEncoded(parts: readonly EncodedPart[], token: string): Promise<void>
  /** The same, encoded here. */
  insertBlock(records: readonly PlacedRecord[], token: string): Promise<void>

  searchEvents(filter: EventFilter, page: PageRequest): Promise<EventPage>
  /** Undefined when no such record is kept. Where only the body's shorter retention has passed, `raw` is null. */
  eventDetail(id: string): Promise<EventDetail | undefined>
  /** Undefined bounds of the filter become those of the record. At most 500 buckets; the step is a whole second or more. */
  histogram(filter: EventFilter, options: HistogramOptions): Promise<Histogram>
  /** The `limit` (at most 100) most frequent values of each field, a name of `queryFields`. */
  facets(filter: EventFilter, fields: readonly string[], limit: number): Promise<Facets>
  /**
   * The busiest values of a field over time, with what was to be expected of each and what is unusual. The range is at most
   * five weeks and 1,008 buckets, and as long as that where its start is left out. Never answers in part: see STORE_QUERY_FAILED.
   */
  unusualVolume(filter: EventFilter, options: UnusualOptions): Promise<UnusualVolume>
  /** Values of a field that begin with `prefix`, most frequent first, for completion. At most 100. */
  fieldValues(field: string, prefix: string, limit: number): Promise<readonly FieldValue[]>
  timeline(from: Micros, to: Micros, buckets: number): Promise<Timeline>
  gapsIn(from: Micros, to: Micros, limit: number): Promise<readonly GapRow[]>
  countsBySource(from: Micros, to: Micros): Promise<readonly SourceCount[]>
  /** Undefined while nothing is kept. */
  recordWindow(): Promise<RecordWindow | undefined>

  /**
   * Audit events that a predicate is true of, whole, in order of time and in bounded memory; each query of it is bounded by
   * itself, however long the range. An event of which only the columns are still kept is not among them.
   */
  matchingEvents(question: MatchingQuestion): AsyncIterable<MatchingEvent>
  /** How many of them there are, over time and by who did it. At most 500 buckets; the step is a whole second or more. */
  matchingCounts(question: MatchingQuestion, buckets: number): Promise<MatchingCounts>
  /** How many audit events there are of each resource and verb, and how many of them tell their bodies. At most 5,000 rows. */
  seenRequests(from: Micros, to: Micros): Promise<readonly SeenRequest[]>
  /** Which of these values a column has among the records of a kind in the range; letters of either case. */
  seenValues(
    kind: RecordKind,
    field: SeenField,
    values: readonly string[],
    from: Micros,
    to: Micros,
  ): Promise<ReadonlySet<string>>
  /** The clusters that there are records of a kind of in the range. */
  seenClusters(kind: RecordKind, from: Micros, to: Micros): Promise<readonly string[]>
  /** How many records of a kind there are in each of `parts` equal parts of the range. At most 500. */
  recordCounts(kind: RecordKind, from: Micros, to: Micros, parts: number): Promise<readonly number[]>
  /** Of how many records of a kind only the columns are kept any more. */
  withoutBodies(kind: RecordKind, from: Micros, to: Micros): Promise<number>
  /**
   * Runtime records or Event objects of a range with their bodies, in order of time, and those of one moment as they were
   * received. One query: ask for a range of which {@link recordCounts} says that it has few.
   */
  storedRecords(question: StoredRecordQuestion): AsyncIterable<StoredRecord>

  /** Versions of one object (all that ever had this name), newest first. `version` of the ref does not count. */
  objectVersions(object: ObjectName, page: PageRequest): Promise<ObjectVersionPage>
  objectVersion(id: string): Promise<ObjectVersionDetail | undefined>
  /** Versions of any object in a range, newest first. Synthesised first listings of unchanged objects are not changes. */
  changesIn(filter: ChangeFilter, page: PageRequest): Promise<ObjectVersionPage>
  /**
   * Pods and what may own them (what makes them, and objects of custom kinds): each that existed at `from` with its newest
   * version, in no promised order, then their versions until `to` as they were observed.
   */
  ownersOver(from: Micros, to: Micros): AsyncIterable<ObjectVersion>
  /**
   * Objects of some kinds: each that existed at `from` with its newest version (of more than 20,000 those that changed
   * last), in no promised order, then their versions until `to` as they were observed, but for those in which nothing
   * changed of what is asked for.
   */
  versionsOver(question: VersionsQuestion, from: Micros, to: Micros): AsyncIterable<ObjectVersion>
  /** The first moment at which the record has an object of these kinds, by cluster. */
  firstVersions(resources: readonly ResourceName[]): Promise<ReadonlyMap<string, Micros>>
  /** Every object that existed at `time`, each with its newest version not after `time`, in no promised order. */
  stateAt(time: Micros, filter?: StateFilter): AsyncIterable<ObjectVersion>
}

/** Columns by which a question may be narrowed, by exact values; empty: none fits. */
export type NarrowingField = 'cluster' | 'source' | 'verb' | 'resource' | 'ns' | 'user' | 'stage'

/**
 * Which audit events are asked for. What the predicate itself needs of the columns (verb, resource, namespace, user, …)
 * narrows the search by itself; `only` narrows it further.
 */
export interface MatchingQuestion {
  readonly predicate: Predicate
  /** Half-open. */
  readonly from: Micros
  readonly to: Micros
  readonly only?: Readonly<Partial<Record<NarrowingField, readonly string[]>>>
  /** So many events are looked at by one query, 10,000 unless said otherwise. More are faster, and take more at once. */
  readonly candidates?: number
}

export interface MatchingEvent {
  /** Of its row. */
  readonly id: string
  readonly time: Micros
  readonly receivedAt: Micros
  readonly cluster: string
  readonly source: string
  /** As it was recorded, secrets taken out. */
  readonly event: JsonObject
}

/** Buckets begin at `from` (RFC 3339) and are `stepSeconds` long. */
export interface MatchingCounts {
  readonly from: string
  readonly stepSeconds: number
  readonly buckets: number
  readonly total: number
  /** The 100 most frequent, and all others together. */
  readonly principals: readonly PrincipalCounts[]
  readonly other: readonly number[]
  /** Events of the range whose columns fit, and whose body is no longer kept: not looked at. */
  readonly withoutBody: number
}

/** A kind of objects by its plural, as in URLs; `*`: all of the group. */
export interface ResourceName {
  readonly group: string
  readonly resource: string
}

/** Members of a body, by name: whole, or of their members these. */
export interface BodyMembers {
  readonly [name: string]: true | BodyMembers
}

/** Which versions of objects are asked for, and what of their bodies. */
export interface VersionsQuestion {
  readonly resources: readonly ResourceName[]
  readonly members: BodyMembers
}

/** Kinds of records that rules look at. */
export type RecordKind = Exclude<EventKind, 'gap'>

/** Columns that {@link Store.seenValues} is asked of. */
export type SeenField = 'verb' | 'resource' | 'subresource' | 'ns' | 'user' | 'agent' | 'reason' | 'level'

/** Which runtime records or Event objects are asked for: at least those that the predicate is true of, as rules see them. */
export interface StoredRecordQuestion {
  readonly kind: Exclude<RecordKind, 'audit'>
  readonly predicate: Predicate
  /** Half-open. */
  readonly from: Micros
  readonly to: Micros
}

export interface StoredRecord {
  /** 32 hex digits; of its row. */
  readonly uid: string
  readonly time: Micros
  readonly receivedAt: Micros
  readonly cluster: string
  readonly source: string
  /** Of a runtime record its sensor. */
  readonly agent: string
  /** As it was recorded, secrets taken out. */
  readonly body: JsonObject
}

/** Audit events of one kind of request, each stage but RequestReceived. By their audit level, as the events themselves say. */
export interface SeenRequest {
  readonly resource: string
  readonly subresource: string
  readonly verb: string
  readonly events: number
  readonly withRequest: number
  readonly withResponse: number
  /** Those of which only the columns are kept any more. */
  readonly withoutBody: number
}

export interface PrincipalCounts {
  /** User name; empty where the event names nobody. */
  readonly principal: string
  readonly total: number
  /** One for each bucket. */
  readonly counts: readonly number[]
}

/** How the store is doing. `restarts` counts how often the embedded engine had to be started again. */
export interface StoreHealth {
  readonly kind: 'embedded' | 'server'
  readonly state: 'opening' | 'ready' | 'restarting' | 'failed' | 'closed'
  /** One sentence for a person, empty when ready. */
  readonly message: string
  readonly restarts: number
  readonly version: string
}

/** `limit` at most 1000; `cursor` as a page gave it. */
export interface PageRequest {
  readonly limit: number
  readonly cursor?: string | undefined
  /** Newest first unless said otherwise. */
  readonly order?: 'newest' | 'oldest'
}

export interface HistogramOptions {
  readonly buckets: number
  readonly split: HistogramSplit
}

export interface UnusualOptions {
  /** A name of `queryFields` that values are counted of. */
  readonly field: string
  /** One of `unusualSteps`. */
  readonly stepSeconds: number
  /** So many values, at most 50. */
  readonly limit: number
}

export interface FieldValue {
  readonly value: string
  readonly count: number
}

/** How many records of one kind a source gave in a range, and when the last one came in (RFC 3339). */
export interface SourceCount {
  readonly source: string
  readonly cluster: string
  readonly kind: EventKind | 'object'
  readonly count: number
  readonly lastReceivedAt: string
}

/** What the store holds: first and last moment (RFC 3339), rows and bytes on disk of all tables. */
export interface RecordWindow {
  readonly from: string
  readonly to: string
  readonly events: number
  readonly objectVersions: number
  readonly bytesOnDisk: number
}

/** Names an object over all its lives; see `objectKey`. */
export type ObjectName = Pick<ObjectRef, 'group' | 'kind' | 'namespace' | 'name'>

export interface ObjectVersionPage {
  readonly items: readonly ObjectVersionRow[]
  readonly nextCursor: string | undefined
}

/** Undefined parts do not restrict. `namespace: ''` means cluster-scoped objects only. */
export interface StateFilter {
  readonly group?: string | undefined
  readonly kind?: string | undefined
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}

export interface ChangeFilter extends StateFilter {
  readonly from: Micros
  readonly to: Micros
}

/** Where the record is kept: a directory for the embedded engine, or the URL of a ClickHouse server. */
export type StorePlace = { readonly dir: string } | { readonly url: string }

/** Every setting has a default: see `defaultStoreSettings`. */
export interface StoreSettings {
  /** Days that events and object versions are kept after they were received. */
  readonly retentionDays: number
  /** Days that the whole body of an event is kept. */
  readonly bodyRetentionDays: number
  /** Memory that one query may take, in bytes. */
  readonly maxQueryMemory: number
  /** Memory that the embedded engine may take altogether, in bytes. */
  readonly maxMemory: number
  /** Milliseconds that a query may take. */
  readonly queryTimeoutMillis: number
  /** Milliseconds that a question waits for a store that is opening or restarting. */
  readonly openTimeoutMillis: number
}

/** Opens at once and works on in the background: questions wait for `ready`, up to `openTimeoutMillis`. */
export type OpenStore = (place: StorePlace, settings?: Partial<StoreSettings>) => Promise<Store>
