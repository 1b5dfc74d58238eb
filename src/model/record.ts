import type { JsonObject } from './json.ts'
import type { ObjectRef, ObjectVersion } from './object.ts'
import type { Micros } from './time.ts'

/**
 * One request to the API server, as `audit.k8s.io/v1` Event tells it. The fields that everything reads are lifted out;
 * `event` is the whole event after redaction.
 */
export interface AuditRecord {
  readonly kind: 'audit'
  /** `stageTimestamp`, or `requestReceivedTimestamp` where that is missing. */
  readonly time: Micros
  readonly receivedAt: Micros
  readonly cluster: string
  readonly source: string
  readonly auditId: string
  readonly stage: string
  readonly level: string
  readonly verb: string
  readonly user: string
  readonly groups: readonly string[]
  /** Empty when nobody was impersonated. */
  readonly impersonatedUser: string
  readonly sourceIps: readonly string[]
  readonly userAgent: string
  readonly requestUri: string
  /** Undefined for requests that name no resource (`/healthz`). */
  readonly target: AuditTarget | undefined
  /** HTTP status; 0 where no response is told (stage RequestReceived). */
  readonly code: number
  /** What the authorizer said (`authorization.k8s.io/decision`); `none` where the annotation is missing. */
  readonly decision: 'allow' | 'forbid' | 'none'
  /** `authorization.k8s.io/reason`, empty where missing. */
  readonly reason: string
  readonly event: JsonObject
}

/** What a request was about: `objectRef` of the audit event, empty texts where upstream leaves a field out. */
export interface AuditTarget {
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
}

/** Why we may have missed something. */
export const gapReasons = [
  'source-silent',
  'stream-broken',
  'too-large',
  'unreadable',
  'overload',
  'disk-full',
  'spool-damaged',
  'not-permitted',
  'not-running',
  'dropped-at-source',
] as const
export type GapReason = (typeof gapReasons)[number]

/** A stretch of time in which a source may have told less than happened. Silence is never shown as green. */
export interface Gap {
  readonly kind: 'gap'
  /** Equal to `to`: a gap is known when it ends. An open gap has its last known moment here. */
  readonly time: Micros
  readonly receivedAt: Micros
  readonly cluster: string
  readonly source: string
  readonly from: Micros
  readonly to: Micros
  readonly reason: GapReason
  /** What is missing, for a person: `watch of apps/deployments was cut`. */
  readonly what: string
  /** How many records are thought to be missing; undefined where nobody can say. */
  readonly estimate: number | undefined
}

/** One immutable fact. A new source adds a member here; every reader then has to say what it does with it. */
export type BulwarkRecord = AuditRecord | ObjectVersion | Gap

/** Where a record stands in the spool: the entry's sequence number and the record's place inside the entry. */
export interface RecordPosition {
  readonly seq: number
  readonly index: number
}

/** A record with its place in the spool, as it goes to the store, state and detection. */
export interface PlacedRecord {
  readonly position: RecordPosition
  readonly record: BulwarkRecord
}

export type { ObjectRef, ObjectVersion }
