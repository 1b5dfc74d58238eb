import type { Detection } from '../../model/detection.ts'
import { type Actor, isInfrastructure, isLocalAddress, isSensed, objectKeys, principalKey } from './actor.ts'
import type { Cell } from './cell.ts'
import type { Cells } from './cells.ts'
import { cameByItself } from './claims.ts'
import type { CaseContext } from './context.ts'
import { addressKey, type Signals } from './signals.ts'
import type { CaseLimits } from './types.ts'

/** From so many principals of their own on, an address is one that many share (a NAT, an ingress, a bastion). */
export const sharedFrom = 4

/** Where a detection belongs. */
export type Place =
  /** It joins. `actor`: and its actor is one of the case from now on; `guest`: it tells nothing of later detections. */
  | { readonly kind: 'joins'; readonly cell: Cell; readonly as: 'itself' | 'actor' | 'guest' }
  /** It is counted in a case that was closed for just this. */
  | { readonly kind: 'counted'; readonly cell: Cell }
  /** `follows` is the latest case of its actor, which takes nothing any more. */
  | { readonly kind: 'none'; readonly follows: Cell | undefined }

/** Closing for one of these says: more of the same is nothing new. */
const harmless: ReadonlySet<string> = new Set(['benign-expected', 'false-positive', 'testing-or-maintenance'])

/** Finds the case that a detection belongs to, by the rules of README.md in their order. */
export const findPlace = (
  detection: Detection,
  actor: Actor,
  keys: readonly string[],
  alarm: boolean,
  { cells, signals, limits }: { readonly cells: Cells; readonly signals: Signals; readonly limits: CaseLimits },
  context: CaseContext,
): Place => {
  const { time } = detection
  const takes = (cell: Cell): boolean => cells.takes(cell, time)
  const ofActor = cells.claimants('actor', actor.key)
  const own = ofActor.find(takes)
  if (own !== undefined) return settled({ kind: 'joins', cell: own, as: 'itself' }, keys, cells, time, limits)
  for (const cell of ofActor) {
    const same = sameThing(cell, keys, cells, time, limits)
    if (same !== undefined) return { kind: 'counted', cell: same }
  }
  const found = linked(detection, actor, alarm, cells, signals, takes, context)
  if (found !== undefined) return settled({ kind: 'joins', ...found }, keys, cells, time, limits)
  return { kind: 'none', follows: ofActor[0] && cells.root(ofActor[0]) }
}

/** A step that was split out of a case goes on where it was put. */
const settled = (
  place: Extract<Place, { kind: 'joins' }>,
  keys: readonly string[],
  cells: Cells,
  time: number,
  limits: CaseLimits,
): Place => {
  let { cell } = place
  // A case may be split again and again; no chain is longer than there are cases.
  for (let hops = 0; hops < limits.cases; hops++) {
    const to = cell.moved.size === 0 ? undefined : keys.map((key) => cell.moved.get(key)).find((id) => id !== undefined)
    const next = to === undefined ? undefined : cells.get(to)
    if (next === undefined) break
    if (!cells.takes(next, time)) {
      const same = sameThing(next, keys, cells, time, limits)
      if (same !== undefined) return { kind: 'counted', cell: same }
      break
    }
    cell = next
  }
  // Its actor is still of the case that the step was split out of.
  return cell === place.cell ? place : { kind: 'joins', cell, as: 'guest' }
}

/** The cell with the very step, where its case was closed as harmless not long before. */
const sameThing = (
  cell: Cell,
  keys: readonly string[],
  cells: Cells,
  time: number,
  limits: CaseLimits,
): Cell | undefined => {
  const root = cells.root(cell)
  const { state, closingReason = '', closedAt } = root.triage
  if (state !== 'closed' || !harmless.has(closingReason) || time > closedAt + limits.quiet) return undefined
  if (time < root.first - limits.quiet) return undefined
  return cells.family(root).find(({ steps }) => steps.find(keys) !== undefined)
}

const linked = (
  detection: Detection,
  actor: Actor,
  alarm: boolean,
  cells: Cells,
  signals: Signals,
  takes: (cell: Cell) => boolean,
  context: CaseContext,
): { readonly cell: Cell; readonly as: 'actor' | 'guest' } | undefined => {
  const { cluster, sourceIp, verb, principal } = detection
  const address = addressKey(cluster, sourceIp)
  const away = !isLocalAddress(sourceIp)
  const shared = (): boolean => isSharedAddress(cluster, sourceIp, cells, signals, context)
  if (actor.kind === 'address' && away) {
    const cell = cells.claimants('address', address).find(takes)
    if (cell !== undefined && !shared()) return { cell, as: 'actor' }
  }
  for (const key of touchedObjects(detection)) {
    const cell = cells.claimants('object', key).find(takes)
    // Who only cleans up, or does little, is not of the case; nor is a controller.
    const guest = !alarm || actor.kind === 'infrastructure' || verb.startsWith('delete')
    if (cell !== undefined) return { cell, as: guest ? 'guest' : 'actor' }
  }
  if (actor.kind !== 'principal') return undefined
  const entrusted = cells
    .claimants('linked', principalKey(cluster, principal))
    .find((cell) => takes(cell) && (alarm || cell.claims.address.has(address)))
  if (entrusted !== undefined) return { cell: entrusted, as: 'actor' }
  if (!alarm) return undefined
  const neighbour = away ? cells.claimants('address', address).find(takes) : undefined
  if (neighbour !== undefined && !shared()) return { cell: neighbour, as: 'actor' }
  for (const granted of detection.grants) {
    if (granted === principal || isInfrastructure(granted)) continue
    const cell = cells.claimants('actor', principalKey(cluster, granted)).find(takes)
    if (cell !== undefined) return { cell, as: 'actor' }
  }
  return undefined
}

/** What a detection is about; of a sensor the pod that it looks into. */
export const touchedObjects = (detection: Detection): readonly string[] => {
  const { cluster, target, pod } = detection
  if (!isSensed(detection)) return objectKeys(cluster, target)
  return objectKeys(cluster, { group: '', resource: 'pods', subresource: '', namespace: target.namespace, name: pod })
}

/** Whether an address tells nothing of who is behind it: by what the cluster says, or by who was seen there. */
export const isSharedAddress = (
  cluster: string,
  sourceIp: string,
  cells: Cells,
  signals: Signals,
  context: CaseContext,
): boolean => {
  if (isLocalAddress(sourceIp) || context.isShared(cluster, sourceIp)) return true
  const address = addressKey(cluster, sourceIp)
  const seen = new Set<string>()
  for (const cell of cells.claimants('address', address)) {
    for (const [actor, came] of cell.claims.actor)
      if (came === cameByItself && actor.startsWith('principal')) seen.add(actor)
    if (seen.size >= sharedFrom) return true
  }
  for (const actor of signals.principalsAt(address)) {
    seen.add(actor)
    if (seen.size >= sharedFrom) return true
  }
  return false
}
