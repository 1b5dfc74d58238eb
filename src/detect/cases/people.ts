/** What people do to cases, and how it is taken back. */
import { BulwarkError } from '../../model/error.ts'
import type { JsonObject } from '../../model/json.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { Cell } from './cell.ts'
import { objectAt, textsAt } from './decode.ts'
import { caseOfChange } from './ids.ts'
import type { ChangeRow } from './rows.ts'
import { splitCase, unsplit } from './split.ts'
import { type BookState, note, spend } from './state.ts'
import { readTriage, triaged, triageMemory, triageText, untriaged } from './triage-state.ts'
import type { Triage } from './types.ts'

/** What was done: the id of the change (empty where nothing differs, or a change was taken back), and the cases it is about. */
export interface Done {
  readonly undo: string
  readonly cases: readonly string[]
}

const mostMerged = 50

/** The case, where it may be changed. */
const changeable = (state: BookState, id: string): Cell => {
  const cell = state.cells.get(id)
  if (cell === undefined)
    throw new BulwarkError('NOT_FOUND', {
      what: `there is no case ${id}`,
      mend: 'It may be older than the record kept.',
    })
  if (cell.parent !== '') {
    const root = state.cells.root(cell).id
    conflict(`case ${id} is merged into ${root}`, `Change ${root}, or undo the merge first.`)
  }
  return cell
}

const conflict = (what: string, mend: string): never => {
  throw new BulwarkError('CASE_CONFLICT', { what, mend })
}

const touch = (state: BookState, cell: Cell, at: Micros): void => {
  cell.changedAt = Math.max(cell.changedAt, at)
  state.dirty.add(cell.id)
}

export const triageCase = (state: BookState, id: string, change: Triage, at: Micros): Done => {
  const cell = changeable(state, id)
  const before = cell.triage
  const after = triaged(before, change, at)
  const text = triageText(before, after)
  if (text === '') return { undo: '', cases: [id] }
  cell.triage = after
  touch(state, cell, at)
  const undo: JsonObject = { kind: 'triage', before: triageMemory(before), after: triageMemory(after) }
  return { undo: note(state, cell, { at, by: change.by ?? '', text, undo }), cases: [id] }
}

export const mergeCases = (state: BookState, into: string, ids: readonly string[], by: string, at: Micros): Done => {
  const others = [...new Set(ids)]
  if (others.length === 0 || others.length > mostMerged || others.includes(into))
    throw new BulwarkError('REQUEST_INVALID', {
      what: `a case is merged with 1 to ${mostMerged} others`,
      mend: 'Name cases that are not the one merged into.',
    })
  const target = changeable(state, into)
  const sources = others.map((id) => changeable(state, id))
  if (target.triage.state === 'closed') conflict(`case ${into} is closed`, 'Open it first.')
  const stranger = sources.find(({ cluster }) => cluster !== target.cluster)
  if (stranger !== undefined)
    conflict(`case ${stranger.id} is of cluster ${stranger.cluster}, ${into} is not`, 'Merge cases of one cluster.')
  for (const source of sources) {
    move(state, source, target.id)
    touch(state, source, at)
    note(state, source, { at, by, text: `merged into ${into}` })
  }
  touch(state, target, at)
  const text = `merged ${others.length === 1 ? 'a case' : `${others.length} cases`} into this: ${others.join(', ')}`
  return { undo: note(state, target, { at, by, text, undo: { kind: 'merge', others } }), cases: [into, ...others] }
}

/** Shows a case in another, or (with an empty parent) by itself. */
const move = (state: BookState, cell: Cell, parent: string): void => {
  state.cells.get(cell.parent)?.children.delete(cell.id)
  cell.parent = parent
  state.cells.get(parent)?.children.add(cell.id)
  for (const one of state.cells.family(cell)) {
    one.steps.touchAll()
    state.dirty.add(one.id)
  }
}

export const splitOut = (state: BookState, id: string, steps: readonly string[], by: string, at: Micros): Done => {
  const cell = changeable(state, id)
  const made = splitCase(state, cell, steps, at)
  touch(state, cell, at)
  const [first = ''] = made
  const root = state.cells.get(first)
  if (root !== undefined) note(state, root, { at, by, text: `split out of ${id}` })
  const text = `split ${steps.length === 1 ? 'a step' : `${steps.length} steps`} out into ${first}`
  return { undo: note(state, cell, { at, by, text, undo: { kind: 'split', made } }), cases: [id, first] }
}

export const undoChange = (state: BookState, id: string, by: string, at: Micros): Done => {
  const cell = state.cells.get(caseOfChange(id))
  const change = cell?.history.find((one) => one.id === id)
  if (cell === undefined || change === undefined)
    throw new BulwarkError('NOT_FOUND', { what: `there is no change ${id}`, mend: 'The newest changes are kept.' })
  const undo = objectAt(change.memory, 'undo')
  if (!change.undoable) conflict(`change ${id} cannot be taken back`, 'It was taken back already, or nobody made it.')
  const others = takeBack(state, cell, change, undo, at)
  spend(state, cell, change)
  touch(state, cell, at)
  note(state, cell, { at, by, text: `took back: ${change.text} (${change.time})` })
  return { undo: '', cases: [cell.id, ...others] }
}

const takeBack = (state: BookState, cell: Cell, change: ChangeRow, undo: JsonObject, at: Micros): readonly string[] => {
  if (undo.kind === 'merge') {
    // One that was merged out of here and somewhere else since stays there.
    const back = textsAt(undo, 'others').flatMap((id) => state.cells.get(id) ?? [])
    for (const other of back.filter(({ parent }) => parent === cell.id)) {
      move(state, other, '')
      touch(state, other, at)
    }
    return back.map(({ id }) => id)
  }
  if (undo.kind === 'split') return unsplit(state, textsAt(undo, 'made'))
  const before = readTriage(objectAt(undo, 'before'))
  const after = readTriage(objectAt(undo, 'after'))
  const now = untriaged(cell.triage, before, after)
  if (now === undefined) {
    const later = cell.history.find(({ undoable, id }) => undoable && id !== change.id)
    conflict('the case was changed again since', `Take the later change back first: ${later?.text ?? ''}.`)
    return []
  }
  // A snooze that would be over by now is not begun again.
  cell.triage = now.state === 'snoozed' && now.snoozedUntil <= at ? { ...now, state: 'open', snoozedUntil: 0 } : now
  return []
}

/** Ends the snoozes that are over. */
export const endSnoozes = (state: BookState, now: Micros): void => {
  for (const cell of state.cells.values()) {
    const { triage } = cell
    if (triage.state !== 'snoozed' || triage.snoozedUntil > now) continue
    cell.triage = { ...triage, state: 'open', snoozedUntil: 0 }
    touch(state, cell, triage.snoozedUntil)
    note(state, cell, {
      at: now,
      by: '',
      text: `opened again: the snooze ended at ${formatMicros(triage.snoozedUntil)}`,
    })
    if (cell.parent === '') state.news.push({ caseId: cell.id, kind: 'reopened' })
  }
}
