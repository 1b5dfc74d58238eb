import type { PlacedRecord } from '../model/record.ts'
import type { Block, CursorLog } from './cursor-log.ts'
import type { RecorderLimits } from './limits.ts'
import type { LivePump } from './live-pump.ts'
import type { ParsedCache } from './parsed-cache.ts'
import type { Processor } from './process.ts'
import type { StoreBlock, StoreSink } from './sinks.ts'
import type { SpoolReader } from './spool/reader.ts'
import type { SpoolView } from './spool/view.ts'
import { Waiters } from './waiters.ts'

/** How the store is doing. */
export interface StoreStatus {
  /** Everything up to this number is stored. */
  readonly seq: number
  readonly blocksTotal: number
  readonly rowsTotal: number
  /** Why the block in hand is not taken, and since when (milliseconds); undefined when all is well. */
  readonly failing: { readonly message: string; readonly since: number; readonly attempts: number } | undefined
}

/** What the writer works with. */
export interface StoreWriterParts {
  readonly spool: SpoolView
  readonly processor: Processor
  readonly parsed: ParsedCache
  readonly live: LivePump
  readonly cursor: CursorLog
  readonly limits: RecorderLimits
  /** Makes tokens of different spools differ. */
  readonly spoolId: string
  /** Milliseconds. */
  readonly now: () => number
}

interface Gathered {
  readonly block: Block
  readonly rows: StoreBlock
  readonly count: number
}

const firstBackoff = 100
const longestBackoff = 5000
/** While entries wait to become durable, so much time is left to them after each entry of a block (milliseconds). */
const courtesy = 5

/**
 * Brings records to the store in blocks. What a block holds depends only on its numbers, which are in the cursor log
 * before the store sees it; the block is offered again and again until the store has it. While it is, the next one is
 * filled: records become rows early, and need not be kept.
 */
export class StoreWriter {
  readonly #parts: StoreWriterParts
  readonly #store: StoreSink
  readonly #reader: SpoolReader
  readonly #stop = new AbortController()
  #blocks = 0
  #rows = 0
  #failing: { message: string; since: number; attempts: number } | undefined
  #hurry = false
  #running: Promise<void> = Promise.resolve()
  #isInserting = false
  readonly #waiters = new Waiters()

  constructor(parts: StoreWriterParts, store: StoreSink) {
    this.#parts = parts
    this.#store = store
    this.#reader = parts.spool.reader()
  }

  start(onFailure: (error: unknown) => void): void {
    this.#running = this.#runAgain(onFailure)
  }

  /** Lets an insert that is under way finish, but starts no other. */
  async stop(): Promise<void> {
    this.#stop.abort()
    await this.#running
    this.#waiters.wake()
    await this.#reader.close()
  }

  status(): StoreStatus {
    return {
      seq: this.#parts.cursor.stored,
      blocksTotal: this.#blocks,
      rowsTotal: this.#rows,
      failing: this.#failing,
    }
  }

  /** Resolves when everything up to `seq` is stored, without waiting for blocks to fill up; or at the stop. */
  async flush(seq: number): Promise<void> {
    while (this.#parts.cursor.stored < seq && !this.#stop.signal.aborted) {
      this.#hurry = true
      await this.#waiters.wait()
    }
    if (this.#waiters.size === 0) this.#hurry = false
  }

  /** A segment that cannot be read now is tried again: nothing may be left out because of a moment's fault. */
  async #runAgain(onFailure: (error: unknown) => void): Promise<void> {
    const { signal } = this.#stop
    while (!signal.aborted) {
      await this.#run().catch(async (error: unknown) => {
        onFailure(error)
        await this.#reader.close().catch(() => undefined)
        await pauseFor(longestBackoff, signal)
      })
    }
  }

  async #run(): Promise<void> {
    const { cursor } = this.#parts
    // Begun before a crash: what it holds is settled.
    let exact = cursor.begun
    let next = cursor.stored + 1
    let inserting: Promise<void> = Promise.resolve()
    try {
      while (!this.#stop.signal.aborted) {
        const gathered = await this.#gather(next, exact)
        await inserting
        if (!gathered || this.#stop.signal.aborted) return
        inserting = this.#insert(gathered, exact !== undefined)
        // It is awaited above, but perhaps much later than it fails.
        inserting.catch(() => {})
        next = gathered.block.to + 1
        exact = undefined
      }
    } finally {
      await inserting
    }
  }

  /** Resolves when the block is stored, or at the stop: then it stands in the cursor log and is sent again later. */
  async #insert({ block, rows, count }: Gathered, isBegun: boolean): Promise<void> {
    const { cursor, spool, spoolId } = this.#parts
    this.#isInserting = true
    try {
      if (count > 0) {
        if (!isBegun && !(await this.#insist(() => cursor.begin(block)))) return
        if (!(await this.#insist(() => rows.insert(`${spoolId}/${block.from}-${block.to}`)))) return
      }
      if (!(await this.#insist(() => cursor.done(block.to)))) return
      this.#blocks++
      this.#rows += count
      await spool.stored(block.to)
      this.#waiters.wake()
    } finally {
      this.#isInserting = false
    }
  }

  /** The block that begins at `from`: exactly `exact` where that was begun before a crash, else up to the limits. */
  async #gather(from: number, exact: Block | undefined): Promise<Gathered | undefined> {
    const { limits, live } = this.#parts
    const rows = this.#store.block()
    let count = 0
    let bytes = 0
    let seq = from
    let deadline: number | undefined
    const close = (): Gathered => ({ block: { from, to: seq - 1 }, rows, count })
    while (!this.#stop.signal.aborted) {
      const left = (deadline ?? Number.POSITIVE_INFINITY) - performance.now()
      const isDue = seq > from && (left <= 0 || this.#hurry)
      // A block that is due goes on growing as long as the one before it is not stored.
      if (!exact && isDue && !this.#isInserting) return close()
      // The live pump goes first, and is the one that reports what is missing.
      if (live.status().seq < seq) {
        await live.waitFor(seq, isDue || this.#hurry ? 20 : Math.max(1, Math.min(left, 200)))
        continue
      }
      deadline ??= performance.now() + limits.blockMillis
      const taken = await this.#take(seq)
      rows.add(taken.records)
      count += taken.records.length
      bytes += taken.bytes
      seq = taken.next
      if (exact ? seq > exact.to : count >= limits.blockRows || bytes >= limits.blockBytes) return close()
      await this.#pause()
    }
    return undefined
  }

  async #take(seq: number): Promise<{ records: readonly PlacedRecord[]; bytes: number; next: number }> {
    const { parsed, processor, spool } = this.#parts
    const ready = parsed.take(seq)
    if (ready) return { records: ready.records, bytes: ready.bytes, next: seq + 1 }
    const item = await spool.read(seq, this.#reader)
    if (item.kind === 'missing') return { records: [], bytes: 0, next: item.to + 1 }
    const { records, bytes } = processor.process(item, false)
    return { records, bytes, next: seq + 1 }
  }

  /** Neither filling blocks nor reading back a long backlog may keep the event loop from receiving. */
  async #pause(): Promise<void> {
    const { spool } = this.#parts
    if (spool.waiting > 0) await spool.idle(courtesy)
    else await new Promise((resolve) => setImmediate(resolve))
  }

  /** Tries until it works or we are stopped, once at least; says whether it worked. */
  async #insist(attempt: () => Promise<void>): Promise<boolean> {
    const { signal } = this.#stop
    for (let pause = firstBackoff; ; pause = Math.min(pause * 2, longestBackoff)) {
      try {
        await attempt()
        this.#failing = undefined
        return true
      } catch (error) {
        const message = error instanceof Error ? error.message : String(error)
        const { since, attempts } = this.#failing ?? { since: this.#parts.now(), attempts: 0 }
        this.#failing = { message, since, attempts: attempts + 1 }
        if (signal.aborted) return false
        await pauseFor(pause * (0.8 + 0.4 * Math.random()), signal)
        if (signal.aborted) return false
      }
    }
  }
}

const pauseFor = (millis: number, signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', done)
      resolve()
    }
    const timer = setTimeout(done, millis)
    signal.addEventListener('abort', done, { once: true })
  })
