import type { Detection } from '../../model/detection.ts'
import { type Actor, isInfrastructure, isLocalAddress, isSensed, madeBy, principalKey } from './actor.ts'
import { type Cell, newCell } from './cell.ts'
import { type ClaimKind, cameByItself, cameByLink } from './claims.ts'
import type { CaseContext } from './context.ts'
import { writeRows } from './drain.ts'
import { isSharedAddress, type Place, touchedObjects } from './find.ts'
import { caseIdOf } from './ids.ts'
import { alarmRank, effectiveRank, rankOf } from './rank.ts'
import { addressKey } from './signals.ts'
import { type BookState, note } from './state.ts'
import type { Step } from './step.ts'

/** Opens a case with a detection, or puts it into the case of many actors of its rule. */
export const open = (
  state: BookState,
  detection: Detection,
  keys: readonly string[],
  actor: Actor,
  follows: Cell | undefined,
  context: CaseContext,
): void => {
  const { cluster, rule, time } = detection
  const { cells } = state
  if (!cells.isStorm(cluster, rule, time)) {
    const cell = make(state, detection, detection.id, false, alarmRank, follows, context)
    join(state, cell, 'itself', detection, keys, actor, context)
    return
  }
  state.overflowed += 1
  const crowd =
    cells.ofRule(cluster, rule).find((cell) => cell.crowd && cells.takes(cell, time)) ??
    make(state, detection, detection.id, true, alarmRank, undefined, context)
  join(state, crowd, 'guest', detection, keys, actor, context)
}

/** Opens a case with the signals of an actor, of which the detection is the last. */
export const openWithSignals = (
  state: BookState,
  detection: Detection,
  actor: Actor,
  follows: Cell | undefined,
  context: CaseContext,
): void => {
  const steps = state.signals.takeActor(actor.key, detection.time)
  const [first] = steps
  if (first === undefined) return
  const cell = make(state, detection, first.id, false, rankOf('low'), follows, context)
  cell.changedAt = Math.max(cell.changedAt, detection.receivedAt)
  put(cell, steps)
  claimFor(state, cell, 'itself', detection, actor, context)
}

/** Puts the signals of an actor, of which the detection is the last, into the case of others. */
export const joinWithSignals = (
  state: BookState,
  cell: Cell,
  detection: Detection,
  actor: Actor,
  context: CaseContext,
): void => {
  cell.lastAlarm = Math.max(cell.lastAlarm, detection.time)
  cell.changedAt = Math.max(cell.changedAt, detection.receivedAt)
  state.dirty.add(cell.id)
  claimFor(state, cell, 'actor', detection, actor, context)
}

const make = (
  state: BookState,
  detection: Detection,
  firstId: string,
  crowd: boolean,
  floor: number,
  follows: Cell | undefined,
  context: CaseContext,
): Cell => {
  const { cells, limits } = state
  if (cells.size >= limits.cases) makeRoom(state, context)
  const { cluster, rule, time } = detection
  let id = caseIdOf(cluster, firstId)
  while (cells.get(id) !== undefined) id = caseIdOf(cluster, id)
  const fixed = { id, cluster, rule, crowd, splitFrom: '', follows: follows?.id ?? '', floor }
  const cell = newCell(fixed, time, limits, state.steps)
  cells.add(cell)
  state.dirty.add(id)
  state.opened.add(id)
  if (follows !== undefined)
    note(state, cell, { at: detection.receivedAt, by: '', text: `follows case ${follows.id}, ${followed(follows)}` })
  return cell
}

const followed = ({ triage }: Cell): string =>
  triage.state === 'closed' ? `which was closed as ${triage.closingReason ?? 'done'}` : 'which had been quiet'

const makeRoom = (state: BookState, context: CaseContext): void => {
  const gone = state.cells.surplus(state.latest)
  const changed = gone.filter(({ id }) => state.dirty.has(id))
  writeRows(
    state,
    changed.map(({ id }) => id),
    context,
  )
  for (const cell of gone) {
    state.cells.remove(cell)
    if (cell.triage.state !== 'closed') state.evictedCases += 1
  }
}

/** Counts a detection in a case, and claims for the case what it tells of later ones. */
export const join = (
  state: BookState,
  cell: Cell,
  as: Extract<Place, { kind: 'joins' }>['as'] | 'counted',
  detection: Detection,
  keys: readonly string[],
  actor: Actor,
  context: CaseContext,
): void => {
  const { time } = detection
  cell.steps.add(detection, keys)
  cell.first = Math.min(cell.first, time)
  cell.changedAt = Math.max(cell.changedAt, detection.receivedAt)
  if (as !== 'counted' && effectiveRank(detection) >= cell.floor) cell.lastAlarm = Math.max(cell.lastAlarm, time)
  state.dirty.add(cell.id)
  if (as === 'itself' || as === 'actor') claimFor(state, cell, as, detection, actor, context)
}

/** Signals that waited for what is new in the case come to it as earlier steps. */
const claimFor = (
  state: BookState,
  cell: Cell,
  as: 'itself' | 'actor',
  detection: Detection,
  actor: Actor,
  context: CaseContext,
): void => {
  const { cells, signals } = state
  const { cluster, sourceIp, principal, time } = detection
  const take = (kind: ClaimKind, key: string, value: number): boolean => cells.claim(cell, kind, key, value)
  if (take('actor', actor.key, as === 'itself' ? cameByItself : cameByLink))
    put(cell, signals.takeActor(actor.key, time))
  if (actor.kind === 'infrastructure') return
  if (!isLocalAddress(sourceIp)) {
    const address = addressKey(cluster, sourceIp)
    if (take('address', address, 0) && !isSharedAddress(cluster, sourceIp, cells, signals, context))
      put(cell, signals.takeAddress(address, time))
  }
  const made = isSensed(detection) ? (touchedObjects(detection)[0] ?? '') : madeBy(detection)
  if (made !== '' && take('object', made, 0)) put(cell, signals.takeObject(made, time))
  for (const user of usable(detection, made, context)) {
    if (user !== principal && !isInfrastructure(user)) take('linked', principalKey(cluster, user), 0)
  }
}

/** Whom the actor can be after this: whom it gave rights to, and the account of a pod that it got into. */
const usable = (detection: Detection, made: string, context: CaseContext): readonly string[] => {
  const { cluster, target, verb, grants } = detection
  if (made === '' || target.resource !== 'pods' || (verb === 'create' && target.subresource === '')) return grants
  // The pod may be gone since.
  const account = detection.serviceAccount || context.accountOf(cluster, target.namespace, target.name)
  return account === '' ? grants : [...grants, account]
}

const put = (cell: Cell, steps: readonly Step[]): void => {
  for (const step of steps) {
    cell.steps.put(step)
    cell.first = Math.min(cell.first, step.first)
  }
}
