import { BulwarkError } from '../../model/error.ts'
import type { FsFile } from '../fs-layer.ts'
import { decodeFrame, type Frame, headLength, magic } from './format.ts'

/** What a segment is made of: frames, and stretches of bytes that are none. Offsets and lengths in bytes. */
export type Piece =
  | { readonly kind: 'frame'; readonly frame: Frame; readonly offset: number }
  | { readonly kind: 'damage'; readonly offset: number; readonly length: number }

const chunk = 1024 * 1024

/**
 * Reads the pieces of a segment in order, from one offset up to another, one chunk or one large frame in memory at a
 * time. After damage it goes on at the next place where a whole frame with a good checksum stands.
 *
 * @throws BulwarkError SPOOL_VERSION at a good frame of a newer version: nothing of it may be thrown away.
 */
export async function* readPieces(file: FsFile, from: number, to: number): AsyncGenerator<Piece> {
  const window = new Window(file, to)
  let at = from
  let damagedFrom: number | undefined
  while (at < to) {
    const frame = await frameAt(window, at)
    if (frame) {
      if (damagedFrom !== undefined) yield { kind: 'damage', offset: damagedFrom, length: at - damagedFrom }
      damagedFrom = undefined
      yield { kind: 'frame', frame, offset: at }
      at += frame.length
    } else {
      damagedFrom ??= at
      at = await nextMagic(window, at + 1)
    }
  }
  if (damagedFrom !== undefined) yield { kind: 'damage', offset: damagedFrom, length: to - damagedFrom }
}

const frameAt = async (window: Window, at: number): Promise<Frame | undefined> => {
  let needed = headLength
  for (;;) {
    const bytes = await window.at(at, needed)
    const decoded = decodeFrame(bytes)
    if (decoded.kind === 'frame') return decoded.frame
    if (decoded.kind === 'newer') {
      throw new BulwarkError('SPOOL_VERSION', {
        what: `the spool holds records of format ${decoded.version}, which this Bulwark does not know`,
        mend: 'start the newer Bulwark again and let it store what is in the spool, or use another data directory',
      })
    }
    if (decoded.kind === 'damaged' || at + decoded.bytes > window.end) return undefined
    needed = decoded.bytes
  }
}

const magicBytes = Buffer.alloc(4)
magicBytes.writeUInt32LE(magic)

const nextMagic = async (window: Window, from: number): Promise<number> => {
  let at = from
  while (at < window.end) {
    const bytes = await window.at(at, magicBytes.length)
    const found = bytes.indexOf(magicBytes)
    if (found >= 0) return at + found
    at += Math.max(1, bytes.length - magicBytes.length + 1)
  }
  return window.end
}

/** A moving piece of a file in memory. */
class Window {
  readonly end: number
  readonly #file: FsFile
  #start = 0
  #bytes: Buffer = Buffer.alloc(0)

  constructor(file: FsFile, end: number) {
    this.#file = file
    this.end = end
  }

  /** At least `length` bytes from `at` on where the file has them; often more. */
  async at(at: number, length: number): Promise<Buffer> {
    const offset = at - this.#start
    if (offset < 0 || offset + length > this.#bytes.length) await this.#load(at, Math.max(length, chunk))
    return this.#bytes.subarray(at - this.#start)
  }

  async #load(at: number, length: number): Promise<void> {
    // A new buffer each time: frames that were given out point into the old one.
    const bytes = Buffer.allocUnsafe(Math.max(0, Math.min(length, this.end - at)))
    let filled = 0
    while (filled < bytes.length) {
      const read = await this.#file.read(bytes.subarray(filled), at + filled)
      if (read === 0) break
      filled += read
    }
    this.#start = at
    this.#bytes = bytes.subarray(0, filled)
  }
}
