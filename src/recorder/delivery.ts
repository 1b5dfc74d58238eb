/**
 * The way of entries once they are durable: parsed, freed of duplicates, redacted, handed to the live sinks and brought
 * to the store. It runs in the thread of the recorder or in one of its own (delivery-elsewhere.ts).
 */
import type { Parsers } from '../model/parse.ts'
import type { Micros } from '../model/time.ts'
import type { CursorLog } from './cursor-log.ts'
import { Dedup } from './dedup.ts'
import type { RecorderLimits } from './limits.ts'
import { LivePump, type LiveStatus, type MissingItem } from './live-pump.ts'
import { parseGaps, parseObjects } from './parse-lines.ts'
import { ParsedCache } from './parsed-cache.ts'
import { contentKey, Processor, type ProcessTotals, type SourceTotals } from './process.ts'
import type { Quarantine } from './quarantine.ts'
import { createRedactor } from './redact.ts'
import type { Sinks } from './sinks.ts'
import { readPieces } from './spool/read.ts'
import type { SpoolView } from './spool/view.ts'
import { type StoreStatus, StoreWriter } from './store-writer.ts'

/** What a delivery works with. */
export interface DeliveryParts {
  readonly spool: SpoolView
  /** Of the streams that come from outside. */
  readonly parsers: Omit<Parsers, 'objects' | 'gaps'>
  readonly sinks: Sinks
  readonly cursor: CursorLog
  readonly limits: RecorderLimits
  readonly id: string
  /** Of the redactor. */
  readonly key: Buffer
  readonly quarantine: Pick<Quarantine, 'put'>
  readonly now: () => Micros
  readonly onMissing: (item: MissingItem) => Promise<void>
}

/** How it is doing. */
export interface DeliveryStatus {
  /** Undefined before it begins. */
  readonly live: LiveStatus | undefined
  readonly store: StoreStatus | undefined
  readonly processed: ProcessTotals
  /** What became of the entries of each source, by its id. */
  readonly sources: ReadonlyMap<string, SourceTotals>
}

/** Nothing was delivered yet. */
export const noDelivery: DeliveryStatus = {
  live: undefined,
  store: undefined,
  processed: { records: 0, gaps: 0, duplicateEntries: 0, duplicateEvents: 0, quarantined: 0 },
  sources: new Map(),
}

/** How much of what was received before the last stop is looked at again for events that come twice, at most. */
const recalledMicros: Micros = 60_000_000
const recalledBytes = 64 * 1024 * 1024

/** A delivery, here or elsewhere. */
export interface Deliverer {
  /** Looks at what was received last, then begins. Resolves when it has begun; `onFailure` is told of faults. */
  start(onFailure: (error: unknown) => void): Promise<void>
  /** Resolves when everything up to `seq` is stored; or at the stop. */
  flush(seq: number): Promise<void>
  status(): DeliveryStatus
  /** Lets what is in hand finish. */
  stop(): Promise<void>
}

export class Delivery implements Deliverer {
  readonly #parts: DeliveryParts
  readonly #dedup: Dedup
  readonly #processor: Processor
  readonly #live: LivePump
  readonly #writer: StoreWriter
  #stopped = false

  constructor(parts: DeliveryParts) {
    const { spool, sinks, cursor, limits, id, key, quarantine, now, onMissing } = parts
    this.#parts = parts
    this.#dedup = new Dedup(key.readUInt32LE(0))
    const parsers: Parsers = { ...parts.parsers, objects: parseObjects, gaps: parseGaps }
    const processor = new Processor(parsers, this.#dedup, createRedactor(key), quarantine)
    const parsed = new ParsedCache(limits.parsedBytes)
    const live = new LivePump({ spool, processor, parsed }, sinks.live, cursor.stored + 1, onMissing)
    this.#processor = processor
    this.#live = live
    this.#writer = new StoreWriter(
      { spool, processor, parsed, live, cursor, limits, spoolId: id, now: () => now() / 1000 },
      sinks.store,
    )
  }

  async start(onFailure: (error: unknown) => void): Promise<void> {
    const { cursor, sinks } = this.#parts
    try {
      await this.#remember()
      await this.#recall(Math.min(cursor.stored, ...sinks.live.map(({ after }) => after ?? cursor.stored)))
    } catch (error) {
      onFailure(error)
    }
    if (this.#stopped) return
    this.#live.start(onFailure)
    this.#writer.start(onFailure)
  }

  flush(seq: number): Promise<void> {
    return this.#writer.flush(seq)
  }

  status(): DeliveryStatus {
    return {
      live: this.#live.status(),
      store: this.#writer.status(),
      processed: this.#processor.totals(),
      sources: this.#processor.sources(),
    }
  }

  async stop(): Promise<void> {
    this.#stopped = true
    await Promise.all([this.#live.stop(), this.#writer.stop()])
  }

  /** The digests of the last minutes, so that a batch sent again after a restart is known. */
  async #remember(): Promise<void> {
    const { spool, cursor, now } = this.#parts
    const { fs } = spool
    const since = now() - 10 * 60_000_000
    for (const segment of [...spool.segments()]) {
      const path = `${spool.folder}/${segment.name.name}`
      if (segment.name.first > cursor.stored || (await fs.modifiedAt(path)) * 1000 < since) continue
      const file = await fs.open(path, 'read')
      try {
        for await (const piece of readPieces(file, 0, segment.bytes)) {
          if (piece.kind === 'damage' || piece.frame.seq > cursor.stored) continue
          const { frame } = piece
          this.#dedup.isKnownContent(contentKey(frame, frame.digest), frame.seq, frame.receivedAt)
        }
      } finally {
        await file.close()
      }
    }
  }

  /**
   * The events of the last minute up to a number, so that one which comes again after a restart by another way (log file
   * and webhook) is known to those who were handed it before.
   */
  async #recall(seq: number): Promise<void> {
    const { spool } = this.#parts
    const { fs } = spool
    const frames: { readonly seq: number; readonly receivedAt: number; readonly bytes: number }[] = []
    for (const segment of spool
      .segments()
      .filter(({ name }) => name.first <= seq)
      .slice(-2)) {
      const file = await fs.open(`${spool.folder}/${segment.name.name}`, 'read')
      try {
        for await (const piece of readPieces(file, 0, segment.bytes)) {
          if (piece.kind === 'damage' || piece.frame.seq > seq || piece.frame.stream !== 'audit') continue
          frames.push({ seq: piece.frame.seq, receivedAt: piece.frame.receivedAt, bytes: piece.frame.payloadLength })
        }
      } finally {
        await file.close()
      }
    }
    const since = (frames.at(-1)?.receivedAt ?? 0) - recalledMicros
    let bytes = 0
    const recent = frames.filter(({ receivedAt }) => receivedAt >= since)
    const first = recent.findLastIndex((frame) => {
      bytes += frame.bytes
      return bytes > recalledBytes
    })
    const reader = spool.reader()
    try {
      for (const frame of recent.slice(first + 1)) {
        const item = await reader.read(frame.seq)
        if (item.kind === 'entry') this.#processor.process(item, false)
        await new Promise((resolve) => setImmediate(resolve))
      }
    } finally {
      await reader.close()
    }
  }
}
