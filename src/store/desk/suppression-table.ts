import type { DatabaseSync } from 'node:sqlite'
import type { SuppressionSpec } from '../../model/suppression.ts'
import type { Micros } from '../../model/time.ts'

/** A suppression that was made on the page. */
export interface KeptSuppression extends SuppressionSpec {
  readonly id: string
  readonly created: Micros
}

export interface SuppressionUses {
  readonly uses: number
  readonly lastUsed: Micros
}

export interface SuppressionTable {
  kept(): readonly KeptSuppression[]
  save(suppression: KeptSuppression): void
  remove(id: string): boolean
  /** Adds to what is counted, of suppressions of any origin. */
  count(uses: ReadonlyMap<string, SuppressionUses>): void
  uses(): ReadonlyMap<string, SuppressionUses>
}

export const suppressionTable = (database: DatabaseSync): SuppressionTable => {
  const all = database.prepare('SELECT body FROM suppressions ORDER BY id')
  const put = database.prepare('INSERT OR REPLACE INTO suppressions (id, body) VALUES (?, ?)')
  const drop = database.prepare('DELETE FROM suppressions WHERE id = ?')
  const add = database.prepare(
    `INSERT INTO suppression_uses (id, uses, last_used) VALUES (?, ?, ?)
     ON CONFLICT (id) DO UPDATE SET uses = uses + excluded.uses, last_used = max(last_used, excluded.last_used)`,
  )
  const used = database.prepare('SELECT id, uses, last_used FROM suppression_uses')
  return {
    kept: () =>
      all.all().map(({ body }): KeptSuppression => {
        // Only this file writes the column.
        return JSON.parse(String(body))
      }),
    save: (suppression) => {
      put.run(suppression.id, JSON.stringify(suppression))
    },
    remove: (id) => drop.run(id).changes === 1,
    count: (uses) => {
      for (const [id, { uses: number, lastUsed }] of uses) add.run(id, number, lastUsed)
    },
    uses: () =>
      new Map(used.all().map((row) => [String(row.id), { uses: Number(row.uses), lastUsed: Number(row.last_used) }])),
  }
}
