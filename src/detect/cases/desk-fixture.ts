/** A desk for tests: keeps rows by their keys, as the database does, and hands them back as JSON texts. */
import type { CaseChanges, CaseRow, CaseRows, ChangeRow, SignalRow, StepRow } from './rows.ts'

export interface SampleDesk {
  store(changes: CaseChanges): void
  /** All rows, after a way through JSON, in another order than they came. */
  rows(): CaseRows
}

export const createSampleDesk = (): SampleDesk => {
  const cases = new Map<string, CaseRow>()
  const steps = new Map<string, StepRow>()
  const signals = new Map<string, SignalRow>()
  const changes = new Map<string, ChangeRow>()
  const stepKey = (home: string, id: string): string => `${home} ${id}`
  return {
    store: (changed) => {
      for (const row of changed.cases) cases.set(row.case.id, row)
      for (const id of changed.goneCases) cases.delete(id)
      for (const { home, id } of changed.goneSteps) steps.delete(stepKey(home, id))
      for (const row of changed.steps) steps.set(stepKey(row.home, row.step.id), row)
      for (const row of changed.signals) signals.set(row.actor, row)
      for (const actor of changed.goneSignals) signals.delete(actor)
      for (const row of changed.changes) changes.set(row.id, row)
    },
    rows: () => {
      const reversed = <T>(rows: Map<string, T>): readonly T[] => [...rows.values()].reverse()
      const all = [cases, steps, signals, changes] as const
      const [a, b, c, d] = [reversed(all[0]), reversed(all[1]), reversed(all[2]), reversed(all[3])]
      const copy: CaseRows = JSON.parse(JSON.stringify({ cases: a, steps: b, signals: c, changes: d }))
      return copy
    },
  }
}
