import { hash } from 'node:crypto'
import { type FileHandle, open, readFile, rename } from 'node:fs/promises'
import { isObject } from '../../model/json.ts'
import type { Micros } from '../../model/time.ts'

/**
 * How far a log file was read. A file is known again by its inode and its first bytes, as inodes are used again and
 * names are given to the next file.
 */
export interface TailPosition {
  readonly device: number
  readonly inode: number
  readonly offset: number
  /** SHA-256 of the first `headLength` bytes. */
  readonly head: string
  readonly headLength: number
  readonly savedAt: Micros
}

/** Longest start of a file that is compared (bytes). The first audit event is longer than that. */
const longestHead = 1024

/** The position at `offset` of an open file. */
export const positionAt = async (file: FileHandle, offset: number, now: Micros): Promise<TailPosition> => {
  const { dev, ino } = await file.stat()
  const headLength = Math.min(longestHead, offset)
  return { device: dev, inode: ino, offset, head: await headOf(file, headLength), headLength, savedAt: now }
}

/** True when an open file is the one of a position, with nothing cut off before it. */
export const isSameFile = async (file: FileHandle, position: TailPosition): Promise<boolean> => {
  const { dev, ino, size } = await file.stat()
  if (dev !== position.device || ino !== position.inode || size < position.offset) return false
  return (await headOf(file, position.headLength)) === position.head
}

const headOf = async (file: FileHandle, length: number): Promise<string> => {
  const bytes = Buffer.alloc(length)
  const { bytesRead } = await file.read(bytes, 0, length, 0)
  return hash('sha256', bytes.subarray(0, bytesRead), 'hex')
}

/** Undefined when there is none, or none that can be read: then the file is read from its start. */
export const loadPosition = async (path: string): Promise<TailPosition | undefined> => {
  try {
    const value: unknown = JSON.parse(await readFile(path, 'utf8'))
    if (!isObject(value)) return undefined
    const { device, inode, offset, head, headLength, savedAt } = value
    if (typeof device !== 'number' || typeof inode !== 'number' || typeof offset !== 'number') return undefined
    if (typeof head !== 'string' || typeof headLength !== 'number' || typeof savedAt !== 'number') return undefined
    return { device, inode, offset, head, headLength, savedAt }
  } catch {
    return undefined
  }
}

/** Saves as a whole: a crash leaves the old or the new position. */
export const savePosition = async (path: string, position: TailPosition): Promise<void> => {
  const file = await open(`${path}.next`, 'w', 0o600)
  try {
    await file.writeFile(JSON.stringify(position))
    await file.datasync()
  } finally {
    await file.close()
  }
  await rename(`${path}.next`, path)
}
