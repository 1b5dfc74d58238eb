import type { DatabaseSync } from 'node:sqlite'
import type { JsonValue } from '../../model/json.ts'

/** Small things that are read and written as a whole. */
export interface KeptTable {
  read(name: string): JsonValue | undefined
  write(name: string, body: JsonValue): void
}

export const keptTable = (database: DatabaseSync): KeptTable => {
  const select = database.prepare('SELECT body FROM kept WHERE name = ?')
  const put = database.prepare('INSERT OR REPLACE INTO kept (name, body) VALUES (?, ?)')
  return {
    read: (name) => {
      const row = select.get(name)
      return row === undefined ? undefined : JSON.parse(String(row.body))
    },
    write: (name, body) => {
      put.run(name, JSON.stringify(body))
    },
  }
}
