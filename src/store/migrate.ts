import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { BulwarkError } from '../model/error.ts'
import type { Client } from './client.ts'
import { count, text } from './columns.ts'

/** One numbered file of schema/. A file is never changed once released: a further step is a further file. */
export interface Migration {
  readonly version: number
  readonly name: string
  readonly sql: string
}

/**
 * Brings the schema up to date: applies what is missing, in order, and notes each step with its checksum.
 * Throws STORE_MIGRATION where the store was written by a newer Bulwark, or by one with another history.
 */
export const migrate = async (client: Client, migrations: readonly Migration[]): Promise<void> => {
  await client.command(
    `CREATE TABLE IF NOT EXISTS schema_migrations (version UInt32, name String, checksum String, applied_at DateTime64(3, 'UTC') DEFAULT now64(3))
     ENGINE = MergeTree ORDER BY version SETTINGS fsync_after_insert = 1, fsync_part_directory = 1`,
  )
  const { rows } = await client.select('SELECT version, name, checksum FROM schema_migrations ORDER BY version')
  const applied = new Map(rows.map((row) => [count(row.version), row]))
  const newest = migrations.at(-1)?.version ?? 0
  for (const [version, row] of applied) {
    const known = migrations.find((migration) => migration.version === version)
    if (known !== undefined && checksumOf(known.sql) === text(row.checksum)) continue
    throw new BulwarkError('STORE_MIGRATION', {
      what: `the store has schema ${version} (${text(row.name)}), which this Bulwark does not know`,
      mend:
        version > newest ? 'Use the newer Bulwark that wrote it' : 'Use the Bulwark that wrote it, or another store',
    })
  }
  for (const { version, name, sql } of migrations) {
    if (applied.has(version)) continue
    // Each statement can be run again (IF NOT EXISTS), so a crash in the middle leaves nothing to mend.
    for (const statement of statementsOf(sql)) await client.command(statement)
    await client.command(
      `INSERT INTO schema_migrations (version, name, checksum)
       SELECT {version:UInt32}, {name:String}, {checksum:String}`,
      { version, name, checksum: checksumOf(sql) },
    )
  }
}

/** The migrations that ship with this Bulwark, in order. */
export const readMigrations = async (): Promise<readonly Migration[]> => {
  const folder = new URL('./schema/', import.meta.url)
  const names = (await readdir(folder)).filter((name) => /^\d{3}-.*\.sql$/.test(name)).sort()
  return Promise.all(
    names.map(async (name) => ({
      version: Number(name.slice(0, 3)),
      name: name.slice(4, -'.sql'.length),
      sql: await readFile(new URL(name, folder), 'utf8'),
    })),
  )
}

const checksumOf = (sql: string): string => createHash('sha256').update(sql).digest('hex')

const statementsOf = (sql: string): readonly string[] =>
  sql
    .replace(/^\s*--.*$/gm, '')
    .split(/;\s*$/m)
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '')
