import type { DatabaseSync } from 'node:sqlite'
import type { Micros } from '../../model/time.ts'

/** A back-test that is over. The body is of those who ran it, and opaque here. */
export interface KeptBacktest {
  readonly id: string
  readonly at: Micros
  readonly body: object
}

export interface BacktestTable {
  /** Keeps it, and forgets the oldest beyond two hundred. */
  save(backtest: KeptBacktest): void
  find(id: string): object | undefined
  /** The newest first. */
  all(): readonly KeptBacktest[]
}

const mostKept = 200

export const backtestTable = (database: DatabaseSync): BacktestTable => {
  const put = database.prepare('INSERT OR REPLACE INTO backtests (id, at, body) VALUES (?, ?, ?)')
  const forget = database.prepare(
    'DELETE FROM backtests WHERE id NOT IN (SELECT id FROM backtests ORDER BY at DESC, id LIMIT ?)',
  )
  const find = database.prepare('SELECT body FROM backtests WHERE id = ?')
  const all = database.prepare('SELECT id, at, body FROM backtests ORDER BY at DESC, id')
  const read = (body: unknown): object => JSON.parse(String(body))
  return {
    save: ({ id, at, body }) => {
      put.run(id, at, JSON.stringify(body))
      forget.run(mostKept)
    },
    find: (id) => {
      const row = find.get(id)
      return row && read(row.body)
    },
    all: () => all.all().map((row) => ({ id: String(row.id), at: Number(row.at), body: read(row.body) })),
  }
}
