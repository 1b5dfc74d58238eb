/**
 * One Bulwark a data directory. Node has no flock, and a lock file with a pid can only be taken over by guessing that
 * its owner is dead. SQLite's exclusive transaction is a POSIX record lock held by the kernel for an open file: it is
 * gone the moment its process is, it does not care about pids that come again, and it holds between containers that
 * share a volume. `lock.json` beside it only tells who holds it: pid, host, boot, start time of the process.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { BulwarkError } from '../model/error.ts'
import { isObject } from '../model/json.ts'

/** A held lock; `release` gives it back. */
export interface DirectoryLock {
  release(): void
}

/**
 * Takes the lock of a data directory (which must exist) at once or not at all.
 *
 * @throws BulwarkError DATA_DIR_LOCKED, naming the pid and host of the holder.
 */
export const lockDirectory = (dir: string): DirectoryLock => {
  const database = new DatabaseSync(join(dir, 'lock.db'), { timeout: 0 })
  try {
    database.exec('PRAGMA journal_mode = MEMORY; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (!isBusy(error)) throw error
    throw new BulwarkError('DATA_DIR_LOCKED', {
      what: `another Bulwark (${holder(dir)}) uses the data directory`,
      where: dir,
      mend: 'stop it first, or choose another directory with --data-dir',
      cause: error,
    })
  }
  writeFileSync(join(dir, 'lock.json'), `${JSON.stringify(ourselves())}\n`, { mode: 0o600 })
  return { release: () => database.close() }
}

const sqliteBusy = 5

const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy

const holder = (dir: string): string => {
  try {
    const told: unknown = JSON.parse(readFileSync(join(dir, 'lock.json'), 'utf8'))
    if (isObject(told)) return `pid ${told.pid} on ${told.host}`
  } catch {
    // Between taking the lock and writing lock.json, or a damaged file: the lock holds all the same.
  }
  return 'pid unknown'
}

const ourselves = () => ({
  pid: process.pid,
  host: hostname(),
  boot: readOr('/proc/sys/kernel/random/boot_id'),
  // Field 22 of proc(5) stat, counted behind the parenthesised name: start time in clock ticks since boot.
  started: readOr('/proc/self/stat').split(') ').at(-1)?.split(' ')[19] ?? '',
})

const readOr = (path: string): string => {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch {
    return ''
  }
}
