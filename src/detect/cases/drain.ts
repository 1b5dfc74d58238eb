import type { Case } from '../../model/case.ts'
import type { Cell } from './cell.ts'
import { cellMemory } from './cell.ts'
import type { CaseContext } from './context.ts'
import { learn, prune } from './facts.ts'
import { rankOf } from './rank.ts'
import type { CaseChanges, ChangeRow } from './rows.ts'
import { type BookState, note } from './state.ts'
import { caseStepOf } from './step.ts'
import { stepMemory } from './step-memory.ts'
import { caseOf } from './view.ts'

/** Everything that differs since the last call, with the cases seen anew: title, severity and counts are made here. */
export const drain = (state: BookState, context: CaseContext): CaseChanges => {
  writeRows(state, state.dirty, context)
  const { signals, gone } = state.signals.drain()
  const drained: CaseChanges = {
    cases: [...state.cases],
    goneCases: [...state.goneCases],
    steps: [...state.rows],
    goneSteps: [...state.goneSteps],
    signals,
    goneSignals: gone,
    changes: lastOfEach(state.changes),
    news: [...state.news],
  }
  state.opened.clear()
  const { cases, rows, changes, goneCases, goneSteps, news } = state
  for (const list of [cases, rows, changes, goneCases, goneSteps, news]) list.length = 0
  return drained
}

/** Makes the rows of some cases and of those that they are shown in, and takes them as told. */
export const writeRows = (state: BookState, ids: Iterable<string>, context: CaseContext): void => {
  const touched = withParents(state, ids)
  for (const cell of touched) {
    const { stored, gone } = cell.steps.drain()
    for (const step of stored) learn(cell.facts, cell.cluster, step, context)
    prune(cell.facts, cell.steps.values())
    const caseId = state.cells.root(cell).id
    for (const step of stored)
      state.rows.push({ caseId, home: cell.id, step: caseStepOf(step), memory: stepMemory(step) })
    for (const id of gone) state.goneSteps.push({ home: cell.id, id })
  }
  for (const cell of touched) {
    const shown = show(state, cell)
    state.cases.push({ case: shown, root: state.cells.root(cell).id, memory: cellMemory(cell) })
  }
  for (const { id } of touched) state.dirty.delete(id)
}

/** What changed, and the cases that it is shown in: children first, as a parent is made of them. */
const withParents = (state: BookState, ids: Iterable<string>): readonly Cell[] => {
  const found = new Set<Cell>()
  for (const id of ids) {
    for (let cell = state.cells.get(id); cell !== undefined; cell = state.cells.get(cell.parent)) {
      // Deleting first moves a parent behind the children that come later.
      found.delete(cell)
      found.add(cell)
    }
  }
  return [...found]
}

/** Makes the case anew, and tells where it became graver. */
const show = (state: BookState, cell: Cell): Case => {
  const family = state.cells.family(cell)
  const shown = caseOf(cell, family)
  cell.shown = shown
  const isNew = state.opened.has(cell.id)
  const graver = rankOf(shown.severity) > rankOf(cell.told)
  if (cell.parent !== '' || !(isNew || graver)) return shown
  cell.told = shown.severity
  state.news.push({ caseId: cell.id, kind: isNew ? 'opened' : 'escalated' })
  if (cell.triage.state !== 'snoozed') return shown
  // A snooze is for what was known when it began.
  cell.triage = { ...cell.triage, state: 'open', snoozedUntil: 0 }
  note(state, cell, { at: cell.changedAt, by: '', text: `opened again: it became ${shown.severity}` })
  state.news.push({ caseId: cell.id, kind: 'reopened' })
  cell.shown = caseOf(cell, family)
  return cell.shown
}

/** A change that was made and spent in one call stands once in the rows. */
const lastOfEach = (changes: readonly ChangeRow[]): readonly ChangeRow[] => [
  ...new Map(changes.map((change) => [change.id, change])).values(),
]
