import { BulwarkError } from '../../model/error.ts'
import type { Micros } from '../../model/time.ts'
import { actorOf } from './actor.ts'
import { type Cell, newCell } from './cell.ts'
import { cameByItself } from './claims.ts'
import { copyFacts } from './facts.ts'
import { splitIdOf } from './ids.ts'
import { effectiveRank } from './rank.ts'
import type { BookState } from './state.ts'
import { anything, type Step } from './step.ts'

/**
 * Takes steps out of a case and of what is merged into it. Each case that loses some gets one of its own for them, and
 * these are shown as one: so taking it back gives each its own again. Answers their ids, the one that is shown first.
 */
export const splitCase = (state: BookState, root: Cell, ids: readonly string[], at: Micros): readonly string[] => {
  const wanted = new Set(ids)
  const family = state.cells.family(root)
  const all = family.flatMap(({ steps }) => [...steps.values()])
  const known = new Set(all.map(({ id }) => id))
  const missing = ids.find((id) => !known.has(id))
  if (missing !== undefined)
    throw new BulwarkError('NOT_FOUND', {
      what: `case ${root.id} has no step ${missing}`,
      mend: 'It may have become one with others of its kind: look at the case again.',
    })
  if (wanted.size === 0 || wanted.size === known.size)
    throw new BulwarkError('REQUEST_INVALID', {
      what: 'a split takes some steps out of a case, and leaves some',
      mend: 'Choose at least one step, and not all.',
    })
  const made: string[] = []
  for (const home of family) {
    const taken = home.steps.take(wanted)
    if (taken.length > 0) made.push(makeSplit(state, root, home, taken, made[0] ?? '', at).id)
  }
  return made
}

const makeSplit = (
  state: BookState,
  root: Cell,
  home: Cell,
  steps: readonly Step[],
  parent: string,
  at: Micros,
): Cell => {
  const gravest = steps.toSorted((a, b) => effectiveRank(b) - effectiveRank(a) || a.first - b.first)[0]
  const cell = newCell(
    {
      id: splitIdOf(root.id, home.id, root.changes),
      cluster: home.cluster,
      rule: gravest?.rule ?? home.rule,
      crowd: home.crowd,
      splitFrom: home.id,
      follows: '',
      floor: home.floor,
    },
    Math.min(...steps.map(({ first }) => first)),
    state.limits,
    state.steps,
  )
  cell.parent = parent
  cell.changedAt = at
  // It goes on as long as the case that it was a part of, or nothing could follow what was split.
  cell.lastAlarm = home.lastAlarm
  for (const step of steps) {
    cell.steps.put(step)
    home.moved.set(step.keys[step.level] ?? '', cell.id)
  }
  copyFacts(home.facts, cell.facts, steps)
  state.cells.add(cell)
  for (const key of leavingActors(home, steps)) {
    const came = home.claims.actor.get(key)
    if (came === undefined) continue
    state.cells.unclaim(home, 'actor', key)
    state.cells.claim(cell, 'actor', key, cameByItself)
  }
  state.dirty.add(home.id)
  state.dirty.add(cell.id)
  if (parent === '') state.opened.add(cell.id)
  return cell
}

/** Actors of whom nothing is left in the case: what they do next goes where their steps went. */
const leavingActors = (home: Cell, steps: readonly Step[]): readonly string[] => {
  const staying = new Set([...home.steps.values()].map((step) => actorKey(home, step)))
  return [...new Set(steps.map((step) => actorKey(home, step)))].filter((key) => key !== '' && !staying.has(key))
}

const actorKey = ({ cluster }: Cell, step: Step): string =>
  step.principal === anything ? '' : actorOf({ ...step, ...step.place, evidence: step.oldest, cluster }).key

/** Puts what was split out back, with all that came since, and removes the cases made for it. */
export const unsplit = (state: BookState, made: readonly string[]): readonly string[] => {
  const cells = made.flatMap((id) => state.cells.get(id) ?? [])
  const [root] = cells
  const changed = cells.find(
    (cell) =>
      cell.moved.size > 0 || cell.history.some(({ undoable }) => undoable) || cell.children.size > cells.length - 1,
  )
  if (root === undefined || cells.length < made.length || root.parent !== '' || changed !== undefined)
    throw new BulwarkError('CASE_CONFLICT', {
      what: `case ${made[0] ?? ''} was changed since it was split out`,
      mend: 'Take those changes back first, or merge the case.',
    })
  const homes = cells.map(({ splitFrom }) => state.cells.get(splitFrom))
  if (homes.includes(undefined))
    throw new BulwarkError('CASE_CONFLICT', {
      what: `the case that ${root.id} was split out of is not there any more`,
      mend: 'Keep it as it is.',
    })
  for (const [place, cell] of cells.entries()) {
    const home = homes[place]
    if (home !== undefined) putBack(state, cell, home)
  }
  return []
}

const putBack = (state: BookState, cell: Cell, home: Cell): void => {
  const steps = [...cell.steps.values()]
  cell.steps.drain()
  for (const { id } of steps) state.goneSteps.push({ home: cell.id, id })
  cell.steps.take(new Set(steps.map(({ id }) => id)))
  for (const step of steps) home.steps.put(step)
  for (const [key, to] of home.moved) if (to === cell.id) home.moved.delete(key)
  copyFacts(cell.facts, home.facts, steps)
  home.first = Math.min(home.first, cell.first)
  home.lastAlarm = Math.max(home.lastAlarm, cell.lastAlarm)
  home.changedAt = Math.max(home.changedAt, cell.changedAt)
  for (const key of cell.claims.actor.keys()) state.cells.claim(home, 'actor', key, cameByItself)
  for (const kind of ['linked', 'address', 'object'] as const)
    for (const [key, value] of cell.claims[kind]) state.cells.claim(home, kind, key, value)
  state.cells.remove(cell)
  state.dirty.delete(cell.id)
  state.opened.delete(cell.id)
  state.dirty.add(home.id)
  state.goneCases.push(cell.id)
}
