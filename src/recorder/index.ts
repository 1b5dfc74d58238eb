/**
 * The recorder: takes what sources hand over, makes it durable, then turns it into records for everybody. What was
 * acknowledged is not lost, and what could be missing is itself a record. Steps and guarantees: docs/recorder.md.
 */
import { BulwarkError } from '../model/error.ts'
import type { Parsers } from '../model/parse.ts'
import type { Gap } from '../model/record.ts'
import type { Append, SourceEntry } from '../model/source.ts'
import { type Micros, microsFromMillis } from '../model/time.ts'
import { CursorLog } from './cursor-log.ts'
import { type Deliverer, Delivery, noDelivery } from './delivery.ts'
import { type DeliveryChannel, DeliveryElsewhere } from './delivery-elsewhere.ts'
import { type FsLayer, nodeFs, readSmallFile } from './fs-layer.ts'
import { identity } from './identity.ts'
import { defaultLimits, type RecorderLimits } from './limits.ts'
import type { MissingItem } from './live-pump.ts'
import { type DirectoryLock, lockDirectory } from './lock.ts'
import { Quarantine, setAside } from './quarantine.ts'
import { Refusals } from './refusals.ts'
import type { Sinks } from './sinks.ts'
import type { Damage } from './spool/reader.ts'
import { Spool } from './spool/spool.ts'
import { alertsOf, type RecorderStatus } from './status.ts'

export { Asks } from './asks.ts'
export type { Channel } from './channel.ts'
export { type DeliveryChannel, deliverHere, type FromDelivery, type ToDelivery } from './delivery-elsewhere.ts'
export { readObjectVersion } from './parse-lines.ts'
export { createRedactor, type Redactor } from './redact.ts'
export { type LiveSink, type Sinks, type StoreBlock, type StoreSink, wholeBlocks } from './sinks.ts'
export type { RecorderStatus } from './status.ts'

/** What the recorder needs. */
export interface RecorderOptions {
  /** The data directory; it is made when missing, and locked for this process. */
  readonly dir: string
  /** Of the streams that come from outside; `objects` and `gaps` are the recorder's own. What nobody reads is set aside. */
  readonly parsers: Omit<Parsers, 'objects' | 'gaps'>
  readonly limits?: Partial<RecorderLimits>
  readonly fs?: FsLayer
  readonly now?: () => Micros
}

/** An open recorder. */
export interface Recorder extends AsyncDisposable {
  /** Made once for each data directory. Positions of records are unique together with it. */
  readonly id: string
  /** Usable from the moment the recorder is open. */
  readonly append: Append
  /** Begins to hand records over, with those that were not stored before. */
  start(sinks: Sinks): void
  /** The same in another thread, whose sinks it is that take them: see `deliverHere`. */
  startIn(channel: DeliveryChannel): void
  /** Resolves when everything appended before is stored. */
  flush(): Promise<void>
  status(): RecorderStatus
}

/**
 * Locks the directory, cuts a torn end off the spool, and is ready to append.
 *
 * @throws BulwarkError DATA_DIR_LOCKED, SPOOL_VERSION
 */
export const openRecorder = async (options: RecorderOptions): Promise<Recorder> => {
  const fs = options.fs ?? nodeFs
  await fs.makeDirectory(options.dir)
  const lock = lockDirectory(options.dir)
  try {
    return await OpenRecorder.open(options, fs, lock)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The source of gaps that the recorder itself found. */
const ownSource = 'recorder'

const maintenanceMillis = 1000
/** A pause in running that senders bridge by trying again: kube-apiserver does so for 81 s and more. */
const bridgedMicros: Micros = 60_000_000
const stopMillis = 10_000

interface Parts {
  readonly fs: FsLayer
  readonly dir: string
  readonly lock: DirectoryLock
  readonly now: () => Micros
  readonly limits: RecorderLimits
  readonly id: string
  readonly cursor: CursorLog
  readonly refusals: Refusals
  readonly quarantine: Quarantine
  readonly spool: Spool
  readonly key: Buffer
  readonly parsers: RecorderOptions['parsers']
}

class OpenRecorder implements Recorder {
  readonly id: string
  readonly #parts: Parts
  readonly #timer: NodeJS.Timeout
  #delivery: Deliverer | undefined
  #starting: Promise<void> = Promise.resolve()
  #maintaining: Promise<void> | undefined
  #internal: string | undefined
  #closing: Promise<void> | undefined

  private constructor(parts: Parts) {
    this.#parts = parts
    this.id = parts.id
    this.#timer = setInterval(() => this.#maintain(), maintenanceMillis)
    this.#timer.unref()
  }

  static async open(options: RecorderOptions, fs: FsLayer, lock: DirectoryLock): Promise<OpenRecorder> {
    const { dir } = options
    const now = options.now ?? (() => microsFromMillis(Date.now()))
    const limits = { ...defaultLimits, ...options.limits }
    const { id, key } = await identity(fs, dir)
    const cursor = await CursorLog.open(fs, dir)
    const refusals = await Refusals.open(fs, dir)
    const quarantine = await Quarantine.open(fs, `${dir}/quarantine`, limits)
    const tails: Damage[] = []
    const spool = await Spool.open(
      {
        fs,
        folder: `${dir}/spool`,
        limits,
        cursor: cursor.stored,
        lastUsed: cursor.begun?.to ?? 0,
        now: () => now() / 1000,
      },
      async (damage) => {
        tails.push(damage)
        await setAside(fs, `${dir}/spool`, damage, quarantine)
        await quarantine.settled()
      },
    )
    const { parsers } = options
    const parts = { fs, dir, lock, now, limits, id, cursor, refusals, quarantine, spool, key, parsers }
    const recorder = new OpenRecorder(parts)
    recorder.#starting = recorder.#tellOfThePast(tails).catch(() => refusals.note('spool-damaged', now()))
    return recorder
  }

  append = async (entry: SourceEntry): Promise<number> => {
    const { spool, refusals, now } = this.#parts
    try {
      return await spool.append(entry)
    } catch (error) {
      const isFull = error instanceof BulwarkError && error.code === 'SPOOL_FULL'
      refusals.note(isFull ? 'disk-full' : 'spool-damaged', now())
      throw error
    }
  }

  start(sinks: Sinks): void {
    const onMissing = (item: MissingItem) => this.#onMissing(item)
    this.#deliver(new Delivery({ ...this.#parts, sinks, onMissing }))
  }

  startIn(channel: DeliveryChannel): void {
    const onMissing = (item: MissingItem) => this.#onMissing(item)
    this.#deliver(new DeliveryElsewhere({ ...this.#parts, onMissing }, channel))
  }

  #deliver(delivery: Deliverer): void {
    if (this.#delivery) throw new BulwarkError('CONFIG_INVALID', { what: 'the recorder was started twice' })
    this.#delivery = delivery
    const onFailure = (error: unknown) => {
      this.#internal = error instanceof Error ? error.message : String(error)
    }
    this.#starting = this.#starting.then(() => (this.#closing ? undefined : delivery.start(onFailure)))
  }

  async flush(): Promise<void> {
    await this.#starting
    await this.#delivery?.flush(this.#parts.spool.committed())
  }

  status(): RecorderStatus {
    const { spool } = this.#parts
    const status = { spool: spool.status(), ...(this.#delivery?.status() ?? noDelivery) }
    return { ...status, alerts: [...alertsOf(status), ...(this.#internal === undefined ? [] : [this.#internal])] }
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    clearInterval(this.#timer)
    const { spool, cursor, refusals, quarantine, lock } = this.#parts
    try {
      await this.#starting
      await this.#maintaining
      await withinStopTime(this.#delivery?.stop())
      await spool.close()
      await quarantine.settled()
      await refusals.close()
      await this.#touch()
      await cursor.close()
    } finally {
      lock.release()
    }
  }

  /** Gaps that earlier runs left: what could not be written, what was torn off, and that nobody was there. */
  async #tellOfThePast(tails: readonly Damage[]): Promise<void> {
    const { fs, dir, now } = this.#parts
    const here = now()
    const last = Number((await readSmallFile(fs, `${dir}/alive`))?.toString('latin1'))
    const since = Number.isFinite(last) && last > 0 && last <= here ? last : here
    for (const { length } of tails) {
      const what = `the last ${length} bytes of the spool were unreadable and are in quarantine; they are most likely of a hand-over that was never acknowledged`
      await this.#tell({ from: since, to: here, reason: 'spool-damaged', what, estimate: undefined })
    }
    if (here - since > bridgedMicros) {
      const what = 'Bulwark was not running; senders that keep and try again may have filled this in'
      await this.#tell({ from: since, to: here, reason: 'not-running', what, estimate: undefined })
    }
    await this.#touch()
  }

  async #onMissing(item: MissingItem): Promise<void> {
    const { fs, spool, quarantine, now } = this.#parts
    for (const damage of item.damage) await setAside(fs, spool.folder, damage, quarantine)
    const count = item.to - item.from + 1
    const what = `${count} ${count === 1 ? 'entry' : 'entries'} of the spool (${item.from} to ${item.to}) could not be read back`
    const gap = { from: item.after ?? now(), to: now(), reason: 'spool-damaged', what, estimate: count } as const
    await this.#tell(gap).catch(() => this.#parts.refusals.note('spool-damaged', now()))
  }

  async #tell(gap: Pick<Gap, 'from' | 'to' | 'reason' | 'what' | 'estimate'>): Promise<void> {
    const payload = Buffer.from(`${JSON.stringify(gap)}\n`)
    const receivedAt = this.#parts.now()
    await this.#parts.spool.append({ stream: 'gaps', source: ownSource, cluster: '', receivedAt, payload })
  }

  #maintain(): void {
    this.#maintaining ??= this.#maintainOnce()
      .catch((error: unknown) => {
        this.#internal = error instanceof Error ? error.message : String(error)
      })
      .finally(() => {
        this.#maintaining = undefined
      })
  }

  async #maintainOnce(): Promise<void> {
    const { spool, refusals } = this.#parts
    await spool.maintain()
    await this.#touch()
    const refusal = refusals.pending()
    if (!refusal || spool.status().space.level === 'full') return
    const { from, to, reason, refused } = refusal
    const what = `${refused} hand-overs were refused because the spool could not be written; senders that try again lost nothing`
    await this.#tell({ from, to, reason, what, estimate: undefined }).then(
      () => refusals.settle(refusal),
      () => undefined, // Still no room: the next round tries again.
    )
  }

  /** Notes that we live, for the gap that the next start may have to tell of. A lost note makes that gap longer. */
  async #touch(): Promise<void> {
    const { fs, dir, now } = this.#parts
    try {
      const file = await fs.open(`${dir}/alive`, 'write')
      try {
        await file.write([Buffer.from(String(now()).padEnd(20))], 0)
      } finally {
        await file.close()
      }
    } catch {
      // A full disk is reported elsewhere.
    }
  }
}

const withinStopTime = async (work: Promise<void> | undefined): Promise<void> => {
  let timer: NodeJS.Timeout | undefined
  const timeUp = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, stopMillis)
  })
  await Promise.race([work, timeUp])
  clearTimeout(timer)
}
