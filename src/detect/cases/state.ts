import type { JsonObject } from '../../model/json.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { Cell } from './cell.ts'
import { Cells } from './cells.ts'
import { changeIdOf } from './ids.ts'
import type { CaseNews, CaseRow, ChangeRow, StepRow } from './rows.ts'
import { Signals } from './signals.ts'
import type { StepCounts } from './step-list.ts'
import type { CaseLimits } from './types.ts'

/** All that a book holds, and what differs since it last told. */
export interface BookState {
  readonly limits: CaseLimits
  readonly cells: Cells
  readonly signals: Signals
  readonly steps: StepCounts
  /** The newest moment of the record. */
  latest: Micros
  evictedCases: number
  overflowed: number
  readonly dirty: Set<string>
  readonly opened: Set<string>
  /** Rows that are made already, of cases that left the memory. */
  readonly cases: CaseRow[]
  readonly rows: StepRow[]
  readonly changes: ChangeRow[]
  readonly goneCases: string[]
  readonly goneSteps: { readonly home: string; readonly id: string }[]
  readonly news: CaseNews[]
}

export const newState = (limits: CaseLimits): BookState => {
  const steps: StepCounts = { generalised: 0 }
  return {
    limits,
    cells: new Cells(limits),
    signals: new Signals(limits, steps),
    steps,
    latest: 0,
    evictedCases: 0,
    overflowed: 0,
    dirty: new Set(),
    opened: new Set(),
    cases: [],
    rows: [],
    changes: [],
    goneCases: [],
    goneSteps: [],
    news: [],
  }
}

/** Writes into the history of a case. Answers the id of the change. */
export const note = (
  state: BookState,
  cell: Cell,
  {
    at,
    by,
    text,
    undo,
  }: { readonly at: Micros; readonly by: string; readonly text: string; readonly undo?: JsonObject },
): string => {
  const n = cell.changes
  cell.changes += 1
  const row: ChangeRow = {
    id: changeIdOf(cell.id, n),
    caseId: cell.id,
    time: formatMicros(at),
    by: by.slice(0, 256).toWellFormed(),
    text,
    undoable: undo !== undefined,
    memory: { n, undo: undo ?? null },
  }
  cell.history.unshift(row)
  if (cell.history.length > state.limits.changesPerCase) cell.history.pop()
  state.changes.push(row)
  state.dirty.add(cell.id)
  return row.id
}

/** Notes that a change was taken back, or cannot be any more. */
export const spend = (state: BookState, cell: Cell, change: ChangeRow): void => {
  const spent = { ...change, undoable: false, memory: { ...change.memory, undo: null } }
  const place = cell.history.indexOf(change)
  if (place >= 0) cell.history[place] = spent
  state.changes.push(spent)
}
