import type { DatabaseSync } from 'node:sqlite'
import { isSelftestKind, type SelftestFound } from '../../model/selftest.ts'
import type { Micros } from '../../model/time.ts'

/** What a self-test found of a rule. */
export type KeptSelftest = SelftestFound & {
  /** Id of the rule. */
  readonly rule: string
  readonly why: string
  /** Id of the act that was done for it; empty where none was. */
  readonly act: string
  /** Of the text of the rule that was tried. */
  readonly version: string
  readonly by: string
  readonly at: Micros
}

export interface SelftestTable {
  /** In place of what was found of these rules before. Of rules that are tried no more, the oldest beyond ten thousand are forgotten. */
  save(results: readonly KeptSelftest[]): void
  /** The last of each rule, in the order of their ids. */
  all(): readonly KeptSelftest[]
}

const mostKept = 10_000

export const selftestTable = (database: DatabaseSync): SelftestTable => {
  const put = database.prepare(
    'INSERT OR REPLACE INTO selftest_results (rule, kind, seconds, why, act, version, by, at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
  )
  const forget = database.prepare(
    'DELETE FROM selftest_results WHERE rule NOT IN (SELECT rule FROM selftest_results ORDER BY at DESC, rule LIMIT ?)',
  )
  const all = database.prepare('SELECT * FROM selftest_results ORDER BY rule')
  return {
    save: (results) => {
      for (const one of results) {
        const { rule, kind, why, act, version, by, at } = one
        put.run(rule, kind, one.kind === 'fired' ? one.seconds : null, why, act, version, by, at)
      }
      forget.run(mostKept)
    },
    all: () =>
      all.all().flatMap((row): readonly KeptSelftest[] => {
        const kind = String(row.kind)
        // What another version of Bulwark wrote and this one has no word for was not found by it.
        if (!isSelftestKind(kind)) return []
        return [
          {
            ...(kind === 'fired' ? { kind, seconds: Number(row.seconds) } : { kind }),
            rule: String(row.rule),
            why: String(row.why),
            act: String(row.act),
            version: String(row.version),
            by: String(row.by),
            at: Number(row.at),
          },
        ]
      }),
  }
}
