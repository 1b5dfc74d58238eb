import { randomUUID } from 'node:crypto'
import { createWriteStream, mkdirSync, rmSync } from 'node:fs'
import { rm, unlink } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'

/** How a block is cut off that is larger than any of ours. */
export class TooLarge extends Error {}

const maxBlockBytes = 512 * 1024 * 1024

/**
 * Blocks on their way into the engine. chDB takes Native from files only, so each one is a file for as long as its
 * INSERT runs.
 */
export class IncomingBlocks {
  readonly #dir: string

  /** Takes away what an earlier process was killed with: nothing of it was acknowledged. */
  constructor(dataDir: string) {
    this.#dir = resolve(dataDir, 'incoming')
    rmSync(this.#dir, { recursive: true, force: true })
    mkdirSync(this.#dir, { recursive: true, mode: 0o700 })
  }

  /** Calls `insert` with an expression for FROM that has the rows of `bytes`, and takes the file away behind it. */
  async through(bytes: AsyncIterable<Uint8Array>, insert: (from: string) => Promise<void>): Promise<void> {
    const path = join(this.#dir, `${randomUUID()}.native`)
    try {
      await pipeline(bytes, bounded, createWriteStream(path, { flags: 'wx', mode: 0o600, highWaterMark: 1024 * 1024 }))
      await insert(`file('${patternOf(path)}', Native)`)
      // The engine takes a file that is not there for one without rows: only what is still there has been read.
      await unlink(path)
    } finally {
      await rm(path, { force: true })
    }
  }
}

async function* bounded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let size = 0
  for await (const chunk of bytes) {
    size += chunk.length
    if (size > maxBlockBytes) throw new TooLarge('the block is too large')
    yield chunk
  }
}

/**
 * The engine reads a path as a pattern, in which nothing can be escaped; what has a meaning there, or in a literal of
 * SQL, is matched by the sign for any one character. The name of the file is no other's, so nothing else matches.
 */
const patternOf = (path: string): string => path.replace(/[*?{}:'\\]/g, '?')
