/**
 * How far the store is, as a log of lines: `begin FROM TO` before a block goes to the store, `done TO` after the store
 * has it for good, each with a checksum. After a crash the block that was begun is sent again, with the same rows and
 * the same token, so that a store which had taken it knows it.
 */
import { crc32 } from 'node:zlib'
import { type FsFile, type FsLayer, readSmallFile, replaceFile, writeFully } from './fs-layer.ts'

/** A block: the entries from one number to another, both included. */
export interface Block {
  readonly from: number
  readonly to: number
}

const fileName = 'cursor.log'
const compactBytes = 1024 * 1024

/** The log of one spool. Each change is on disk when its promise resolves. */
export class CursorLog {
  readonly #fs: FsLayer
  readonly #folder: string
  #file: FsFile | undefined
  #bytes = 0
  #stored: number
  #begun: Block | undefined

  private constructor(fs: FsLayer, folder: string, stored: number, begun: Block | undefined) {
    this.#fs = fs
    this.#folder = folder
    this.#stored = stored
    this.#begun = begun
  }

  static async open(fs: FsLayer, folder: string): Promise<CursorLog> {
    const text = (await readSmallFile(fs, `${folder}/${fileName}`))?.toString('latin1') ?? ''
    let stored = 0
    let begun: Block | undefined
    for (const line of text.split('\n')) {
      const parsed = parseLine(line)
      if (parsed?.kind === 'begin') begun = parsed.block
      if (parsed?.kind === 'done') {
        stored = Math.max(stored, parsed.to)
        begun = undefined
      }
    }
    const log = new CursorLog(fs, folder, stored, begun && begun.from === stored + 1 ? begun : undefined)
    await log.#compact()
    return log
  }

  /** Everything up to this number is stored. */
  get stored(): number {
    return this.#stored
  }

  /** A block that was sent before a crash and may or may not be stored. */
  get begun(): Block | undefined {
    return this.#begun
  }

  async begin(block: Block): Promise<void> {
    this.#begun = block
    await this.#append(beginLine(block))
  }

  async done(to: number): Promise<void> {
    await this.#append(line(`done ${to}`))
    this.#stored = to
    this.#begun = undefined
    if (this.#bytes > compactBytes) await this.#compact()
  }

  async close(): Promise<void> {
    await this.#file?.close()
    this.#file = undefined
  }

  async #append(text: string): Promise<void> {
    const bytes = Buffer.from(text)
    try {
      this.#file ??= await this.#fs.open(`${this.#folder}/${fileName}`, 'write')
      await writeFully(this.#file, [bytes], this.#bytes)
      await this.#file.datasync()
      this.#bytes += bytes.length
    } catch (error) {
      // After a failed sync the pages of this file are not to be trusted: the next attempt writes a new one.
      await this.#compact()
      throw error
    }
  }

  async #compact(): Promise<void> {
    await this.close().catch(() => undefined)
    const text = line(`done ${this.#stored}`) + (this.#begun ? beginLine(this.#begun) : '')
    const bytes = Buffer.from(text)
    await replaceFile(this.#fs, this.#folder, fileName, bytes)
    this.#bytes = bytes.length
  }
}

const line = (text: string): string => `${text} ${crc32(text).toString(16)}\n`

const beginLine = (block: Block): string => line(`begin ${block.from} ${block.to}`)

type Line = { readonly kind: 'begin'; readonly block: Block } | { readonly kind: 'done'; readonly to: number }

const parseLine = (text: string): Line | undefined => {
  const at = text.lastIndexOf(' ')
  if (at < 0 || crc32(text.slice(0, at)).toString(16) !== text.slice(at + 1)) return undefined
  const [word, first, second] = text.split(' ')
  if (word === 'begin') return { kind: 'begin', block: { from: Number(first), to: Number(second) } }
  return word === 'done' ? { kind: 'done', to: Number(first) } : undefined
}
