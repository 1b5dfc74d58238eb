/**
 * Records → detector → suppressions → cases → desk, each record exactly once. What is detected is a function of the
 * records in the order of the spool, and the desk says up to which entry it is in the cases, in the same transaction as
 * the cases. After a crash the detector goes on from its checkpoint, is handed the entries since then again, and what they
 * give is left out up to that entry. The detector is at work in a judge, here or in another thread.
 */
import type { CaseBook, CaseChanges, CaseContext, CaseNews } from '../../detect/cases/index.ts'
import type { DetectorStatus } from '../../detect/detector.ts'
import type { EventRow } from '../../model/answer.ts'
import type { Case } from '../../model/case.ts'
import type { Detection } from '../../model/detection.ts'
import type { Micros } from '../../model/time.ts'
import type { LiveSink } from '../../recorder/index.ts'
import type { Desk, SuppressionUses } from '../../store/desk/index.ts'
import { Difference } from './difference.ts'
import { Fired } from './fired.ts'
import { Judge, type Judged, type JudgeStart, type Running, type RunningJudge } from './judge.ts'

export interface FlowOptions {
  readonly desk: Desk
  /** Names the positions of the spool: see `Recorder.id`. */
  readonly spool: string
  readonly book: CaseBook
  readonly context: CaseContext
  readonly rules: Running
  /** Makes the judge that it listens to; one of this thread unless said otherwise. */
  readonly judge?: (start: JudgeStart, give: (judged: Judged) => void) => RunningJudge
  /** Which suppression hides a detection (its id); `row` is of the event that completed it, where it is at hand. */
  readonly suppressions?: {
    match(detection: Detection, row: EventRow | undefined): string | undefined
    /** Called inside of the transaction in which what was counted is written. */
    save(): void
  }
  /** Called inside of the transaction that writes these cases: what it writes is written with them, or not at all. */
  readonly tell?: (cases: readonly Case[], news: readonly CaseNews[]) => void
  /** Told after it is written, at most every {@link flushMillis}. */
  readonly onChanged?: (ids: readonly string[], news: readonly CaseNews[]) => void
  readonly onError?: (message: string, error: unknown) => void
  /** Of a judge of this thread: a checkpoint that takes more of the event loop than so many milliseconds is made bit by bit. */
  readonly longestBlockMillis?: number
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
const retryMillis = 2000
/** How often cases are told that time goes on. */
const bookMillis = 60_000
/** The page shows seven days. */
const keptHours = 8 * 24
const mostMissed = 100
/** So many detections at most wait to be made cases together. */
const mostWaiting = 5000

export class Flow implements Disposable {
  readonly #options: FlowOptions
  readonly #now: () => number
  readonly #difference = new Difference()
  readonly #fired = new Fired()
  readonly #uses = new Map<string, { uses: number; lastUsed: Micros }>()
  readonly #timer: NodeJS.Timeout
  readonly #judge: RunningJudge
  #flushing: NodeJS.Timeout | undefined
  /** Not in the book yet. A case is made anew for each call of the book, and not for each detection. */
  #waiting: Detection[] = []
  #news: CaseNews[] = []
  #seq: number
  #applied: number
  #upTo: Micros = 0
  #receivedAt: Micros = 0
  #lastBookTick: number
  /** What the detector remembered as of an entry, to be written; undefined while there is nothing new. */
  #state: { readonly seq: number; readonly bytes: Uint8Array } | undefined
  #writeCost = 0
  #suppressed = 0
  #bySeverity: Record<string, number> = { info: 0, low: 0, medium: 0, high: 0, critical: 0 }
  #missed: { from: number; to: number }[] = []
  #failing = ''
  /** Counts of hours that are long over go with the next that is written. */
  #forget = false
  #closed = false

  constructor(options: FlowOptions) {
    const { desk, spool, now = Date.now } = options
    this.#options = options
    this.#now = now
    const progress = desk.progress.read(spool)
    const from = progress?.checkpoint
    const applied = progress?.applied ?? 0
    // A checkpoint that cannot be read: windows begin anew, behind what is in the cases.
    const after = progress && (from?.seq ?? applied)
    this.#seq = after ?? 0
    this.#applied = applied
    this.#lastBookTick = now()
    const { judge = (start, give) => new Judge({ ...options, ...start }, give) } = options
    this.#judge = judge({ after, saved: from?.body, applied }, (judged) => this.#hear(judged))
    this.#timer = setInterval(() => this.#tick(), idleMillis)
    this.#timer.unref()
  }

  /** Where records are handed in. @throws Error where the judge is in another thread, which has a sink of its own. */
  get sink(): LiveSink {
    if (this.#judge instanceof Judge) return this.#judge.sink
    throw new Error('records are handed to the judge in its own thread')
  }

  /** Goes on with other rules from the next record: windows of rules that say the same as before are kept. */
  use(rules: Running): void {
    this.#judge.use(rules)
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
    return {
      ...this.#judge.status(),
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

  /** Waits for what the judge has in hand. For one in another thread, before the flow is disposed of. */
  async drain(): Promise<void> {
    await this.#judge.finish()
  }

  /** Writes what waits, with a checkpoint where the judge is at hand. */
  [Symbol.dispose](): void {
    if (this.#closed) return
    if (this.#judge instanceof Judge) this.#judge.tellState()
    this.#closed = true
    this.#judge[Symbol.dispose]()
    clearInterval(this.#timer)
    clearTimeout(this.#flushing)
    this.#attempt()
  }

  #hear(judged: Judged): void {
    if (this.#closed) return
    switch (judged.kind) {
      case 'entry':
        this.#seq = judged.seq
        this.#receivedAt = judged.receivedAt
        this.#upTo = judged.upTo
        // Up to there they are in the cases already: only the detector had to see the records again.
        if (judged.seq > this.#applied) this.#found(judged.detections, judged.seq, judged.rows)
        break
      case 'state':
        this.#found(judged.detections, judged.seq, {})
        this.#state = { seq: judged.seq, bytes: judged.bytes }
        this.#soon()
        break
      case 'missed':
        this.#missed = [...this.#missed, { from: judged.from, to: judged.to }].slice(-mostMissed)
    }
  }

  /** `rows`: of the events of the entry `seq`, by their place in it. What waited for others is of an earlier entry. */
  #found(detections: readonly Detection[], seq: number, rows: Readonly<Record<number, EventRow>>): void {
    if (detections.length === 0) return
    const { suppressions } = this.#options
    const kept: Detection[] = []
    for (const detection of detections) {
      const { position } = detection
      const suppression = suppressions?.match(detection, position.seq === seq ? rows[position.index] : undefined)
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

  /** Once a second: time goes on for cases. */
  #tick(): void {
    if (this.#now() - this.#lastBookTick >= bookMillis) {
      this.#lastBookTick = this.#now()
      this.#forget = true
      this.#makeCases()
      this.#gather(this.#options.book.tick(this.#now() * 1000))
    }
    if (!this.#difference.isEmpty) this.#soon()
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
    const state = this.#state
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
      if (state !== undefined) {
        suppressions?.save()
        desk.progress.checkpoint(spool, state.seq, state.bytes)
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
    this.#state = undefined
    const ids = [...new Set([...rows.cases.flatMap(({ case: { id }, root }) => [root, id]), ...rows.goneCases])]
    const news = this.#news
    this.#news = []
    this.#difference.clear()
    this.#fired.clear()
    this.#uses.clear()
    if (ids.length > 0 || news.length > 0) onChanged?.(ids, news)
  }
}
