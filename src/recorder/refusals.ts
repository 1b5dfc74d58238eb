import type { GapReason } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import { type FsFile, type FsLayer, readSmallFile, writeFully } from './fs-layer.ts'

/** A time in which nothing was accepted. */
export interface Refusal {
  readonly from: Micros
  readonly to: Micros
  readonly reason: GapReason
  /** Hand-overs refused. A sender that tries again loses nothing, so this is not a count of lost records. */
  readonly refused: number
}

const fileName = 'emergency'
const fileBytes = 1024 * 1024
const rewriteMicros = 1_000_000

/**
 * Remembers that entries were refused, on a disk that takes no more: in a file whose space was set aside before.
 * The recorder makes a gap of it as soon as it can write again, or at the next start.
 */
export class Refusals {
  readonly #fs: FsLayer
  readonly #path: string
  #file: FsFile | undefined
  #open: Refusal | undefined
  #writtenAt = Number.NEGATIVE_INFINITY
  #busy: Promise<void> = Promise.resolve()

  private constructor(fs: FsLayer, path: string) {
    this.#fs = fs
    this.#path = path
  }

  /** Sets the space aside, or finds what an earlier run left in it. Works without the file where the disk is full. */
  static async open(fs: FsLayer, folder: string): Promise<Refusals> {
    const refusals = new Refusals(fs, `${folder}/${fileName}`)
    refusals.#open = parseRefusal(await readSmallFile(fs, refusals.#path))
    await refusals.#setAside()
    return refusals
  }

  /** Counts one refused hand-over. */
  note(reason: GapReason, at: Micros): void {
    const open = this.#open
    this.#open = open
      ? { ...open, to: Math.max(open.to, at), refused: open.refused + 1 }
      : { from: at, to: at, reason, refused: 1 }
    if (open === undefined || at - this.#writtenAt >= rewriteMicros) {
      this.#writtenAt = at
      this.#write(this.#open)
    }
  }

  /** What is not yet a gap. */
  pending(): Refusal | undefined {
    return this.#open
  }

  /** Forgets what has become a durable gap. */
  settle(refusal: Refusal): void {
    if (this.#open?.from !== refusal.from) return
    this.#open =
      this.#open.refused > refusal.refused
        ? { ...this.#open, from: refusal.to, refused: this.#open.refused - refusal.refused }
        : undefined
    this.#writtenAt = Number.NEGATIVE_INFINITY
    this.#write(this.#open)
  }

  async close(): Promise<void> {
    await this.#busy
    await this.#file?.close()
    this.#file = undefined
  }

  async #setAside(): Promise<void> {
    try {
      this.#file = await this.#fs.open(this.#path, 'write')
      const missing = fileBytes - (await this.#file.size())
      if (missing > 0) await writeFully(this.#file, [Buffer.alloc(missing)], fileBytes - missing)
      await this.#file.sync()
    } catch {
      // No room even for this: refusals are then remembered for as long as this process lives.
      await this.#file?.close()
      this.#file = undefined
    }
  }

  #write(refusal: Refusal | undefined): void {
    const line = Buffer.alloc(512)
    if (refusal) line.write(`${JSON.stringify(refusal)}\n`)
    this.#busy = this.#busy.then(async () => {
      try {
        if (this.#file) {
          await writeFully(this.#file, [line], 0)
          await this.#file.datasync()
        }
      } catch {
        // The disk is in trouble, which is why we are here; memory still has it.
      }
    })
  }
}

const reasons: readonly GapReason[] = ['disk-full', 'spool-damaged', 'overload']

const parseRefusal = (bytes: Buffer | undefined): Refusal | undefined => {
  const line = bytes?.toString('utf8', 0, 512).split('\n')[0]
  if (!line?.startsWith('{')) return undefined
  try {
    const { from, to, reason, refused } = JSON.parse(line)
    const known = reasons.find((one) => one === reason)
    if (typeof from === 'number' && typeof to === 'number' && known && typeof refused === 'number') {
      return { from, to, reason: known, refused }
    }
  } catch {
    // Cut by a crash in the very moment it was written.
  }
  return undefined
}
