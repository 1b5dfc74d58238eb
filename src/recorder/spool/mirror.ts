import type { FsLayer } from '../fs-layer.ts'
import { Waiters } from '../waiters.ts'
import type { CommittedEntry, Segment } from './committer.ts'
import { Handoff } from './handoff.ts'
import { type SpoolItem, SpoolReader } from './reader.ts'
import type { SegmentName } from './segment-name.ts'
import type { SpoolView } from './view.ts'

/** What became of the spool since the last news. */
export interface SpoolNews {
  /** Everything up to this number is on disk. */
  readonly committed: number
  /** Segments that are new or have grown, oldest first; those before `oldest` are gone. */
  readonly segments: readonly { readonly name: SegmentName; readonly bytes: number }[]
  readonly oldest: string | undefined
  /** Entries that need not be read back from disk: not all, where the reader does not keep up. */
  readonly entries: readonly CommittedEntry[]
}

/** The spool of another thread: told by messages of what is in it, and read from its files. */
export class SpoolMirror implements SpoolView {
  readonly fs: FsLayer
  readonly folder: string
  /** Receiving is not held up by what happens in this thread. */
  readonly waiting = 0
  readonly #tell: { released(bytes: number): void; stored(seq: number): void }
  /** Bounded by the other side, which sends no more before something was released. */
  readonly #handoff = new Handoff(Number.POSITIVE_INFINITY)
  readonly #waiters = new Waiters()
  #segments: Segment[] = []
  #committed = 0

  constructor(
    fs: FsLayer,
    folder: string,
    tell: {
      /** An entry of so many bytes is not in memory any more. */
      released(bytes: number): void
      stored(seq: number): void
    },
  ) {
    this.fs = fs
    this.folder = folder
    this.#tell = tell
  }

  /** Takes news in, in order. */
  hear({ committed, segments, oldest, entries }: SpoolNews): void {
    for (const { name, bytes } of segments) {
      const known = this.#segments.findLast((segment) => segment.name.name === name.name)
      if (known) known.bytes = bytes
      else this.#segments.push({ name, bytes })
    }
    const first = this.#segments.findIndex(({ name }) => name.name === oldest)
    if (first > 0) this.#segments.splice(0, first)
    for (const { seq, entry, digest } of entries) {
      // A clone is no Buffer any more, and would be another text.
      this.#handoff.add({ seq, entry, digest: Buffer.from(digest.buffer, digest.byteOffset, digest.length) })
    }
    this.#committed = committed
    this.#waiters.wake()
  }

  committed(): number {
    return this.#committed
  }

  segments(): readonly Segment[] {
    return this.#segments
  }

  async idle(): Promise<void> {}

  async read(seq: number, reader: SpoolReader): Promise<SpoolItem> {
    const held = this.#handoff.get(seq)
    return held ? { kind: 'entry', ...held } : reader.read(seq)
  }

  release(seq: number): void {
    const held = this.#handoff.get(seq)
    if (held === undefined) return
    const { payload } = held.entry
    const bytes = payload.length
    this.#handoff.drop(seq)
    // This thread's alone, and of no use any more: long before its heap is collected there would be a hundred more.
    if (payload.buffer instanceof ArrayBuffer) payload.buffer.transfer(0)
    this.#tell.released(bytes)
  }

  reader(): SpoolReader {
    return new SpoolReader(this)
  }

  async waitFor(seq: number, millis: number): Promise<void> {
    if (this.#committed >= seq) return
    await this.#waiters.wait(millis)
  }

  async stored(seq: number): Promise<void> {
    this.#tell.stored(seq)
  }
}
