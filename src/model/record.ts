import type { Severity } from './finding.ts'
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

/** Programs on the nodes that tell what processes do there. */
export const sensors = ['falco', 'tetragon'] as const
export type Sensor = (typeof sensors)[number]

/** Falco's priorities as its JSON output spells them, the most urgent first (userspace/engine/falco_common.cpp). */
export const priorities = [
  'Emergency',
  'Alert',
  'Critical',
  'Error',
  'Warning',
  'Notice',
  'Informational',
  'Debug',
] as const
export type Priority = (typeof priorities)[number]

/** How severe a rule of this priority is taken to be. */
export const severityOfPriority: Readonly<Record<Priority, Severity>> = {
  Emergency: 'critical',
  Alert: 'critical',
  Critical: 'critical',
  Error: 'high',
  Warning: 'medium',
  Notice: 'low',
  Informational: 'info',
  Debug: 'info',
}

/**
 * What a sensor told of a node: an alert of Falco, or an event of Tetragon. What the sensor did not know (`null`, `<NA>`)
 * is an empty text. `event` is the whole event after redaction.
 */
export interface RuntimeRecord {
  readonly kind: 'runtime'
  readonly time: Micros
  readonly receivedAt: Micros
  readonly cluster: string
  readonly source: string
  readonly sensor: Sensor
  /** 32 hex digits made of the event: the same one delivered twice has the same. */
  readonly eventId: string
  /** Of Falco the rule's name; of Tetragon `process_exec`, `process_kprobe`, …, or `unknown`. */
  readonly type: string
  /** Undefined for Tetragon, which does not judge. */
  readonly priority: Priority | undefined
  readonly tags: readonly string[]
  /** For a person. */
  readonly message: string
  readonly node: string
  /** Of the pod that it happened in. Empty for processes of the node itself, and where the sensor did not know. */
  readonly namespace: string
  readonly pod: string
  readonly podUid: string
  /** Name of the container in the pod. */
  readonly container: string
  /** Without the runtime's prefix (`containerd://`); Falco tells the first 12 digits. */
  readonly containerId: string
  readonly image: string
  /** Undefined where the event is about no process. */
  readonly process: RuntimeProcess | undefined
  /** Of alerts about requests to the API server (Falco's source `k8s_audit`); else undefined. */
  readonly request: RuntimeRequest | undefined
  readonly event: JsonObject
}

/** A process as a sensor saw it. */
export interface RuntimeProcess {
  /** Path of the executable where it is known, else its name. */
  readonly binary: string
  /** Joined by blanks, without the program itself. */
  readonly arguments: string
  readonly pid: number | undefined
  /** Linux user: its name, or its number where no name is told. */
  readonly user: string
  readonly parentBinary: string
}

/** The request that an alert of the source `k8s_audit` is about. */
export interface RuntimeRequest {
  readonly user: string
  readonly verb: string
  readonly target: AuditTarget
}

/** The program and its arguments in one line, empty where there is no process. */
export const commandLineOf = ({ process }: RuntimeRecord): string =>
  process === undefined ? '' : [process.binary, process.arguments].filter((part) => part !== '').join(' ')

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
export type BulwarkRecord = AuditRecord | RuntimeRecord | ObjectVersion | Gap

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
