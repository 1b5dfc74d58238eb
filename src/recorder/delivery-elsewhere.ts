/**
 * The delivery in a thread of its own, so that receiving never waits for parsing, rules or encoding. This side keeps the
 * spool: it tells the other of what is durable, and hands entries over as bytes, so many as fit into the limit of the
 * hand-off; the rest is read back from the segments by the other side itself.
 */
import type { Micros } from '../model/time.ts'
import { Asks } from './asks.ts'
import type { Channel } from './channel.ts'
import { CursorLog } from './cursor-log.ts'
import { type Deliverer, Delivery, type DeliveryParts, type DeliveryStatus, noDelivery } from './delivery.ts'
import type { FsLayer } from './fs-layer.ts'
import { nodeFs } from './fs-layer.ts'
import type { RecorderLimits } from './limits.ts'
import type { MissingItem } from './live-pump.ts'
import type { Quarantine, QuarantinedPart } from './quarantine.ts'
import type { Sinks } from './sinks.ts'
import type { CommittedEntry } from './spool/committer.ts'
import { SpoolMirror, type SpoolNews } from './spool/mirror.ts'
import type { Spool } from './spool/spool.ts'

/** What the thread of the recorder tells the one of the delivery. */
export type ToDelivery =
  | {
      readonly kind: 'begin'
      readonly dir: string
      readonly id: string
      readonly key: Uint8Array
      readonly limits: RecorderLimits
      readonly news: SpoolNews
    }
  | { readonly kind: 'news'; readonly news: SpoolNews }
  | { readonly kind: 'flush'; readonly ask: number; readonly seq: number }
  | { readonly kind: 'told'; readonly ask: number }
  | { readonly kind: 'stop' }

/** And what that answers. */
export type FromDelivery =
  | { readonly kind: 'begun' | 'stopped' }
  | { readonly kind: 'failed'; readonly message: string }
  /** An entry of so many bytes is not in memory any more. */
  | { readonly kind: 'released'; readonly bytes: number }
  | { readonly kind: 'stored'; readonly seq: number }
  | { readonly kind: 'flushed'; readonly ask: number }
  | { readonly kind: 'status'; readonly status: DeliveryStatus }
  | { readonly kind: 'aside'; readonly part: QuarantinedPart }
  | { readonly kind: 'missing'; readonly ask: number; readonly item: MissingItem }

export type DeliveryChannel = Channel<FromDelivery, ToDelivery>

/** What of the recorder the delivery needs. */
export interface RecorderSide {
  readonly dir: string
  readonly id: string
  readonly key: Buffer
  readonly limits: RecorderLimits
  readonly spool: Spool
  readonly quarantine: Quarantine
  readonly onMissing: (item: MissingItem) => Promise<void>
}

/** The half in the thread of the recorder. The cursor log is the other side's from the start on. */
export class DeliveryElsewhere implements Deliverer {
  readonly #parts: RecorderSide
  readonly #channel: DeliveryChannel
  readonly #begun = Promise.withResolvers<void>()
  readonly #stopped = Promise.withResolvers<void>()
  readonly #flushes = new Asks<void>()
  /** Bytes of entries that the other side holds in memory. */
  #handedBytes = 0
  /** The newest segment that was told of: those before it do not grow any more. */
  #newest: string | undefined
  #storing: Promise<void> = Promise.resolve()
  #status = noDelivery
  #onFailure: (error: unknown) => void = () => {}

  constructor(parts: RecorderSide, channel: DeliveryChannel) {
    this.#parts = parts
    this.#channel = channel
    channel.receive((message) => this.#hear(message))
  }

  async start(onFailure: (error: unknown) => void): Promise<void> {
    const { dir, id, key, limits, spool } = this.#parts
    this.#onFailure = onFailure
    spool.follow((entries) => this.#tell(entries))
    this.#channel.send({ kind: 'begin', dir, id, key: Uint8Array.from(key), limits, news: this.#news([]) })
    await Promise.race([this.#begun.promise, this.#channel.closed])
  }

  async flush(seq: number): Promise<void> {
    const flushed = this.#flushes.ask((ask) => this.#channel.send({ kind: 'flush', ask, seq }))
    await Promise.race([flushed, this.#channel.closed])
    await this.#storing
  }

  status(): DeliveryStatus {
    return this.#status
  }

  async stop(): Promise<void> {
    this.#channel.send({ kind: 'stop' })
    await Promise.race([this.#stopped.promise, this.#channel.closed])
    this.#flushes.answerAll()
  }

  #tell(entries: readonly CommittedEntry[]): void {
    const handed: CommittedEntry[] = []
    const buffers: ArrayBuffer[] = []
    for (const { seq, entry, digest } of entries) {
      const bytes = entry.payload.length
      if (this.#handedBytes > 0 && this.#handedBytes + bytes > this.#parts.limits.handoffBytes) break
      // A copy: what a sender handed in may be a piece of something larger, which would be cloned as a whole.
      const payload = Uint8Array.from(entry.payload)
      buffers.push(payload.buffer)
      handed.push({ seq, entry: { ...entry, payload }, digest })
      this.#handedBytes += bytes
    }
    this.#channel.send({ kind: 'news', news: this.#news(handed) }, buffers)
  }

  #news(entries: readonly CommittedEntry[]): SpoolNews {
    const { spool } = this.#parts
    const all = spool.segments()
    const known = all.findLastIndex(({ name }) => name.name === this.#newest)
    const segments = all.slice(Math.max(0, known)).map(({ name, bytes }) => ({ name, bytes }))
    this.#newest = segments.at(-1)?.name.name
    return { committed: spool.committed(), segments, oldest: all[0]?.name.name, entries }
  }

  #hear(message: FromDelivery): void {
    switch (message.kind) {
      case 'begun':
        this.#begun.resolve()
        break
      case 'stopped':
        this.#stopped.resolve()
        break
      case 'failed':
        this.#onFailure(new Error(message.message))
        break
      case 'released':
        this.#handedBytes -= message.bytes
        break
      case 'stored':
        this.#storing = this.#storing.then(() => this.#parts.spool.stored(message.seq)).catch(this.#onFailure)
        break
      case 'flushed':
        this.#flushes.answer(message.ask)
        break
      case 'status':
        this.#status = message.status
        break
      case 'aside':
        this.#parts.quarantine.put(message.part)
        break
      case 'missing':
        void this.#parts
          .onMissing(message.item)
          .catch(this.#onFailure)
          .then(() => this.#channel.send({ kind: 'told', ask: message.ask }))
    }
  }
}

const statusMillis = 100

/** What the thread of the delivery brings. */
export interface DeliverySide {
  readonly parsers: DeliveryParts['parsers']
  /** Made when the delivery begins. */
  readonly sinks: () => Sinks
  readonly now: () => Micros
  readonly fs?: FsLayer
}

/** The half in the other thread. Does nothing until the recorder begins. */
export const deliverHere = (
  channel: Channel<ToDelivery, FromDelivery>,
  { parsers, sinks, now, fs = nodeFs }: DeliverySide,
): void => {
  let running: { readonly spool: SpoolMirror; readonly cursor: CursorLog; readonly delivery: Delivery } | undefined
  let beginning: Promise<void> = Promise.resolve()
  let timer: NodeJS.Timeout | undefined
  const waiting: SpoolNews[] = []
  const asked = new Asks<void>()
  let told = ''

  const fail = (error: unknown): void =>
    channel.send({ kind: 'failed', message: error instanceof Error ? error.message : String(error) })
  const tellStatus = (): void => {
    if (running === undefined) return
    const status = running.delivery.status()
    const { live, store, processed } = status
    const mark = JSON.stringify([live?.seq, [...(live?.failures ?? [])], [...(live?.behind ?? [])], store, processed])
    if (mark === told) return
    told = mark
    channel.send({ kind: 'status', status })
  }
  const onMissing = (item: MissingItem): Promise<void> =>
    asked.ask((ask) => channel.send({ kind: 'missing', ask, item }))
  const begin = async ({ dir, id, key, limits, news }: Extract<ToDelivery, { kind: 'begin' }>): Promise<void> => {
    const spool = new SpoolMirror(fs, `${dir}/spool`, {
      released: (bytes) => channel.send({ kind: 'released', bytes }),
      stored: (seq) => channel.send({ kind: 'stored', seq }),
    })
    spool.hear(news)
    const cursor = await CursorLog.open(fs, dir)
    const quarantine = {
      // A copy of this part alone, and not of the entry that it is a piece of.
      put: (part: QuarantinedPart) =>
        channel.send({ kind: 'aside', part: { ...part, bytes: Uint8Array.from(part.bytes) } }),
    }
    const parts = {
      spool,
      parsers,
      sinks: sinks(),
      cursor,
      limits,
      id,
      key: Buffer.from(key),
      quarantine,
      now,
      onMissing,
    }
    const delivery = new Delivery(parts)
    running = { spool, cursor, delivery }
    for (const later of waiting.splice(0)) spool.hear(later)
    await delivery.start(fail)
    tellStatus()
    timer = setInterval(tellStatus, statusMillis)
  }
  const stop = async (): Promise<void> => {
    asked.answerAll()
    await beginning
    clearInterval(timer)
    await running?.delivery.stop()
    tellStatus()
    await running?.cursor.close()
    channel.send({ kind: 'stopped' })
  }
  const flush = async (seq: number, ask: number): Promise<void> => {
    await beginning
    await running?.delivery.flush(seq)
    tellStatus()
    channel.send({ kind: 'flushed', ask })
  }

  channel.receive((message) => {
    switch (message.kind) {
      case 'begin':
        beginning = begin(message)
          .catch(fail)
          .then(() => channel.send({ kind: 'begun' }))
        break
      case 'news':
        if (running === undefined) waiting.push(message.news)
        else running.spool.hear(message.news)
        break
      case 'flush':
        void flush(message.seq, message.ask).catch(fail)
        break
      case 'told':
        asked.answer(message.ask)
        break
      case 'stop':
        void stop().catch(fail)
    }
  })
}
