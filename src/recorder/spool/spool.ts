import type { SourceEntry } from '../../model/source.ts'
import { DiskGuard, type SpaceStatus } from '../disk-guard.ts'
import type { FsLayer } from '../fs-layer.ts'
import type { RecorderLimits } from '../limits.ts'
import { Waiters } from '../waiters.ts'
import { type CommittedEntry, Committer, type Segment } from './committer.ts'
import { Handoff } from './handoff.ts'
import { readPieces } from './read.ts'
import { type Damage, type SpoolItem, SpoolReader } from './reader.ts'
import { segmentsIn } from './segment-name.ts'
import type { SpoolView } from './view.ts'

/** How the spool is doing. Sizes in bytes. */
export interface SpoolStatus {
  readonly committed: number
  readonly entriesTotal: number
  readonly bytesTotal: number
  readonly refusedTotal: number
  readonly segments: number
  readonly bytes: number
  readonly space: SpaceStatus
  /** The last failure of a write or sync, and when (milliseconds); undefined when there was none. */
  readonly failure: { readonly message: string; readonly at: number } | undefined
  readonly failuresTotal: number
}

/** What the spool needs to open. */
export interface SpoolOptions {
  readonly fs: FsLayer
  readonly folder: string
  readonly limits: RecorderLimits
  /** Everything up to here is stored. */
  readonly cursor: number
  /** New entries get numbers above this, and above all that the segments hold. */
  readonly lastUsed: number
  /** Milliseconds. */
  readonly now: () => number
}

/** Bytes at the end of the last segment that were cut off when the spool was opened, before they are gone. */
export type OnTail = (damage: Damage) => Promise<void>

/** The durable queue between sources and everything else: append, read back by number, delete what is stored. */
export class Spool implements SpoolView {
  readonly fs: FsLayer
  readonly folder: string
  readonly #options: SpoolOptions
  readonly #segments: Segment[]
  readonly #handoff: Handoff
  readonly #guard: DiskGuard
  readonly #committer: Committer
  readonly #waiters = new Waiters()
  #committed: number
  #cursor: number
  #closed = false
  #follower: ((entries: readonly CommittedEntry[]) => void) | undefined
  #totals = { entries: 0, bytes: 0, refused: 0, failures: 0 }
  #failure: { readonly message: string; readonly at: number } | undefined

  private constructor(options: SpoolOptions, segments: Segment[], committed: number) {
    const { fs, folder, limits, now } = options
    this.fs = fs
    this.folder = folder
    this.#options = options
    this.#segments = segments
    this.#committed = committed
    this.#cursor = options.cursor
    this.#handoff = new Handoff(limits.handoffBytes)
    this.#guard = new DiskGuard(fs, folder, limits, this, now)
    this.#committer = new Committer(
      {
        fs,
        folder,
        now,
        segmentBytes: limits.segmentBytes,
        segmentMillis: limits.segmentMillis,
        admit: (bytes) => this.#guard.admit(bytes),
        onSegment: (segment) => this.#segments.push(segment),
        onCommit: (entries) => this.#onCommit(entries),
        onError: (error) => this.#onError(error),
      },
      committed + 1,
    )
  }

  /** Finds the segments, cuts a torn end off the last one, and can take entries from then on. */
  static async open(options: SpoolOptions, onTail: OnTail): Promise<Spool> {
    const { fs, folder } = options
    await fs.makeDirectory(folder)
    const segments: Segment[] = []
    for (const name of segmentsIn(await fs.list(folder))) {
      const file = await fs.open(`${folder}/${name.name}`, 'read')
      try {
        segments.push({ name, bytes: await file.size() })
      } finally {
        await file.close()
      }
    }
    const newest = segments.at(-1)
    const inNewest = newest ? await cutTail(fs, folder, newest, onTail) : 0
    return new Spool(options, segments, Math.max(inNewest, options.cursor, options.lastUsed))
  }

  /** See `Append` in model/source.ts. */
  async append(entry: SourceEntry): Promise<number> {
    try {
      return await this.#committer.append(entry)
    } catch (error) {
      this.#totals.refused++
      throw error
    }
  }

  committed(): number {
    return this.#committed
  }

  segments(): readonly Segment[] {
    return this.#segments
  }

  usedBytes(): number {
    return this.#segments.reduce((sum, segment) => sum + segment.bytes, 0)
  }

  /** Entries that wait for their commit. */
  get waiting(): number {
    return this.#committer.waiting
  }

  /** What stands at a committed number: from memory where it is still there, else by the reader from disk. */
  async read(seq: number, reader: SpoolReader): Promise<SpoolItem> {
    const held = this.#handoff.get(seq)
    return held ? { kind: 'entry', ...held } : reader.read(seq)
  }

  /** Says that nobody needs this entry in memory any more. */
  release(seq: number): void {
    this.#handoff.drop(seq)
  }

  /** From now on what is committed is handed to another thread, and not kept in memory here. */
  follow(follower: (entries: readonly CommittedEntry[]) => void): void {
    this.#follower = follower
    this.#handoff.clear()
  }

  reader(): SpoolReader {
    return new SpoolReader(this)
  }

  /** Resolves when `seq` is committed, when the time is over, or when the spool closes. */
  async waitFor(seq: number, millis: number): Promise<void> {
    if (this.#closed || this.#committed >= seq) return
    await this.#waiters.wait(millis)
  }

  /** Resolves when no entry waits to become durable, or when the time is over. */
  async idle(millis: number): Promise<void> {
    const until = performance.now() + millis
    while (this.waiting > 0 && performance.now() < until) await new Promise((resolve) => setTimeout(resolve, 1))
  }

  /** Everything up to `seq` is stored: its segments may go when they are old enough. */
  async stored(seq: number): Promise<void> {
    this.#cursor = seq
    await this.#delete(this.#options.limits.minAgeMillis)
  }

  /** Deletes whatever is stored, however young. The guard asks for it when space runs out. */
  async deleteStored(): Promise<void> {
    await this.#delete(0)
  }

  /** Work for a timer: closes an old segment, looks at the disk, deletes what has reached its age. */
  async maintain(): Promise<void> {
    await this.#committer.retire()
    await this.#guard.look()
    await this.#delete(this.#options.limits.minAgeMillis)
  }

  status(): SpoolStatus {
    return {
      committed: this.#committed,
      entriesTotal: this.#totals.entries,
      bytesTotal: this.#totals.bytes,
      refusedTotal: this.#totals.refused,
      segments: this.#segments.length,
      bytes: this.usedBytes(),
      space: this.#guard.status(),
      failure: this.#failure,
      failuresTotal: this.#totals.failures,
    }
  }

  /** Writes what waits, then closes; readers see what is committed up to then. */
  async close(): Promise<void> {
    await this.#committer.close()
    this.#closed = true
    this.#waiters.wake()
  }

  async #delete(minAgeMillis: number): Promise<void> {
    for (;;) {
      const [oldest, next] = this.#segments
      // Without a newer segment nobody can say where the oldest one ends, and it may still be written to.
      if (!oldest || !next || next.name.first - 1 > this.#cursor) return
      const path = `${this.folder}/${oldest.name.name}`
      try {
        if (minAgeMillis > 0 && this.#options.now() - (await this.fs.modifiedAt(path)) < minAgeMillis) return
        await this.fs.unlink(path)
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) {
          this.#onError(error)
          return
        }
      }
      if (this.#segments[0] === oldest) this.#segments.shift()
    }
  }

  #onCommit(entries: readonly CommittedEntry[]): void {
    for (const entry of entries) {
      if (this.#follower === undefined) this.#handoff.add(entry)
      this.#totals.bytes += entry.entry.payload.length
    }
    this.#totals.entries += entries.length
    this.#committed = entries.at(-1)?.seq ?? this.#committed
    this.#follower?.(entries)
    this.#waiters.wake()
  }

  #onError(error: unknown): void {
    this.#totals.failures++
    this.#failure = { message: error instanceof Error ? error.message : String(error), at: this.#options.now() }
  }
}

/** Number of the last good entry of the newest segment (or the one before its first). What follows it is cut off. */
const cutTail = async (fs: FsLayer, folder: string, segment: Segment, onTail: OnTail): Promise<number> => {
  const file = await fs.open(`${folder}/${segment.name.name}`, 'write')
  try {
    let last = segment.name.first - 1
    let end = 0
    for await (const piece of readPieces(file, 0, segment.bytes)) {
      if (piece.kind === 'damage') continue
      last = Math.max(last, piece.frame.seq)
      end = piece.offset + piece.frame.length
    }
    if (end < segment.bytes) {
      await onTail({ segment: segment.name.name, offset: end, length: segment.bytes - end })
      await file.truncate(end)
      await file.sync()
      segment.bytes = end
    }
    return last
  } finally {
    await file.close()
  }
}
