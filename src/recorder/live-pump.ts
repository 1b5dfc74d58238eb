import type { ParsedCache } from './parsed-cache.ts'
import type { Processor } from './process.ts'
import type { LiveSink } from './sinks.ts'
import type { CommittedEntry } from './spool/committer.ts'
import type { SpoolItem, SpoolReader } from './spool/reader.ts'
import type { Spool } from './spool/spool.ts'

/** A range of numbers at which nothing readable stands. */
export type MissingItem = Extract<SpoolItem, { kind: 'missing' }>

/** How the live sinks are doing. `failures` counts by sink. */
export interface LiveStatus {
  /** The newest number that the live sinks have seen. */
  readonly seq: number
  readonly failures: ReadonlyMap<string, { readonly count: number; readonly message: string }>
}

/** The event loop is given back after so much work (milliseconds), so that receiving never waits long for parsing. */
const slice = 8
/** While entries wait to become durable, so much time is left to them after each entry that is parsed (milliseconds). */
const courtesy = 5

/** Reads the spool as it grows, turns entries into records and hands them to the live sinks. */
export class LivePump {
  readonly #spool: Spool
  readonly #processor: Processor
  readonly #parsed: ParsedCache
  readonly #sinks: readonly LiveSink[]
  readonly #onMissing: (item: MissingItem) => Promise<void>
  readonly #reader: SpoolReader
  readonly #failures = new Map<string, { count: number; message: string }>()
  readonly #waiters = new Set<() => void>()
  #next: number
  #stopped = false
  #running: Promise<void> = Promise.resolve()

  constructor(
    parts: { readonly spool: Spool; readonly processor: Processor; readonly parsed: ParsedCache },
    sinks: readonly LiveSink[],
    from: number,
    onMissing: (item: MissingItem) => Promise<void>,
  ) {
    this.#spool = parts.spool
    this.#processor = parts.processor
    this.#parsed = parts.parsed
    this.#sinks = sinks
    this.#next = from
    this.#onMissing = onMissing
    this.#reader = parts.spool.reader()
  }

  start(onFailure: (error: unknown) => void): void {
    this.#running = this.#insist(onFailure)
  }

  /** Lets the entry in hand finish. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await this.#running
    await this.#reader.close()
  }

  status(): LiveStatus {
    return { seq: this.#next - 1, failures: this.#failures }
  }

  /** Resolves when `seq` was handed to the live sinks, when the time is over, or at the stop. */
  async waitFor(seq: number, millis: number): Promise<void> {
    if (this.#stopped || this.#next > seq) return
    await new Promise<void>((resolve) => {
      const done = () => {
        clearTimeout(timer)
        this.#waiters.delete(done)
        resolve()
      }
      const timer = setTimeout(done, millis)
      this.#waiters.add(done)
    })
  }

  /** A segment that cannot be read now is tried again: nothing may be left out because of a moment's fault. */
  async #insist(onFailure: (error: unknown) => void): Promise<void> {
    while (!this.#stopped) {
      await this.#run().catch(async (error: unknown) => {
        onFailure(error)
        await this.#reader.close().catch(() => undefined)
        await new Promise((resolve) => setTimeout(resolve, 1000))
      })
    }
  }

  async #run(): Promise<void> {
    let sliceStart = performance.now()
    while (!this.#stopped) {
      const seq = this.#next
      if (seq > this.#spool.committed()) {
        await this.#spool.waitFor(seq, 1000)
        sliceStart = performance.now()
        continue
      }
      const item = await this.#spool.read(seq, this.#reader)
      if (item.kind === 'entry') this.#hand(item)
      else {
        await this.#onMissing(item)
        this.#next = item.to + 1
      }
      this.#wake()
      if (this.#spool.waiting > 0) await this.#spool.idle(courtesy)
      else if (performance.now() - sliceStart > slice) await new Promise((resolve) => setImmediate(resolve))
      else continue
      sliceStart = performance.now()
    }
  }

  #hand(entry: CommittedEntry): void {
    const processed = this.#processor.process(entry, true)
    this.#spool.release(entry.seq)
    if (processed.records.length > 0) {
      for (const sink of this.#sinks) {
        try {
          sink.take(processed.records)
        } catch (error) {
          const count = (this.#failures.get(sink.name)?.count ?? 0) + 1
          this.#failures.set(sink.name, { count, message: error instanceof Error ? error.message : String(error) })
        }
      }
    }
    this.#parsed.offer(processed)
    this.#next = entry.seq + 1
  }

  #wake(): void {
    for (const done of [...this.#waiters]) done()
  }
}
