import type { PlacedRecord } from '../model/record.ts'
import type { ParsedCache } from './parsed-cache.ts'
import type { Processor } from './process.ts'
import type { LiveSink } from './sinks.ts'
import type { CommittedEntry } from './spool/committer.ts'
import type { SpoolItem, SpoolReader } from './spool/reader.ts'
import type { SpoolView } from './spool/view.ts'
import { Waiters } from './waiters.ts'

/** A range of numbers at which nothing readable stands. */
export type MissingItem = Extract<SpoolItem, { kind: 'missing' }>

/** How the live sinks are doing. `failures` counts by sink. */
export interface LiveStatus {
  /** The newest number that the live sinks have seen. */
  readonly seq: number
  readonly failures: ReadonlyMap<string, { readonly count: number; readonly message: string }>
  /** Of sinks that are handed what they have not seen of the past: how many numbers they are behind. */
  readonly behind: ReadonlyMap<string, number>
}

/** The event loop is given back after so much work (milliseconds), so that receiving never waits long for parsing. */
const slice = 8
/** While entries wait to become durable, so much time is left to them after each entry that is parsed (milliseconds). */
const courtesy = 5
/** Where the store is that far behind, so much time is left to it (milliseconds): what it does not take is parsed twice. */
const patience = 250

/** A sink with the number that it wants next. */
interface Follower {
  readonly sink: LiveSink
  next: number
}

/** Reads the spool as it grows, turns entries into records and hands them to the live sinks. */
export class LivePump {
  readonly #spool: SpoolView
  readonly #processor: Processor
  readonly #parsed: ParsedCache
  readonly #followers: readonly Follower[]
  readonly #onMissing: (item: MissingItem) => Promise<void>
  readonly #reader: SpoolReader
  readonly #failures = new Map<string, { count: number; message: string }>()
  readonly #waiters = new Waiters()
  #next: number
  /** The store takes nothing, and is waited for no longer until it does. */
  #goesAhead = false
  #stopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(
    parts: { readonly spool: SpoolView; readonly processor: Processor; readonly parsed: ParsedCache },
    sinks: readonly LiveSink[],
    from: number,
    onMissing: (item: MissingItem) => Promise<void>,
  ) {
    this.#spool = parts.spool
    this.#processor = parts.processor
    this.#parsed = parts.parsed
    this.#followers = sinks.map((sink) => ({
      sink,
      next: sink.after === undefined ? from : Math.min(sink.after, parts.spool.committed()) + 1,
    }))
    this.#next = from
    this.#onMissing = onMissing
    this.#reader = parts.spool.reader()
  }

  start(onFailure: (error: unknown) => void): void {
    const behind = this.#followers.filter(({ next }) => next < this.#next)
    const work = [this.#run.bind(this), ...behind.map((one) => () => this.#catchUp(one))]
    this.#running = Promise.all(work.map((one) => this.#insist(one, onFailure))).then(() => {})
  }

  /** Lets the entry in hand finish. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#waiters.wake()
    await this.#running
    await this.#reader.close()
  }

  status(): LiveStatus {
    const behind = this.#followers.filter(({ next }) => next < this.#next)
    return {
      seq: this.#next - 1,
      failures: this.#failures,
      behind: new Map(behind.map(({ sink, next }) => [sink.name, this.#next - next])),
    }
  }

  /** Resolves when `seq` was handed to the live sinks, when the time is over, or at the stop. */
  async waitFor(seq: number, millis: number): Promise<void> {
    if (this.#stopped || this.#next > seq) return
    await this.#waiters.wait(millis)
  }

  /** A segment that cannot be read now is tried again: nothing may be left out because of a moment's fault. */
  async #insist(work: () => Promise<void>, onFailure: (error: unknown) => void): Promise<void> {
    for (let isDone = false; !isDone && !this.#stopped; ) {
      isDone = await work().then(
        () => true,
        async (error: unknown) => {
          onFailure(error)
          await new Promise((resolve) => setTimeout(resolve, 1000))
          return false
        },
      )
    }
  }

  /** Hands a sink what it has not seen of the past, until it stands where the others do. */
  async #catchUp(follower: Follower): Promise<void> {
    const reader = this.#spool.reader()
    let sliceStart = performance.now()
    try {
      while (!this.#stopped && follower.next < this.#next) {
        const item = await this.#spool.read(follower.next, reader)
        if (item.kind === 'entry') {
          const { records } = this.#processor.process(item, false)
          if (records.length > 0) this.#take(follower.sink, records)
          follower.next = item.seq + 1
        } else {
          follower.sink.missed?.(item.from, item.to)
          follower.next = item.to + 1
        }
        if (this.#spool.waiting > 0) await this.#spool.idle(courtesy)
        else if (performance.now() - sliceStart > slice) await new Promise((resolve) => setImmediate(resolve))
        else continue
        sliceStart = performance.now()
      }
    } finally {
      await reader.close()
    }
  }

  async #run(): Promise<void> {
    // After a failure the file is opened anew.
    await this.#reader.close().catch(() => undefined)
    let sliceStart = performance.now()
    while (!this.#stopped) {
      const seq = this.#next
      if (seq > this.#spool.committed()) {
        await this.#spool.waitFor(seq, 1000)
        sliceStart = performance.now()
        continue
      }
      await this.#letStoreFollow()
      const item = await this.#spool.read(seq, this.#reader)
      if (item.kind === 'entry') this.#hand(item)
      else {
        await this.#onMissing(item)
        for (const follower of this.#followers) if (follower.next >= item.from) follower.next = item.to + 1
        this.#next = item.to + 1
      }
      this.#waiters.wake()
      if (this.#spool.waiting > 0) await this.#spool.idle(courtesy)
      else if (performance.now() - sliceStart > slice) await new Promise((resolve) => setImmediate(resolve))
      else continue
      sliceStart = performance.now()
    }
  }

  async #letStoreFollow(): Promise<void> {
    if (!this.#parsed.isFull) {
      this.#goesAhead = false
      return
    }
    const until = performance.now() + patience
    while (!this.#goesAhead && !this.#stopped && !(await this.#parsed.room(patience)))
      this.#goesAhead = performance.now() > until
  }

  #hand(entry: CommittedEntry): void {
    const processed = this.#processor.process(entry, true)
    this.#spool.release(entry.seq)
    for (const follower of this.#followers) {
      // Others are behind and will come to it, or have seen it before the last stop.
      if (follower.next !== entry.seq) continue
      if (processed.records.length > 0) this.#take(follower.sink, processed.records)
      follower.next = entry.seq + 1
    }
    this.#parsed.offer(processed)
    this.#next = entry.seq + 1
  }

  #take(sink: LiveSink, records: readonly PlacedRecord[]): void {
    try {
      sink.take(records)
    } catch (error) {
      const count = (this.#failures.get(sink.name)?.count ?? 0) + 1
      this.#failures.set(sink.name, { count, message: error instanceof Error ? error.message : String(error) })
    }
  }
}
