import { BulwarkError } from '../model/error.ts'
import type { FsLayer } from './fs-layer.ts'
import type { RecorderLimits, SpaceFloor } from './limits.ts'

/** `low`: alert, and stored segments go first. `full`: new records are refused. */
export type SpaceLevel = 'ok' | 'low' | 'full'

/** What the guard last saw. Bytes. */
export interface SpaceStatus {
  readonly level: SpaceLevel
  readonly free: number
  readonly total: number
}

/** The part of the spool that the guard asks. */
export interface GuardedSpool {
  usedBytes(): number
  /** Deletes what is stored already, oldest first. */
  deleteStored(): Promise<void>
}

const refreshMillis = 1000

/** Watches the space that is left and says whether so many more bytes may be written. */
export class DiskGuard {
  readonly #fs: FsLayer
  readonly #folder: string
  readonly #limits: RecorderLimits
  readonly #spool: GuardedSpool
  readonly #now: () => number
  #seen = { free: Number.POSITIVE_INFINITY, total: 0, at: Number.NEGATIVE_INFINITY, writtenSince: 0 }
  #level: SpaceLevel = 'ok'

  /** `now` in milliseconds. */
  constructor(fs: FsLayer, folder: string, limits: RecorderLimits, spool: GuardedSpool, now: () => number) {
    this.#fs = fs
    this.#folder = folder
    this.#limits = limits
    this.#spool = spool
    this.#now = now
  }

  /**
   * Admits a write, or throws.
   *
   * @throws BulwarkError SPOOL_FULL
   */
  async admit(bytes: number): Promise<void> {
    const old = Math.abs(this.#now() - this.#seen.at) >= refreshMillis
    if (old || this.#levelWith(bytes) !== 'ok') await this.#refresh(bytes)
    if (this.#level === 'full') throw this.#refusal()
    this.#seen.writtenSince += bytes
  }

  /** Looks at the disk again, without anything to write. */
  async look(): Promise<void> {
    await this.#refresh(0)
  }

  status(): SpaceStatus {
    return { level: this.#level, free: this.#seen.free - this.#seen.writtenSince, total: this.#seen.total }
  }

  async #refresh(bytes: number): Promise<void> {
    await this.#measure(bytes)
    if (this.#level === 'ok') return
    await this.#spool.deleteStored()
    await this.#measure(bytes)
  }

  async #measure(bytes: number): Promise<void> {
    const { free, total } = await this.#fs.space(this.#folder)
    this.#seen = { free, total, at: this.#now(), writtenSince: 0 }
    this.#level = this.#levelWith(bytes)
  }

  #levelWith(bytes: number): SpaceLevel {
    const { quotaBytes, alertFree, refuseFree } = this.#limits
    const left = this.#seen.free - this.#seen.writtenSince - bytes
    const used = this.#spool.usedBytes() + bytes
    if (left < this.#floor(refuseFree) || (quotaBytes !== undefined && used > quotaBytes)) return 'full'
    const nearQuota = quotaBytes !== undefined && used > quotaBytes * (1 - alertFree.ratio)
    return left < this.#floor(alertFree) || nearQuota ? 'low' : 'ok'
  }

  #floor(floor: SpaceFloor): number {
    return Math.min(this.#seen.total * floor.ratio, floor.bytes)
  }

  #refusal(): BulwarkError {
    const { quotaBytes } = this.#limits
    const used = this.#spool.usedBytes()
    return quotaBytes !== undefined && used > quotaBytes * 0.9
      ? new BulwarkError('SPOOL_FULL', {
          what: `the spool holds ${used} of the ${quotaBytes} bytes it may hold, and none of it is stored yet`,
          where: this.#folder,
          mend: 'see why the store takes nothing, or raise the quota',
        })
      : new BulwarkError('SPOOL_FULL', {
          what: `only ${this.#seen.free} of ${this.#seen.total} bytes are free on the disk of the spool`,
          where: this.#folder,
          mend: 'free some space; Bulwark goes on by itself',
        })
  }
}
