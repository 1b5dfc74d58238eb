/**
 * The few file operations that durability depends on, as an interface: fault tests put a file system behind it that
 * loses what was not synced, fails, or is full. Errors are Node's system errors (`code` EIO, ENOSPC, EEXIST, …).
 */
import { constants } from 'node:fs'
import { type FileHandle, mkdir, open, readdir, rename, stat, statfs, unlink } from 'node:fs/promises'

/** An open file. Positions and lengths are in bytes. */
export interface FsFile {
  /** Writes at `position` and returns how much was written, which may be less than asked. */
  write(buffers: readonly Uint8Array[], position: number): Promise<number>
  /** Reads up to `into.length` bytes; 0 at the end of the file. */
  read(into: Uint8Array, position: number): Promise<number>
  size(): Promise<number>
  truncate(length: number): Promise<void>
  /** fdatasync: contents, and the size as far as reading them back needs it. */
  datasync(): Promise<void>
  sync(): Promise<void>
  close(): Promise<void>
}

/** A file system. All files are made with mode 0600, all folders with 0700. */
export interface FsLayer {
  makeDirectory(path: string): Promise<void>
  /** Names in a folder, in no order. */
  list(path: string): Promise<readonly string[]>
  /** `create` fails with EEXIST when the file is there; `write` opens or makes it, contents kept. */
  open(path: string, mode: 'create' | 'read' | 'write'): Promise<FsFile>
  unlink(path: string): Promise<void>
  rename(from: string, to: string): Promise<void>
  /** Makes creations, renames and deletions in a folder durable. */
  syncDirectory(path: string): Promise<void>
  /** Age of the last change of a file's contents, as milliseconds since 1970. */
  modifiedAt(path: string): Promise<number>
  /** Space of the disk under a folder, in bytes, as an unprivileged process sees it. */
  space(path: string): Promise<{ readonly free: number; readonly total: number }>
}

const flags = {
  create: constants.O_RDWR | constants.O_CREAT | constants.O_EXCL,
  write: constants.O_RDWR | constants.O_CREAT,
  read: constants.O_RDONLY,
} as const

/** The file system of this machine. */
export const nodeFs: FsLayer = {
  makeDirectory: async (path) => {
    await mkdir(path, { recursive: true, mode: 0o700 })
  },
  list: (path) => readdir(path),
  open: async (path, mode) => fileOf(await open(path, flags[mode], 0o600)),
  unlink: (path) => unlink(path),
  rename: (from, to) => rename(from, to),
  syncDirectory: async (path) => {
    const handle = await open(path, constants.O_RDONLY)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },
  modifiedAt: async (path) => (await stat(path)).mtimeMs,
  space: async (path) => {
    const { bavail, blocks, bsize } = await statfs(path)
    return { free: bavail * bsize, total: blocks * bsize }
  },
}

const fileOf = (handle: FileHandle): FsFile => ({
  write: async (buffers, position) => (await handle.writev([...buffers], position)).bytesWritten,
  read: async (into, position) => (await handle.read(into, 0, into.length, position)).bytesRead,
  size: async () => (await handle.stat()).size,
  truncate: (length) => handle.truncate(length),
  datasync: () => handle.datasync(),
  sync: () => handle.sync(),
  close: () => handle.close(),
})

/** Writes all of it, as a single write may stop short. */
export const writeFully = async (file: FsFile, buffers: readonly Uint8Array[], position: number): Promise<void> => {
  let rest = buffers.filter((buffer) => buffer.length > 0)
  let at = position
  while (rest.length > 0) {
    let written = await file.write(rest, at)
    if (written <= 0) throw Object.assign(new Error('the file system wrote nothing'), { code: 'EIO' })
    at += written
    while (rest[0] !== undefined && written >= rest[0].length) {
      written -= rest[0].length
      rest = rest.slice(1)
    }
    if (written > 0 && rest[0] !== undefined) rest = [rest[0].subarray(written), ...rest.slice(1)]
  }
}

/** The whole contents of a small file, or undefined when there is none. */
export const readSmallFile = async (fs: FsLayer, path: string): Promise<Buffer | undefined> => {
  let file: FsFile
  try {
    file = await fs.open(path, 'read')
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return undefined
    throw error
  }
  try {
    const bytes = Buffer.alloc(await file.size())
    let at = 0
    while (at < bytes.length) {
      const read = await file.read(bytes.subarray(at), at)
      if (read === 0) break
      at += read
    }
    return bytes.subarray(0, at)
  } finally {
    await file.close()
  }
}

/** Replaces a small file as a whole, durably: a crash leaves the old or the new one. */
export const replaceFile = async (fs: FsLayer, folder: string, name: string, bytes: Uint8Array): Promise<void> => {
  const next = `${folder}/${name}.next`
  const file = await fs.open(next, 'write')
  try {
    await file.truncate(0)
    await writeFully(file, [bytes], 0)
    await file.sync()
  } finally {
    await file.close()
  }
  await fs.rename(next, `${folder}/${name}`)
  await fs.syncDirectory(folder)
}

/** `code` of a system error (`ENOENT`), empty for anything else. */
export const systemCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : ''
