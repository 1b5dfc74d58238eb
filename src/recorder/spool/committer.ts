import { BulwarkError } from '../../model/error.ts'
import type { SourceEntry } from '../../model/source.ts'
import { type FsFile, type FsLayer, systemCode, writeFully } from '../fs-layer.ts'
import { maxPayload, type PreparedEntry, prepareEntry, sealEntry } from './format.ts'
import { type SegmentName, segmentName } from './segment-name.ts'

/** An entry that is on disk for good. */
export interface CommittedEntry {
  readonly seq: number
  readonly entry: SourceEntry
  readonly digest: Buffer
}

/** The segment that is written to, with the bytes that are durable in it. */
export interface Segment {
  readonly name: SegmentName
  bytes: number
}

/** What the committer needs from around it. */
export interface CommitterContext {
  readonly fs: FsLayer
  readonly folder: string
  readonly segmentBytes: number
  readonly segmentMillis: number
  /** Milliseconds. */
  readonly now: () => number
  /** Throws when so many bytes may not be written. */
  readonly admit: (bytes: number) => Promise<void>
  readonly onSegment: (segment: Segment) => void
  readonly onCommit: (entries: readonly CommittedEntry[]) => void
  readonly onError: (error: unknown) => void
}

/** Most that goes into one write, so that no one waits long for others (bytes). */
const groupBytes = 16 * 1024 * 1024

interface Waiting {
  prepared: PreparedEntry | undefined
  failure: unknown
  readonly resolve: (seq: number) => void
  readonly reject: (error: unknown) => void
}

/**
 * Group commit: everything that waits is written by one writev and made durable by one fdatasync, then all of it is
 * acknowledged. Entries get their numbers in the order of the calls of `append`.
 *
 * After any error of a write or a sync, the segment is never written again: the kernel may have dropped dirty pages and
 * told so only once (https://lwn.net/Articles/752063/). The group goes to a new segment; if that fails as well, all of
 * it is refused and its numbers are given again, so that there is no hole. A segment that starts at a number supersedes
 * everything from that number on in older segments.
 */
export class Committer {
  readonly #context: CommitterContext
  readonly #queue: Waiting[] = []
  #nextSeq: number
  #open: { readonly segment: Segment; readonly file: FsFile; readonly since: number } | undefined
  #running: Promise<void> | undefined
  #closed = false

  constructor(context: CommitterContext, nextSeq: number) {
    this.#context = context
    this.#nextSeq = nextSeq
  }

  /** See `Append` in model/source.ts. */
  append(entry: SourceEntry): Promise<number> {
    if (this.#closed) {
      return Promise.reject(new BulwarkError('SPOOL_WRITE_FAILED', { what: 'the recorder is closed' }))
    }
    if (entry.payload.length > maxPayload) {
      const what = `an entry of ${entry.payload.length} bytes is larger than the ${maxPayload} bytes that the spool takes`
      return Promise.reject(new BulwarkError('SPOOL_WRITE_FAILED', { what, where: `source ${entry.source}` }))
    }
    return new Promise((resolve, reject) => {
      const waiting: Waiting = { prepared: undefined, failure: undefined, resolve, reject }
      this.#queue.push(waiting)
      const prepared = prepareEntry(entry)
      if (!(prepared instanceof Promise)) {
        waiting.prepared = prepared
        this.#kick()
        return
      }
      prepared.then(
        (ready) => {
          waiting.prepared = ready
          this.#kick()
        },
        (error: unknown) => {
          waiting.failure = error
          this.#kick()
        },
      )
    })
  }

  /** Entries that wait to be written. */
  get waiting(): number {
    return this.#queue.length
  }

  /** Closes a segment that has reached its age, so that an idle spool can be deleted as well. */
  async retire(): Promise<void> {
    if (this.#running || !this.#open || this.#context.now() - this.#open.since < this.#context.segmentMillis) return
    await this.#closeSegment()
  }

  /** Writes what waits, then closes. */
  async close(): Promise<void> {
    this.#closed = true
    while (this.#queue.length > 0 || this.#running) {
      await (this.#running ?? new Promise((resolve) => setImmediate(resolve)))
    }
    await this.#closeSegment()
  }

  #kick(): void {
    this.#running ??= this.#run().finally(() => {
      this.#running = undefined
      if (isReady(this.#queue[0])) this.#kick()
    })
  }

  async #run(): Promise<void> {
    for (let group = this.#take(); group.length > 0; group = this.#take()) await this.#commit(group)
  }

  /** The ready ones at the head of the queue: one that is still being compressed holds back those behind it. */
  #take(): Waiting[] {
    const group: Waiting[] = []
    let bytes = 0
    while (isReady(this.#queue[0]) && bytes < groupBytes) {
      const waiting = this.#queue.shift()
      if (waiting?.prepared) {
        group.push(waiting)
        bytes += waiting.prepared.bytes
      } else waiting?.reject(waiting.failure)
    }
    return group
  }

  async #commit(group: readonly Waiting[]): Promise<void> {
    const prepared = group.flatMap((waiting) => waiting.prepared ?? [])
    const bytes = prepared.reduce((sum, entry) => sum + entry.bytes, 0)
    const first = this.#nextSeq
    try {
      await this.#context.admit(bytes)
      const buffers = prepared.flatMap((entry, index) => sealEntry(entry, first + index))
      await this.#writeTwice(buffers, bytes)
    } catch (error) {
      const refusal = refusalOf(error, this.#context.folder)
      for (const waiting of group) waiting.reject(refusal)
      return
    }
    this.#nextSeq = first + prepared.length
    this.#context.onCommit(prepared.map(({ entry, digest }, index) => ({ seq: first + index, entry, digest })))
    group.forEach((waiting, index) => {
      waiting.resolve(first + index)
    })
  }

  async #writeTwice(buffers: readonly Buffer[], bytes: number): Promise<void> {
    try {
      await this.#write(buffers, bytes)
    } catch (error) {
      this.#context.onError(error)
      await this.#poison()
      try {
        await this.#write(buffers, bytes)
      } catch (again) {
        this.#context.onError(again)
        await this.#poison()
        throw again
      }
    }
  }

  async #write(buffers: readonly Buffer[], bytes: number): Promise<void> {
    const { fs, folder, segmentBytes, segmentMillis, now, onSegment } = this.#context
    const old = this.#open
    if (old && (old.segment.bytes + bytes > segmentBytes || now() - old.since >= segmentMillis))
      await this.#closeSegment()
    if (this.#open) {
      await writeFully(this.#open.file, buffers, this.#open.segment.bytes)
      await this.#open.file.datasync()
      this.#open.segment.bytes += bytes
      return
    }
    const opened = await this.#createSegment()
    this.#open = opened
    await writeFully(opened.file, buffers, 0)
    await opened.file.sync()
    await fs.syncDirectory(folder)
    opened.segment.bytes = bytes
    onSegment(opened.segment)
  }

  async #createSegment(): Promise<{ segment: Segment; file: FsFile; since: number }> {
    const { fs, folder, now } = this.#context
    for (let generation = 0; ; generation++) {
      const name = segmentName(this.#nextSeq, generation)
      try {
        const file = await fs.open(`${folder}/${name.name}`, 'create')
        return { segment: { name, bytes: 0 }, file, since: now() }
      } catch (error) {
        if (systemCode(error) !== 'EEXIST') throw error
      }
    }
  }

  /** Leaves the segment as it was after its last good commit, as far as that can still be done. */
  async #poison(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    if (!open) return
    const { fs, folder, onError } = this.#context
    const { bytes, name } = open.segment
    await open.file.truncate(bytes).catch(onError)
    await open.file.close().catch(onError)
    // A segment that never held anything acknowledged is not worth its name; on a failing disk they would pile up.
    if (bytes === 0) await fs.unlink(`${folder}/${name.name}`).catch(onError)
  }

  async #closeSegment(): Promise<void> {
    const open = this.#open
    this.#open = undefined
    // Everything acknowledged in it is durable; an error of close can take nothing back.
    await open?.file.close().catch(this.#context.onError)
  }
}

const isReady = (waiting: Waiting | undefined): boolean =>
  waiting !== undefined && (waiting.prepared !== undefined || waiting.failure !== undefined)

const refusalOf = (error: unknown, folder: string): BulwarkError => {
  if (error instanceof BulwarkError) return error
  const code = systemCode(error)
  const full = code === 'ENOSPC' || code === 'EDQUOT'
  return new BulwarkError(full ? 'SPOOL_FULL' : 'SPOOL_WRITE_FAILED', {
    what: full
      ? 'the disk of the spool is full'
      : `the spool cannot be written: ${error instanceof Error ? error.message : error}`,
    where: folder,
    mend: full
      ? 'free some space; Bulwark goes on by itself'
      : 'check the disk; Bulwark tries a new file with every hand-over',
    cause: error,
  })
}
