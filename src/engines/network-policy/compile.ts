import { portNamesOf, resolvePorts } from './match.ts'
import { outside } from './outside.ts'
import type { Traffic } from './traffic.ts'
import type { Endpoint, Gate, Match, Policy, Ports, Rule } from './types.ts'

/** The conditions and ports of all gates by number, so that the answers of a class of endpoints are arrays. */
export interface Compiled {
  /** Each different condition once. */
  readonly conditions: readonly Match[]
  /** Those that the endpoint can meet at all: conditions on another namespace are left out. */
  readonly conditionsFor: (endpoint: Endpoint) => readonly number[]
  readonly subjectOf: (policy: Policy) => number
  readonly peerOf: (rule: Rule) => number
  readonly policyId: (policy: Policy) => number
  /** Each different set of ports once that depends on the destination. */
  readonly namedPorts: readonly Ports[]
  /** The number of a rule's ports among these; undefined for those that are the same everywhere. */
  readonly namedPortsOf: (rule: Rule) => number | undefined
  /** The ports of the others. */
  readonly fixedPorts: (rule: Rule) => Traffic | undefined
}

export const compile = (gates: readonly Gate[]): Compiled => {
  const conditions: Match[] = []
  const byKey = new Map<string, number>()
  const numberOf = (match: Match): number => numberIn(conditions, byKey, match)
  const namedPorts: Ports[] = []
  const namedByKey = new Map<string, number>()
  const subjects = new Map<Policy, number>()
  const policyIds = new Map<Policy, number>()
  const peers = new Map<Rule, number>()
  const named = new Map<Rule, number>()
  const fixed = new Map<Rule, Traffic>()
  for (const { policies } of gates.flatMap(({ tiers }) => tiers)) {
    for (const policy of policies) {
      subjects.set(policy, numberOf(policy.subject))
      policyIds.set(policy, policyIds.size)
      for (const rule of policy.rules) {
        peers.set(rule, numberOf(rule.peer))
        if (portNamesOf(rule.ports).length > 0) named.set(rule, numberIn(namedPorts, namedByKey, rule.ports))
        else fixed.set(rule, resolvePorts(rule.ports, outside))
      }
    }
  }
  const byNamespace = new Map<string, number[]>()
  const anywhere: number[] = []
  for (const [index, match] of conditions.entries()) {
    const names = namespacesOf(match)
    if (names === undefined) anywhere.push(index)
    else for (const name of names) listIn(byNamespace, name).push(index)
  }
  return {
    conditions,
    conditionsFor: ({ kind, namespace }) =>
      kind === 'external' ? anywhere : [...anywhere, ...(byNamespace.get(namespace) ?? [])],
    subjectOf: (policy) => subjects.get(policy) ?? -1,
    peerOf: (rule) => peers.get(rule) ?? -1,
    policyId: (policy) => policyIds.get(policy) ?? -1,
    namedPorts,
    namedPortsOf: (rule) => named.get(rule),
    fixedPorts: (rule) => fixed.get(rule),
  }
}

/** The namespaces outside of which the condition is surely not met; undefined where it may be met in any. */
const namespacesOf = (match: Match): ReadonlySet<string> | undefined => {
  if (match.kind === 'namespace') return new Set(match.names)
  if (match.kind === 'all') {
    for (const one of match.of) {
      const names = namespacesOf(one)
      if (names !== undefined) return names
    }
    return undefined
  }
  if (match.kind !== 'any') return undefined
  const names = match.of.map(namespacesOf)
  return names.every((one) => one !== undefined) ? new Set(names.flatMap((one) => [...(one ?? [])])) : undefined
}

const listIn = (lists: Map<string, number[]>, key: string): number[] => {
  const list = lists.get(key) ?? []
  lists.set(key, list)
  return list
}

/** The place of a value in a list of different ones, to which it is added where it is new. */
const numberIn = <T>(list: T[], byKey: Map<string, number>, value: T): number => {
  const key = JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))
  const known = byKey.get(key)
  if (known !== undefined) return known
  byKey.set(key, list.length)
  return list.push(value) - 1
}
