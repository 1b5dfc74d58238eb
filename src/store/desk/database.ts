import { chmodSync, existsSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { BulwarkError } from '../../model/error.ts'

/** The file of the desk in a data directory. */
export const deskFile = 'desk.db'

/** An open database, and what had to be done to open it, for a person. */
export interface OpenedDatabase {
  readonly database: DatabaseSync
  readonly path: string
  readonly notes: readonly string[]
}

/**
 * Opens the desk's database in a data directory and brings its schema up to date. A file that is damaged is set aside
 * with its name told, and a new one begun: what was kept in it (cases, switches of rules, suppressions) is then gone from
 * the page, and detection goes on.
 *
 * @throws BulwarkError DESK_FAILED where the file cannot be used and is not damaged: no right, no space, a newer schema.
 */
export const openDatabase = (dir: string): OpenedDatabase => {
  const path = join(dir, deskFile)
  try {
    return { database: open(path), path, notes: [] }
  } catch (error) {
    if (!isDamage(error)) throw deskFailed(error, path)
  }
  const aside = setAside(path)
  const notes = [
    `The database of cases, rules and suppressions was damaged and is set aside as ${aside}; a new one is begun without what was in it.`,
  ]
  try {
    return { database: open(path), path, notes }
  } catch (error) {
    throw deskFailed(error, path)
  }
}

const open = (path: string): DatabaseSync => {
  const database = new DatabaseSync(path, { timeout: 2000 })
  try {
    // The first statement reads the file: before it nothing tells whether it is a database at all.
    database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA temp_store = MEMORY')
    const [check] = database.prepare('PRAGMA quick_check(1)').all()
    if (check?.quick_check !== 'ok') throw new Damaged(String(check?.quick_check))
    for (const file of [path, `${path}-wal`, `${path}-shm`]) if (existsSync(file)) chmodSync(file, 0o600)
    migrate(database, path)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Applies what is missing of schema/, each file whole or not at all. */
const migrate = (database: DatabaseSync, path: string): void => {
  const folder = new URL('./schema/', import.meta.url)
  const files = readdirSync(folder)
    .filter((name) => /^\d{3}-.*\.sql$/.test(name))
    .sort()
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version)
  if (version > files.length) {
    throw new BulwarkError('DESK_FAILED', {
      what: `the database has schema ${version}, which this Bulwark does not know`,
      where: path,
      mend: 'Use the newer Bulwark that wrote it, or another data directory',
    })
  }
  for (const [index, name] of files.entries()) {
    if (index < version) continue
    const sql = readFileSync(new URL(name, folder), 'utf8')
    database.exec(`BEGIN IMMEDIATE;\n${sql}\nPRAGMA user_version = ${index + 1};\nCOMMIT`)
  }
}

class Damaged extends Error {}

/** SQLITE_CORRUPT and SQLITE_NOTADB, https://sqlite.org/rescode.html */
const damageCodes: readonly unknown[] = [11, 26]

const primaryCode = (error: unknown): number | undefined =>
  error instanceof Error && 'errcode' in error && typeof error.errcode === 'number' ? error.errcode & 0xff : undefined

const isDamage = (error: unknown): boolean => error instanceof Damaged || damageCodes.includes(primaryCode(error))

/** Renames the file with what belongs to it, to the first free name. */
const setAside = (path: string): string => {
  let number = 1
  while (existsSync(`${path}.damaged-${number}`)) number += 1
  const aside = `${path}.damaged-${number}`
  for (const suffix of ['-wal', '-shm']) if (existsSync(path + suffix)) renameSync(path + suffix, aside + suffix)
  renameSync(path, aside)
  return aside
}

/** By primary result code of SQLite. */
const mends: Readonly<Record<number, string>> = {
  5: 'Another program has the file open for writing: close it',
  8: 'Make the data directory writable for the user that Bulwark runs as',
  10: 'Look at the disk; what is detected meanwhile is kept in memory and written when it works again',
  11: 'Restart Bulwark: it sets the damaged file aside and begins a new one',
  13: 'Make room on the disk of the data directory; what is detected meanwhile is kept in memory',
  14: 'Make the data directory writable for the user that Bulwark runs as',
  26: 'Restart Bulwark: it sets the damaged file aside and begins a new one',
}

/** An error of the database with what, where, and how to mend it. */
export const deskFailed = (error: unknown, path: string): BulwarkError => {
  if (error instanceof BulwarkError) return error
  const message = error instanceof Error ? error.message : String(error)
  return new BulwarkError('DESK_FAILED', {
    what: `the database of cases, rules and suppressions cannot be used: ${message}`,
    where: path,
    mend: mends[primaryCode(error) ?? 0] ?? 'Look at the file and its disk, then restart Bulwark',
    cause: error,
  })
}
