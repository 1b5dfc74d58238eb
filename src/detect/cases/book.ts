import type { Detection } from '../../model/detection.ts'
import type { Micros } from '../../model/time.ts'
import { type Actor, actorOf } from './actor.ts'
import { adviceOf } from './advice.ts'
import { boundedDetection } from './bounded.ts'
import { type Cell, readCell } from './cell.ts'
import { type CaseContext, noContext } from './context.ts'
import { numberAt } from './decode.ts'
import { drain } from './drain.ts'
import { findPlace } from './find.ts'
import { join, joinWithSignals, open, openWithSignals } from './join.ts'
import { defaultLimits } from './limits.ts'
import { type Done, endSnoozes, mergeCases, splitOut, triageCase, undoChange } from './people.ts'
import { alarmRank, effectiveRank } from './rank.ts'
import type { CaseRow, CaseRows } from './rows.ts'
import { type BookState, newState } from './state.ts'
import { caseStepOf, detectionKeys } from './step.ts'
import { readStep } from './step-memory.ts'
import type { CaseBook, CaseBookOptions, CaseChanged } from './types.ts'
import { caseOf, inTime } from './view.ts'

/** How many steps a story tells at most. */
const longestStory = 1000

export const createCaseBook = ({ limits, guideOf = () => undefined }: CaseBookOptions = {}): CaseBook => {
  const state = newState({ ...defaultLimits, ...limits })
  const { cells, signals } = state

  const changed = ({ undo, cases }: Done, context: CaseContext): CaseChanged => {
    const changes = drain(state, context)
    return { changes, cases: [...new Set(cases)].flatMap((id) => cells.get(id)?.shown ?? []), undo }
  }

  return {
    apply: (detections, context) => {
      for (const detection of detections) place(state, boundedDetection(detection), context)
      return drain(state, context)
    },
    // What a person decides changes no title and no severity, so nothing is asked of the cluster.
    triage: (id, triage, at) => changed(triageCase(state, id, triage, at), noContext),
    merge: (into, others, by, at, context) => changed(mergeCases(state, into, others, by, at), context),
    split: (id, steps, by, at, context) => changed(splitOut(state, id, steps, by, at), context),
    undo: (change, by, at, context) => changed(undoChange(state, change, by, at), context),
    tick: (now) => {
      endSnoozes(state, now)
      signals.forget(state.latest)
      const changes = drain(state, noContext)
      forgetOld(state)
      return changes
    },
    load: (rows) => load(state, rows),
    has: (id) => cells.get(id) !== undefined,
    detail: (id) => {
      const cell = cells.get(id)
      if (cell === undefined) return undefined
      const family = cells.family(cell)
      const steps = family.flatMap((one) => [...one.steps.values()]).sort(inTime)
      return {
        case: cell.shown ?? caseOf(cell, family),
        steps: steps.slice(0, longestStory).map(caseStepOf),
        advice: adviceOf(steps, guideOf),
        history: [...cell.history],
      }
    },
    cases: function* () {
      for (const cell of cells.values()) yield cell.shown ?? caseOf(cell, cells.family(cell))
    },
    status: () => ({
      cases: cells.size,
      steps: [...cells.values()].reduce((sum, { steps }) => sum + steps.size, 0),
      signals: signals.size,
      evictedCases: state.evictedCases,
      evictedSignals: signals.evicted,
      generalisedSteps: state.steps.generalised,
      overflowed: state.overflowed,
    }),
  }
}

const place = (state: BookState, detection: Detection, context: CaseContext): void => {
  state.latest = Math.max(state.latest, detection.time)
  const actor = actorOf(detection)
  const keys = detectionKeys(detection)
  const alarm = effectiveRank(detection) >= alarmRank
  const found = findPlace(detection, actor, keys, alarm, state, context)
  if (found.kind === 'joins') join(state, found.cell, found.as, detection, keys, actor, context)
  else if (found.kind === 'counted') join(state, found.cell, 'counted', detection, keys, actor, context)
  else if (alarm) open(state, detection, keys, actor, found.follows, context)
  else {
    state.signals.add(detection, actor)
    if (state.signals.isCluster(actor, detection.time)) placeCluster(state, detection, actor, keys, context)
  }
}

/** Several signals are together an alarm: they find a case as one does, or open one. */
const placeCluster = (
  state: BookState,
  detection: Detection,
  actor: Actor,
  keys: readonly string[],
  context: CaseContext,
): void => {
  const found = findPlace(detection, actor, keys, true, state, context)
  if (found.kind === 'joins') joinWithSignals(state, found.cell, detection, actor, context)
  else if (found.kind === 'none') openWithSignals(state, detection, actor, found.follows, context)
}

/** Closed cases leave the memory when they are long over; open ones stay while there is room. */
const forgetOld = (state: BookState): void => {
  const { cells, limits } = state
  const isOld = (cell: Cell): boolean =>
    cell.parent === '' &&
    cell.triage.state === 'closed' &&
    Math.max(cells.lastAlarm(cell), cell.triage.closedAt) + limits.recent < state.latest
  for (const root of [...cells.values()].filter(isOld)) for (const cell of cells.family(root)) cells.remove(cell)
}

/** What is in memory is newer than any row, and stays. */
const load = (state: BookState, rows: CaseRows): void => {
  const { cells, limits } = state
  const steps = Map.groupBy(rows.steps, ({ home }) => home)
  const changes = Map.groupBy(rows.changes, ({ caseId }) => caseId)
  for (const row of parentsFirst(rows.cases.filter(({ case: { id } }) => cells.get(id) === undefined))) {
    const cell = readCell(row.case.id, row.case, row.memory, limits, state.steps)
    for (const { memory } of steps.get(cell.id) ?? []) cell.steps.put(readStep(memory))
    cell.steps.drain()
    const history = (changes.get(cell.id) ?? []).toSorted((a, b) => numberAt(b.memory, 'n') - numberAt(a.memory, 'n'))
    cell.history.push(...history.slice(0, limits.changesPerCase))
    cells.add(cell)
    for (const step of cell.steps.values()) state.latest = Math.max(state.latest, step.last)
  }
  for (const row of rows.signals) {
    state.signals.restore(row)
    state.latest = Math.max(state.latest, lastOf(row.memory))
  }
}

const lastOf = (memory: CaseRow['memory']): Micros => numberAt(memory, 'last')

/** A case comes behind the one that it is merged into. */
const parentsFirst = (rows: readonly CaseRow[]): readonly CaseRow[] => {
  const byId = new Map(rows.map((row) => [row.case.id, row]))
  const ordered = new Set<CaseRow>()
  const visit = (row: CaseRow, depth: number): void => {
    const parent = byId.get(row.case.mergedInto ?? '')
    if (parent !== undefined && depth < rows.length) visit(parent, depth + 1)
    ordered.add(row)
  }
  for (const row of rows) visit(row, 0)
  return [...ordered]
}
