/**
 * The desk: what people and detection keep that changes in place. Cases and their steps, how far detection is, switches
 * of rules, rules that people saved, suppressions, what self-tests found. One SQLite file in the data directory, of a few
 * megabytes.
 */
import { type BacktestTable, backtestTable } from './backtest-table.ts'
import { type CaseTable, caseTable } from './case-table.ts'
import { deskFailed, openDatabase } from './database.ts'
import { type DeliveryTable, deliveryTable } from './delivery-table.ts'
import { type KeptTable, keptTable } from './kept-table.ts'
import { type ProgressTable, progressTable } from './progress.ts'
import { type RuleTable, ruleTable } from './rule-table.ts'
import { type SelftestTable, selftestTable } from './selftest-table.ts'
import { type SuppressionTable, suppressionTable } from './suppression-table.ts'

export type { BacktestTable, KeptBacktest } from './backtest-table.ts'
export type {
  CaseDifference,
  CaseQuestion,
  CaseTable,
  KeptCase,
  KeptChange,
  KeptRows,
  KeptSignal,
  KeptStep,
} from './case-table.ts'
export { deskFile } from './database.ts'
export type { DeliveryTable } from './delivery-table.ts'
export type { KeptTable } from './kept-table.ts'
export { type Packed, pack, packNow } from './pack.ts'
export type { Progress, ProgressTable } from './progress.ts'
export type { RuleHour, RuleTable, RuleTotals, SavedRules } from './rule-table.ts'
export type { KeptSelftest, SelftestTable } from './selftest-table.ts'
export type { KeptSuppression, SuppressionTable, SuppressionUses } from './suppression-table.ts'

/** The tables. Every call is synchronous and throws BulwarkError DESK_FAILED where the file cannot be read or written. */
export interface Desk extends Disposable {
  readonly path: string
  /** What had to be done to open it, for a person; empty where nothing was. */
  readonly notes: readonly string[]
  readonly progress: ProgressTable
  readonly cases: CaseTable
  readonly rules: RuleTable
  readonly suppressions: SuppressionTable
  readonly kept: KeptTable
  readonly deliveries: DeliveryTable
  readonly backtests: BacktestTable
  readonly selftests: SelftestTable
  /**
   * All of the work or nothing. A crash of the process loses nothing of it, the loss of power the last moments: detection
   * makes them again from the spool.
   */
  transaction<T>(work: () => T): T
  /** A transaction that is on the disk when it returns: for what only a person could do again. */
  durably<T>(work: () => T): T
}

/** Opens the desk of a data directory; one process has it open (the recorder holds the lock of the directory). */
export const openDesk = (dir: string): Desk => {
  const { database, path, notes } = openDatabase(dir)
  const safely = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw isOfDatabase(error) ? deskFailed(error, path) : error
    }
  }
  const guarded = <T extends object>(table: T): T =>
    new Proxy(table, {
      get: (target, key, receiver) => {
        const member: unknown = Reflect.get(target, key, receiver)
        return typeof member === 'function'
          ? (...values: readonly unknown[]) => safely(() => Reflect.apply(member, target, values))
          : member
      },
    })
  const transaction = <T>(work: () => T): T =>
    safely(() => {
      database.exec('BEGIN IMMEDIATE')
      try {
        const result = work()
        database.exec('COMMIT')
        return result
      } catch (error) {
        if (database.isTransaction) database.exec('ROLLBACK')
        throw error
      }
    })
  return {
    path,
    notes,
    progress: guarded(progressTable(database)),
    cases: guarded(caseTable(database)),
    rules: guarded(ruleTable(database)),
    suppressions: guarded(suppressionTable(database)),
    kept: guarded(keptTable(database)),
    deliveries: guarded(deliveryTable(database)),
    backtests: guarded(backtestTable(database)),
    selftests: guarded(selftestTable(database)),
    transaction,
    durably: (work) => {
      safely(() => database.exec('PRAGMA synchronous = FULL'))
      try {
        return transaction(work)
      } finally {
        safely(() => database.exec('PRAGMA synchronous = NORMAL'))
      }
    },
    [Symbol.dispose]: () => database.close(),
  }
}

/** Errors of node:sqlite. What a caller throws inside of a transaction goes through as it is. */
const isOfDatabase = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ERR_SQLITE_ERROR'
