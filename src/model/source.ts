import type { Micros } from './time.ts'

/** How a source is doing. `partial`: it works, but something it should see it may not (`missing` says what). */
export const sourceStates = ['starting', 'connected', 'partial', 'silent', 'broken', 'ended'] as const
export type SourceState = (typeof sourceStates)[number]

/** Something a source should see and does not, with the reason and the way to mend it. */
export interface Missing {
  readonly what: string
  readonly why: string
  readonly mend: string
}

/** One row of the page Sources. Rates and lag are over the last minute. */
export interface SourceStatus {
  readonly id: string
  /** `cluster`, `audit-webhook`, `audit-file`, `replay`, … */
  readonly type: string
  readonly cluster: string
  readonly state: SourceState
  /** One sentence for a person. */
  readonly message: string
  readonly since: Micros
  readonly lastRecordAt: Micros | undefined
  readonly recordsTotal: number
  readonly bytesTotal: number
  readonly recordsPerSecond: number
  /** From the moment in the record to our receiving it, median of the last minute, in milliseconds. */
  readonly lagMillis: number | undefined
  readonly gapsTotal: number
  readonly quarantinedTotal: number
  readonly missing: readonly Missing[]
}

/**
 * One unit of hand-over from a source to the recorder, as bytes: an audit EventList, lines of an audit log, object
 * versions, a gap. `stream` names the parser that turns `payload` into records.
 */
export interface SourceEntry {
  readonly stream: StreamId
  readonly source: string
  readonly cluster: string
  readonly receivedAt: Micros
  readonly payload: Uint8Array
}

/**
 * What the payload of an entry is:
 * - `audit`: an `audit.k8s.io/v1` EventList, a single Event, or Events as JSON lines;
 * - `objects`: object versions as JSON lines ({@link ObjectVersion}, already without secret values);
 * - `gaps`: gaps as JSON lines ({@link Gap});
 * - `falco`: alerts of Falco, a JSON object each, one or as lines or as an array;
 * - `tetragon`: events of Tetragon, likewise.
 *
 * The spool keeps the place in this list: new ones go to its end.
 */
export const streamIds = ['audit', 'objects', 'gaps', 'falco', 'tetragon'] as const
export type StreamId = (typeof streamIds)[number]

/**
 * Hands an entry over for good: resolves after the entry is on disk and fdatasync returned, with its sequence number.
 * Throws BulwarkError SPOOL_FULL or SPOOL_WRITE_FAILED, and then nothing was kept: the source must not acknowledge.
 */
export type Append = (entry: SourceEntry) => Promise<number>

/** One thing that Bulwark listens to. `start` resolves when it listens or has begun; `stop` lets work in hand finish. */
export interface Source {
  readonly id: string
  start(): Promise<void>
  stop(): Promise<void>
  status(): SourceStatus
}
