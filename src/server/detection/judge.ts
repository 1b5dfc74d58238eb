/**
 * The detector at work: records of the spool in, what they give out, in their order. It knows no desk and no cases, so that
 * it can run in the thread that parses records (judge-elsewhere.ts) as well as beside the flow that keeps what it finds.
 */
import { createDetector, type Detector, type DetectorStatus } from '../../detect/detector.ts'
import type { RuleSet } from '../../detect/rule-set.ts'
import type { SubjectOf } from '../../detect/subject.ts'
import type { EventRow } from '../../model/answer.ts'
import type { Detection } from '../../model/detection.ts'
import { eventRowOf } from '../../model/event-row.ts'
import type { JsonValue } from '../../model/json.ts'
import type { BulwarkRecord, PlacedRecord, RecordPosition } from '../../model/record.ts'
import type { RuleHead } from '../../model/rule.ts'
import type { Micros } from '../../model/time.ts'
import type { LiveSink } from '../../recorder/index.ts'
import { pack, packNow } from '../../store/desk/index.ts'

/** The rules that run now. */
export interface Running {
  readonly set: RuleSet
  readonly enabled: (head: RuleHead) => boolean
}

/** What a judge tells, in the order of the spool. */
export type Judged =
  /** What an entry gave. */
  | {
      readonly kind: 'entry'
      readonly seq: number
      /** When its newest record was received. */
      readonly receivedAt: Micros
      /** The newest moment of a record. */
      readonly upTo: Micros
      readonly detections: readonly Detection[]
      /** The rows of the events that completed them, by the index of their position; empty where nobody wants them. */
      readonly rows: Readonly<Record<number, EventRow>>
    }
  /**
   * Everything that the detector remembers as of an entry, packed. `detections` came without an entry: windows that wait no
   * longer. They belong to this state: one without the other would give them twice after a crash, or never.
   */
  | {
      readonly kind: 'state'
      readonly seq: number
      readonly bytes: Uint8Array
      readonly detections: readonly Detection[]
    }
  /** Entries that the spool no longer had. */
  | { readonly kind: 'missed'; readonly from: number; readonly to: number }

/** Where a judge begins. */
export interface JudgeStart {
  /** Undefined where it has no position of its own yet. */
  readonly after: number | undefined
  /** What the detector remembered as of `after`. */
  readonly saved: JsonValue | undefined
  /** What entries up to this one give was taken in before: the detector sees them only to remember. */
  readonly applied: number
}

export interface JudgeOptions extends JudgeStart {
  readonly rules: Running
  /** A checkpoint that takes more of the event loop than so many milliseconds is made bit by bit. */
  readonly longestBlockMillis?: number
  /** What the state says of where a record happened. */
  readonly subjectOf?: SubjectOf
  readonly wantsRows?: () => boolean
  readonly onError?: (message: string, error: unknown) => void
  /** Milliseconds. */
  readonly now?: () => number
}

/** A judge, here or in another thread. */
export interface RunningJudge {
  /** Goes on with other rules from the next record: windows of rules that say the same as before are kept. */
  use(rules: Running): void
  status(): DetectorStatus
  /** Tells its state as of now; resolves when that was told. */
  finish(): Promise<void>
  [Symbol.dispose](): void
}

const idleMillis = 1000
/** As long as the detector waits for what comes late. */
const latenessMillis = 10_000
/** A checkpoint is made so often, and so seldom that it takes at most a fiftieth of the time. */
const checkpointMillis = 5000
const checkpointShare = 50
const longestBlock = 20

export class Judge implements RunningJudge {
  readonly sink: LiveSink
  readonly #options: JudgeOptions
  readonly #give: (judged: Judged) => void
  readonly #now: () => number
  readonly #timer: NodeJS.Timeout
  #detector: Detector
  #seq: number
  #checkpointed: number
  #receivedAt: Micros = 0
  #upTo: Micros = 0
  #lastTaken: number
  #lastCheckpoint: number
  #checkpointCost = 0
  #isPacking = false
  /** Counts states that were told at once: what was begun before is of no use any more. */
  #generation = 0
  /** Nothing was told yet from which what follows could be told again. */
  #mustTell: boolean
  /** Of detectors with earlier rules. */
  #before = { judged: 0, detections: 0, failed: 0, droppedByFalco: 0 }

  constructor(options: JudgeOptions, give: (judged: Judged) => void) {
    const { after, saved, applied, rules, now = Date.now } = options
    this.#options = options
    this.#give = give
    this.#now = now
    this.#detector = this.#make(rules, saved)
    this.#seq = after ?? applied
    this.#checkpointed = this.#seq
    this.#mustTell = saved === undefined
    this.#lastTaken = now()
    this.#lastCheckpoint = now()
    this.sink = {
      name: 'detection',
      ...(after !== undefined && { after }),
      take: (records) => this.#take(records),
      missed: (from, to) => give({ kind: 'missed', from, to }),
    }
    this.#timer = setInterval(() => this.#tick(), idleMillis)
    this.#timer.unref()
  }

  use(rules: Running): void {
    const { judged, detections, failed, droppedByFalco } = this.status()
    this.#before = { judged, detections, failed, droppedByFalco }
    this.#detector = this.#make(rules, this.#detector.checkpoint())
    this.tellState()
  }

  status(): DetectorStatus {
    const status = this.#detector.status()
    const { judged, detections, failed, droppedByFalco } = this.#before
    return {
      ...status,
      judged: judged + status.judged,
      detections: detections + status.detections,
      failed: failed + status.failed,
      droppedByFalco: droppedByFalco + status.droppedByFalco,
    }
  }

  async finish(): Promise<void> {
    this.tellState()
  }

  [Symbol.dispose](): void {
    clearInterval(this.#timer)
    this.#generation += 1
  }

  #make({ set, enabled }: Running, saved: JsonValue | undefined): Detector {
    const { subjectOf } = this.#options
    return createDetector(set, { enabled, ...(subjectOf !== undefined && { subjectOf }) }, saved)
  }

  #take(records: readonly PlacedRecord[]): void {
    const seq = records[0]?.position.seq ?? this.#seq
    if (seq <= this.#seq) return
    if (this.#mustTell) {
      this.#seq = seq - 1
      this.tellState()
    }
    const detections = this.#detector.step(records)
    this.#seq = seq
    this.#lastTaken = this.#now()
    for (const { record } of records) {
      this.#receivedAt = Math.max(this.#receivedAt, record.receivedAt)
      this.#upTo = Math.max(this.#upTo, Math.min(record.time, record.receivedAt))
    }
    const { wantsRows = () => true } = this.#options
    const rows = detections.length > 0 && wantsRows() ? rowsOf(detections, records) : {}
    this.#give({ kind: 'entry', seq, receivedAt: this.#receivedAt, upTo: this.#upTo, detections, rows })
    this.#checkpointIfDue()
  }

  /** Once a second: where nothing comes any more, windows wait no longer. */
  #tick(): void {
    const idle = this.#now() - this.#lastTaken
    const { applied } = this.#options
    if (idle > latenessMillis && this.#detector.isWaiting() && this.#seq >= applied)
      this.tellState(this.#detector.settle())
    else this.#checkpointIfDue()
  }

  #checkpointIfDue(): void {
    const due = this.#lastCheckpoint + Math.max(checkpointMillis, this.#checkpointCost * checkpointShare)
    if (this.#seq <= this.#checkpointed || this.#now() < due) return
    if (this.#checkpointCost > (this.#options.longestBlockMillis ?? longestBlock)) this.#packSlowly()
    else this.tellState()
  }

  /** Tells its state as of now, at once. */
  tellState(detections: readonly Detection[] = []): void {
    const began = performance.now()
    const { bytes } = packNow(this.#detector.checkpoint())
    this.#checkpointCost = performance.now() - began
    this.#checkpointed = this.#seq
    this.#lastCheckpoint = this.#now()
    this.#mustTell = false
    this.#generation += 1
    this.#give({ kind: 'state', seq: this.#seq, bytes, detections })
  }

  /** The state as of now, made text and compressed beside all else, and told when it is whole. */
  #packSlowly(): void {
    if (this.#isPacking) return
    this.#isPacking = true
    this.#lastCheckpoint = this.#now()
    const generation = this.#generation
    const seq = this.#seq
    const began = performance.now()
    const body = this.#detector.checkpointSlowly()
    const taken = performance.now() - began
    void pack(body)
      .then(({ bytes, cost }) => {
        this.#checkpointCost = taken + cost
        if (generation !== this.#generation) return
        this.#checkpointed = seq
        this.#give({ kind: 'state', seq, bytes, detections: [] })
      })
      .catch((error: unknown) => this.#options.onError?.('a checkpoint of detection could not be made', error))
      .finally(() => {
        this.#isPacking = false
      })
  }
}

const rowsOf = (detections: readonly Detection[], records: readonly PlacedRecord[]): Record<number, EventRow> => {
  const rows: Record<number, EventRow> = {}
  for (const { position } of detections) {
    if (rows[position.index] !== undefined) continue
    const record = recordAt(records, position)
    const row = record && eventRowOf(record)
    if (row !== undefined) rows[position.index] = row
  }
  return rows
}

/** The record of this entry that completed a detection: records of an entry stand in order, with few left out. */
const recordAt = (records: readonly PlacedRecord[], { seq, index }: RecordPosition): BulwarkRecord | undefined => {
  if (records[0]?.position.seq !== seq) return undefined
  for (let place = Math.min(index, records.length - 1); place >= 0; place--) {
    const placed = records[place]
    if (placed?.position.index === index) return placed.record
  }
  return undefined
}
