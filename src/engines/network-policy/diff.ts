import { intersect, type Ranges } from './ranges.ts'
import type { EndpointClass, Reachability } from './reachability.ts'
import { isNoTraffic, removeTraffic, type Traffic } from './traffic.ts'

/** One end of changed connections: pods by their names, or addresses outside of the cluster. */
export interface DiffEnd {
  readonly pods: readonly string[]
  readonly addresses: Ranges<bigint>
}

/** Connections between two groups of endpoints that changed alike. */
export interface Change {
  readonly source: DiffEnd
  readonly destination: DiffEnd
  /** Surely allowed after, and not surely before. */
  readonly gained: Traffic
  /** Surely allowed before, and no longer surely after. */
  readonly lost: Traffic
  /** What changed in whether it may be allowed, for what is not known. */
  readonly mayGain: Traffic
  readonly mayLose: Traffic
}

export interface WorldDiff {
  readonly changes: readonly Change[]
  /** Pods that are only in one of the two; their connections are no changes. */
  readonly addedPods: readonly string[]
  readonly removedPods: readonly string[]
}

/** What another set of policies, namespaces or labels does to the connections between pods that both worlds have. */
export const diffReachability = (before: Reachability, after: Reachability): WorldDiff => {
  const groups = commonGroups(before, after)
  const changes: Change[] = []
  for (const source of groups) {
    for (const destination of groups) {
      if (source.end.addresses.length > 0 && destination.end.addresses.length > 0) continue
      const was = before.between(source.before, destination.before)
      const is = after.between(source.after, destination.after)
      if (was.allowed === is.allowed && was.possible === is.possible) continue
      const change = {
        source: source.end,
        destination: destination.end,
        gained: removeTraffic(is.allowed, was.allowed),
        lost: removeTraffic(was.allowed, is.allowed),
        mayGain: removeTraffic(is.possible, was.possible),
        mayLose: removeTraffic(was.possible, is.possible),
      }
      const { gained, lost, mayGain, mayLose } = change
      const isSelf = source === destination && source.end.pods.length === 1
      if (!isSelf && ![gained, lost, mayGain, mayLose].every(isNoTraffic)) changes.push(change)
    }
  }
  return { changes, addedPods: onlyIn(after, before), removedPods: onlyIn(before, after) }
}

/** Endpoints that neither of two worlds tells apart, with their classes in both. */
export interface CommonGroup {
  readonly before: EndpointClass
  readonly after: EndpointClass
  readonly end: DiffEnd
}

/** All endpoints that both worlds have. */
export const commonGroups = (before: Reachability, after: Reachability): readonly CommonGroup[] => {
  const groups = new Map<string, { before: EndpointClass; after: EndpointClass; pods: string[] }>()
  const outside: CommonGroup[] = []
  const afterOutside = after.classes().filter(({ addresses }) => addresses.length > 0)
  for (const one of before.classes()) {
    for (const pod of one.pods.keys()) {
      const other = after.classOf(pod)
      if (other === undefined) continue
      const key = `${one.id}/${other.id}`
      const group = groups.get(key) ?? { before: one, after: other, pods: [] }
      groups.set(key, group)
      group.pods.push(pod)
    }
    for (const other of afterOutside) {
      const addresses = intersect(one.addresses, other.addresses)
      if (addresses.length > 0) outside.push({ before: one, after: other, end: { pods: [], addresses } })
    }
  }
  const inside = [...groups.values()].map(({ pods, ...group }) => ({ ...group, end: { pods, addresses: [] } }))
  return [...inside, ...outside]
}

const onlyIn = (one: Reachability, other: Reachability): readonly string[] =>
  one.classes().flatMap(({ pods }) => [...pods.keys()].filter((pod) => other.classOf(pod) === undefined))
