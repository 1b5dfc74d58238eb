import { type FsFile, type FsLayer, systemCode } from '../fs-layer.ts'
import type { CommittedEntry, Segment } from './committer.ts'
import { entryOf, type Frame } from './format.ts'
import { type Piece, readPieces } from './read.ts'

/** Bytes of a segment that are no entries. */
export interface Damage {
  readonly segment: string
  readonly offset: number
  readonly length: number
}

/** What stands at a number: an entry, or nothing readable up to and including `to`. */
export type SpoolItem =
  | ({ readonly kind: 'entry' } & CommittedEntry)
  | {
      readonly kind: 'missing'
      readonly from: number
      readonly to: number
      readonly damage: readonly Damage[]
      /** When the last good entry before it was received, if this reader saw one (microseconds). */
      readonly after: number | undefined
    }

/** The part of the spool that a reader reads. */
export interface ReadableSpool {
  readonly fs: FsLayer
  readonly folder: string
  /** All segments, oldest first, with their durable bytes. */
  segments(): readonly Segment[]
  /** The newest number that is on disk. */
  committed(): number
}

/** Reads entries back from the segments in the order of their numbers. One reader keeps one file open. */
export class SpoolReader {
  readonly #spool: ReadableSpool
  #position: { readonly segment: Segment; readonly file: FsFile; offset: number } | undefined
  #pieces: { readonly iterator: AsyncGenerator<Piece>; readonly upTo: number } | undefined
  /** A frame read ahead of the number that was asked for. */
  #ahead: Frame | undefined
  #damage: Damage[] = []
  #lastReceivedAt: number | undefined

  constructor(spool: ReadableSpool) {
    this.#spool = spool
  }

  /** What stands at `seq`, which must be committed; numbers are asked for in rising order. */
  async read(seq: number): Promise<SpoolItem> {
    const segments = this.#spool.segments()
    const index = segments.findLastIndex((segment) => segment.name.first <= seq)
    const segment = segments[index]
    const next = segments[index + 1]
    const last = Math.min(this.#spool.committed(), next ? next.name.first - 1 : Number.POSITIVE_INFINITY)
    if (!segment) return this.#missing(seq, last)
    if (this.#position?.segment !== segment && !(await this.#open(segment))) return this.#missing(seq, last)
    const frame = await this.#frameFrom(seq)
    if (!frame || frame.seq > last) return this.#missing(seq, last)
    if (frame.seq > seq) {
      this.#ahead = frame
      return this.#missing(seq, frame.seq - 1)
    }
    const entry = inflate(frame)
    if (!entry) return this.#missing(seq, seq)
    this.#lastReceivedAt = frame.receivedAt
    this.#damage = []
    return { kind: 'entry', seq, entry, digest: frame.digest }
  }

  async close(): Promise<void> {
    await this.#position?.file.close()
    this.#position = undefined
    this.#pieces = undefined
    this.#ahead = undefined
  }

  #missing(from: number, to: number): SpoolItem {
    const damage = this.#damage
    this.#damage = []
    return { kind: 'missing', from, to, damage, after: this.#lastReceivedAt }
  }

  async #open(segment: Segment): Promise<boolean> {
    await this.close()
    try {
      const file = await this.#spool.fs.open(`${this.#spool.folder}/${segment.name.name}`, 'read')
      this.#position = { segment, file, offset: 0 }
      return true
    } catch (error) {
      if (systemCode(error) === 'ENOENT') return false
      throw error
    }
  }

  /** The first frame from here on whose number is not below `seq`; undefined at the end of what is durable. */
  async #frameFrom(seq: number): Promise<Frame | undefined> {
    const ahead = this.#ahead
    this.#ahead = undefined
    if (ahead && ahead.seq >= seq) return ahead
    for (let piece = await this.#piece(); piece; piece = await this.#piece()) {
      if (piece.kind === 'damage') {
        const segment = this.#position?.segment.name.name ?? ''
        this.#damage.push({ segment, offset: piece.offset, length: piece.length })
      } else if (piece.frame.seq >= seq) return piece.frame
    }
    return undefined
  }

  async #piece(): Promise<Piece | undefined> {
    const position = this.#position
    if (!position) return undefined
    // The segment may have grown since the iterator was made: then it ended at a frame, and a new one goes on there.
    if (!this.#pieces) {
      const upTo = position.segment.bytes
      if (position.offset >= upTo) return undefined
      this.#pieces = { iterator: readPieces(position.file, position.offset, upTo), upTo }
    }
    const { value, done } = await this.#pieces.iterator.next()
    if (done) {
      position.offset = this.#pieces.upTo
      this.#pieces = undefined
      return position.segment.bytes > position.offset ? this.#piece() : undefined
    }
    return value
  }
}

const inflate = (frame: Frame) => {
  try {
    return entryOf(frame)
  } catch {
    return undefined
  }
}
