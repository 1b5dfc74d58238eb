/**
 * Records → detector → suppressions → cases → desk, each record exactly once. What is detected is a function of the
 * records in the order of the spool, and the desk says up to which entry it is in the cases, in the same transaction as
 * the cases. After a crash the detector goes on from its checkpoint, is handed the entries since then again, and what they
 * give is left out up to that entry.
 */
import type { CaseBook, CaseChanges, CaseContext, CaseNews } from '../../detect/cases/index.ts'
import { createDetector, type Detector, type DetectorStatus } from '../../detect/detector.ts'
import type { RuleSet } from '../../detect/rule-set.ts'
import type { SubjectOf } from '../../detect/subject.ts'
import type { Case } from '../../model/case.ts'
import type { Detection } from '../../model/detection.ts'
import type { JsonValue } from '../../model/json.ts'
import type { BulwarkRecord, PlacedRecord, RecordPosition } from '../../model/record.ts'
import type { RuleHead } from '../../model/rule.ts'
import type { Micros } from '../../model/time.ts'
import type { LiveSink } from '../../recorder/index.ts'
import { type Desk, type Packed, pack, packNow, type SuppressionUses } from '../../store/desk/index.ts'
import { Difference } from './difference.ts'
import { Fired } from './fired.ts'

/** The rules that run now. */
export interface Running {
  readonly set: RuleSet
  readonly enabled: (head: RuleHead) => boolean
}

export interface FlowOptions {
  readonly desk: Desk
  /** Names the positions of the spool: see `Recorder.id`. */
  readonly spool: string
  readonly book: CaseBook
  readonly context: CaseContext
  readonly rules: Running
  /** Which suppression hides a detection (its id); `record` is the one that completed it, where it is at hand. */
  readonly suppressions?: {
    match(detection: Detection, record: BulwarkRecord | undefined): string | undefined
    /** Called inside of the transaction in which what was counted is written. */
    save(): void
  }
  /** Called inside of the transaction that writes these cases: what it writes is written with them, or not at all. */
  readonly tell?: (cases: readonly Case[], news: readonly CaseNews[]) => void
  /** Told after it is written, at most every {@link flushMillis}. */
  readonly onChanged?: (ids: readonly string[], news: readonly CaseNews[]) => void
  readonly onError?: (message: string, error: unknown) => void
  readonly latenessSeconds?: number
  /** A checkpoint that takes more of the event loop than so many milliseconds is made bit by bit, and written when it is whole. */
  readonly longestBlockMillis?: number
  /** What the state says of where a record happened. */
  readonly subjectOf?: SubjectOf
  /** Milliseconds. */
  readonly now?: () => number
}

/** Where detection stands, and what it could not do. */
export interface FlowStatus extends DetectorStatus {
  /** The newest entry that it has seen, and the newest that is in the cases on disk. */
  readonly seq: number
  readonly applied: number
  /** The newest moment of a record that it has seen. */
  readonly upTo: Micros
  /** When the newest record that it has seen was received. */
  readonly receivedAt: Micros
  readonly suppressed: number
  readonly detectionsBySeverity: Readonly<Record<string, number>>
  /** Entries that the spool no longer had when detection came to them. */
  readonly missed: readonly { readonly from: number; readonly to: number }[]
  /** Why nothing is written now; empty where it is. What is found meanwhile is kept in memory. */
  readonly failing: string
}

const flushMillis = 100
/** Writing takes at most a tenth of the time, where that does not make cases wait longer than this. */
const flushShare = 10
const longestFlushMillis = 1000
const idleMillis = 1000
/** A checkpoint is made so often, and so seldom that it takes at most a fiftieth of the time. */
const checkpointMillis = 5000
const checkpointShare = 50
const retryMillis = 2000
const longestBlock = 20
/** How often cases are told that time goes on. */
const bookMillis = 60_000
/** The page shows seven days. */
const keptHours = 8 * 24
const mostMissed = 100
/** So many detections at most wait to be made cases together. */
const mostWaiting = 5000

export class Flow implements Disposable {
  readonly sink: LiveSink
  readonly #options: FlowOptions
  readonly #now: () => number
  readonly #difference = new Difference()
  readonly #fired = new Fired()
  readonly #uses = new Map<string, { uses: number; lastUsed: Micros }>()
  readonly #timer: NodeJS.Timeout
  #detector: Detector
  #flushing: NodeJS.Timeout | undefined
  /** Not in the book yet. A case is made anew for each call of the book, and not for each detection. */
  #waiting: Detection[] = []
  #news: CaseNews[] = []
  #seq: number
  #applied: number
  #checkpointed: number
  #upTo: Micros = 0
  #receivedAt: Micros = 0
  #lastTaken: number
  #lastCheckpoint: number
  #lastBookTick: number
  #checkpointCost = 0
  /** Made bit by bit, as of an entry; undefined while there is none. */
  #packed: (Packed & { readonly seq: number }) | undefined
  #isPacking = false
  /** Counts those that are written at once: what was begun before is of no use any more. */
  #generation = 0
  #writeCost = 0
  /** The state on disk would not give again what is in the cases: it has to be written with them. */
  #mustCheckpoint = false
  /** Of detectors with earlier rules. */
  #before = { judged: 0, detections: 0, failed: 0, droppedByFalco: 0 }
  #suppressed = 0
  #bySeverity: Record<string, number> = { info: 0, low: 0, medium: 0, high: 0, critical: 0 }
  #missed: { from: number; to: number }[] = []
  #failing = ''
  /** Counts of hours that are long over go with the next that is written. */
  #forget = false
  #closed = false

  constructor(options: FlowOptions) {
    const { desk, spool, rules, now = Date.now } = options
    this.#options = options
    this.#now = now
    const progress = desk.progress.read(spool)
    const from = progress?.checkpoint
    this.#detector = this.#make(rules, from?.body)
    // A checkpoint that cannot be read: windows begin anew, behind what is in the cases.
    this.#seq = from?.seq ?? progress?.applied ?? 0
    this.#applied = progress?.applied ?? 0
    this.#checkpointed = this.#seq
    // Whatever is in the cases, there is a state before it from which it can be told again.
    this.#mustCheckpoint = from === undefined
    this.#lastTaken = now()
    this.#lastCheckpoint = now()
    this.#lastBookTick = now()
    this.sink = {
      name: 'detection',
      ...(progress !== undefined && { after: this.#seq }),
      take: (records) => this.#take(records),
      missed: (start, to) => {
        this.#missed = [...this.#missed, { from: start, to }].slice(-mostMissed)
      },
    }
    this.#timer = setInterval(() => this.#tick(), idleMillis)
    this.#timer.unref()
  }

  /** Goes on with other rules from the next record: windows of rules that say the same as before are kept. */
  use(rules: Running): void {
    const { judged, detections, failed, droppedByFalco } = this.status()
    this.#before = { judged, detections, failed, droppedByFalco }
    this.#detector = this.#make(rules, this.#detector.checkpoint())
    this.#mustCheckpoint = true
    this.#soon()
  }

  /**
   * Does something to the cases for a person, and writes it with all that waits, to be on the disk when it returns.
   *
   * @throws BulwarkError DESK_FAILED: it is done in memory and written when the desk works again; what `change` throws.
   */
  change<T extends { readonly changes: CaseChanges }>(change: () => T): T {
    this.#makeCases()
    const done = change()
    this.#gather(done.changes)
    this.#write(true)
    return done
  }

  status(): FlowStatus {
    const status = this.#detector.status()
    const { judged, detections, failed, droppedByFalco } = this.#before
    return {
      ...status,
      judged: judged + status.judged,
      detections: detections + status.detections,
      failed: failed + status.failed,
      droppedByFalco: droppedByFalco + status.droppedByFalco,
      seq: this.#seq,
      applied: this.#applied,
      upTo: this.#upTo,
      receivedAt: this.#receivedAt,
      suppressed: this.#suppressed,
      detectionsBySeverity: this.#bySeverity,
      missed: this.#missed,
      failing: this.#failing,
    }
  }

  /** Writes what waits, with a checkpoint. */
  [Symbol.dispose](): void {
    if (this.#closed) return
    this.#closed = true
    clearInterval(this.#timer)
    clearTimeout(this.#flushing)
    this.#mustCheckpoint = true
    this.#attempt()
  }

  #make({ set, enabled }: Running, saved: JsonValue | undefined): Detector {
    const { latenessSeconds, subjectOf } = this.#options
    const options = {
      enabled,
      ...(latenessSeconds !== undefined && { latenessSeconds }),
      ...(subjectOf !== undefined && { subjectOf }),
    }
    return createDetector(set, options, saved)
  }

  #take(records: readonly PlacedRecord[]): void {
    const seq = records[0]?.position.seq ?? this.#seq
    if (seq <= this.#seq || this.#closed) return
    const detections = this.#detector.step(records)
    this.#seq = seq
    this.#lastTaken = this.#now()
    for (const { record } of records) {
      this.#receivedAt = Math.max(this.#receivedAt, record.receivedAt)
      this.#upTo = Math.max(this.#upTo, Math.min(record.time, record.receivedAt))
    }
    // Up to there they are in the cases already: only the detector had to see the records again.
    if (seq > this.#applied) this.#found(detections, records)
  }

  #found(detections: readonly Detection[], records: readonly PlacedRecord[]): void {
    if (detections.length === 0) return
    const { suppressions } = this.#options
    const kept: Detection[] = []
    for (const detection of detections) {
      const suppression = suppressions?.match(detection, recordAt(records, detection.position))
      this.#fired.add(detection, suppression !== undefined)
      if (suppression === undefined) {
        kept.push(detection)
        this.#bySeverity[detection.severity] = (this.#bySeverity[detection.severity] ?? 0) + 1
      } else {
        this.#suppressed += 1
        const known = this.#uses.get(suppression) ?? { uses: 0, lastUsed: 0 }
        this.#uses.set(suppression, {
          uses: known.uses + 1,
          lastUsed: Math.max(known.lastUsed, detection.time),
        })
      }
    }
    this.#waiting.push(...kept)
    if (this.#waiting.length >= mostWaiting) this.#makeCases()
    this.#soon()
  }

  #makeCases(): void {
    if (this.#waiting.length === 0) return
    const { book, context, onError } = this.#options
    const detections = this.#waiting
    this.#waiting = []
    try {
      this.#gather(book.apply(detections, context))
    } catch (error) {
      // A fault of ours. What the book has of them is told with the next; to hand it all over again would count twice.
      onError?.(`cases could not be made of up to ${detections.length} detections`, error)
    }
  }

  #gather(changes: CaseChanges): void {
    this.#difference.add(changes)
    this.#news.push(...changes.news)
  }

  #soon(): void {
    const pause = Math.min(Math.max(flushMillis, this.#writeCost * flushShare), longestFlushMillis)
    this.#flushing ??= setTimeout(() => this.#attempt(), this.#failing === '' ? pause : retryMillis)
  }

  /** Once a second: time goes on for cases, and where nothing comes any more, for windows. */
  #tick(): void {
    const idle = this.#now() - this.#lastTaken
    const { latenessSeconds = 10, book } = this.#options
    if (idle > latenessSeconds * 1000 && this.#detector.isWaiting() && this.#seq >= this.#applied) {
      this.#found(this.#detector.settle(), [])
      this.#mustCheckpoint = true
    }
    if (this.#now() - this.#lastBookTick >= bookMillis) {
      this.#lastBookTick = this.#now()
      this.#forget = true
      this.#makeCases()
      this.#gather(book.tick(this.#now() * 1000))
    }
    const due = this.#lastCheckpoint + Math.max(checkpointMillis, this.#checkpointCost * checkpointShare)
    if (this.#mustCheckpoint || (this.#seq > this.#checkpointed && this.#now() >= due)) this.#attempt()
    else if (!this.#difference.isEmpty) this.#soon()
  }

  #attempt(): void {
    clearTimeout(this.#flushing)
    this.#flushing = undefined
    try {
      this.#write(false)
    } catch (error) {
      if (!this.#closed) this.#soon()
      else this.#options.onError?.('what was detected last could not be written', error)
    }
  }

  /** One transaction for all that waits: cases, counts, position, and a checkpoint where one is due. */
  #write(durably: boolean): void {
    const { desk, spool, suppressions, tell, onChanged, onError } = this.#options
    this.#makeCases()
    const due = this.#lastCheckpoint + Math.max(checkpointMillis, this.#checkpointCost * checkpointShare)
    const isDue = this.#seq > this.#checkpointed && this.#now() >= due
    const isLarge = this.#checkpointCost > (this.#options.longestBlockMillis ?? longestBlock)
    const isWritten = this.#mustCheckpoint || (isDue && !isLarge)
    if (isDue && !isWritten) this.#packSlowly()
    const seq = Math.max(this.#seq, this.#applied)
    const rows = this.#difference.rows()
    // While entries are seen again the state is older than the cases: what is written as checkpoint has its own number.
    const work = (): void => {
      if (!this.#difference.isEmpty) desk.cases.save(rows)
      if (!this.#difference.isEmpty)
        tell?.(
          rows.cases.map(({ case: one }) => one),
          this.#news,
        )
      if (!this.#fired.isEmpty) desk.rules.count(this.#fired.hours())
      if (this.#uses.size > 0) desk.suppressions.count(new Map<string, SuppressionUses>(this.#uses))
      if (this.#forget) desk.rules.forgetHours(Math.floor(this.#now() / 3_600_000) - keptHours)
      desk.progress.applied(spool, seq)
      if (isWritten || this.#packed !== undefined) suppressions?.save()
      if (isWritten) {
        const began = performance.now()
        desk.progress.checkpoint(spool, this.#seq, packNow(this.#detector.checkpoint()).bytes)
        this.#checkpointCost = performance.now() - began
      } else if (this.#packed !== undefined) {
        desk.progress.checkpoint(spool, this.#packed.seq, this.#packed.bytes)
      }
    }
    const began = performance.now()
    try {
      if (durably) desk.durably(work)
      else desk.transaction(work)
    } catch (error) {
      if (this.#failing === '') onError?.('cases cannot be written', error)
      this.#failing = error instanceof Error ? error.message : String(error)
      throw error
    }
    this.#writeCost = performance.now() - began
    this.#failing = ''
    this.#forget = false
    this.#applied = seq
    if (isWritten) {
      this.#checkpointed = this.#seq
      this.#lastCheckpoint = this.#now()
      this.#mustCheckpoint = false
      this.#generation += 1
    } else if (this.#packed !== undefined) this.#checkpointed = this.#packed.seq
    this.#packed = undefined
    const ids = [...new Set([...rows.cases.flatMap(({ case: { id }, root }) => [root, id]), ...rows.goneCases])]
    const news = this.#news
    this.#news = []
    this.#difference.clear()
    this.#fired.clear()
    this.#uses.clear()
    if (ids.length > 0 || news.length > 0) onChanged?.(ids, news)
  }

  /** The state as of now, made text and compressed beside all else; it is written with what comes then. */
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
        if (generation !== this.#generation || this.#mustCheckpoint || this.#closed) return
        this.#packed = { seq, bytes, cost }
        this.#soon()
      })
      .catch((error: unknown) => this.#options.onError?.('a checkpoint of detection could not be made', error))
      .finally(() => {
        this.#isPacking = false
      })
  }
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
