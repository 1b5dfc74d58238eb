import type { FileHandle } from 'node:fs/promises'

/** Whole lines, and how far the file is consumed when they are kept. `tooLong`: so many lines were left out. */
export interface Lines {
  readonly bytes: Buffer
  readonly offset: number
  readonly tooLong: number
}

const chunk = 1024 * 1024

/**
 * Reads whole lines of a growing file, up to a chunk at a time. The start of a line that has no end yet stays in the file; a line
 * longer than the limit is read over without keeping it.
 */
export class LineReader {
  readonly #file: FileHandle
  readonly #longest: number
  #offset: number
  #pending: Buffer = Buffer.alloc(0)
  #skipping = false

  /** `longest` in bytes. */
  constructor(file: FileHandle, offset: number, longest: number) {
    this.#file = file
    this.#offset = offset
    this.#longest = longest
  }

  /** Up to here the file has been given out (bytes). */
  get offset(): number {
    return this.#offset
  }

  /** The next whole lines; undefined when the file has no more. Give them again by not calling `next` until they are kept. */
  async next(): Promise<Lines | undefined> {
    const buffer = Buffer.allocUnsafe(chunk)
    for (;;) {
      const { bytesRead } = await this.#file.read(buffer, 0, chunk, this.#offset + this.#pending.length)
      if (bytesRead === 0) return undefined
      const bytes = Buffer.concat([this.#pending, buffer.subarray(0, bytesRead)])
      const lines = this.#skipping ? this.#skip(bytes) : this.#take(bytes)
      if (lines) return lines
    }
  }

  /** What stands behind the last line end, when nobody will write an end to it any more. */
  async rest(): Promise<Lines | undefined> {
    const bytes = this.#skipping ? Buffer.alloc(0) : this.#pending
    this.#pending = Buffer.alloc(0)
    this.#offset += bytes.length
    return bytes.length === 0 ? undefined : { bytes, offset: this.#offset, tooLong: 0 }
  }

  #take(bytes: Buffer): Lines | undefined {
    const end = bytes.lastIndexOf(0x0a) + 1
    if (end > 0) {
      this.#pending = Buffer.from(bytes.subarray(end))
      this.#offset += end
      return { bytes: bytes.subarray(0, end), offset: this.#offset, tooLong: 0 }
    }
    if (bytes.length <= this.#longest) {
      this.#pending = bytes
      return undefined
    }
    this.#skipping = true
    this.#pending = Buffer.alloc(0)
    this.#offset += bytes.length
    return undefined
  }

  #skip(bytes: Buffer): Lines | undefined {
    const newline = bytes.indexOf(0x0a)
    this.#pending = Buffer.alloc(0)
    this.#offset += newline < 0 ? bytes.length : newline + 1
    if (newline < 0) return undefined
    this.#skipping = false
    return { bytes: Buffer.alloc(0), offset: this.#offset, tooLong: 1 }
  }
}
