import { portNamesOf, resolvePorts } from './match.ts'
import { outside } from './outside.ts'
import type { Traffic } from './traffic.ts'
import type { Endpoint, Gate, Match, Policy, Ports, Rule } from './types.ts'

/**
 * The conditions and ports of all gates by number, so that the answers of a class of endpoints are arrays. Numbers are
 * never given twice: one that no policy asks about any more is dead.
 */
export interface Compiled {
  /** Policies that stayed over a change are the same objects as before. */
  readonly gates: () => readonly Gate[]
  /** Each different condition once, dead ones among them. */
  readonly conditions: readonly Match[]
  /** How many are not dead. */
  readonly alive: () => number
  /** Those that the endpoint can meet at all: conditions on another namespace are left out, and dead ones. */
  readonly conditionsFor: (endpoint: Endpoint) => readonly number[]
  /** The same among these only. */
  readonly conditionsAmong: (numbers: readonly number[]) => (endpoint: Endpoint) => readonly number[]
  readonly subjectOf: (policy: Policy) => number
  readonly peerOf: (rule: Rule) => number
  readonly policyId: (policy: Policy) => number
  /** Each different set of ports once that depends on the destination. */
  readonly namedPorts: readonly Ports[]
  /** How many of {@link namedPorts} some policy asks for. */
  readonly aliveNamedPorts: () => number
  /** The number of a rule's ports among these; undefined for those that are the same everywhere. */
  readonly namedPortsOf: (rule: Rule) => number | undefined
  /** The ports of the others. */
  readonly fixedPorts: (rule: Rule) => Traffic | undefined
  /** Takes other gates in the place of those that are there. */
  readonly replace: (gates: readonly Gate[]) => CompiledChange
}

/** What other gates changed. */
export interface CompiledChange {
  /** Numbers of conditions and of named ports that were not there before. */
  readonly conditions: readonly number[]
  readonly namedPorts: readonly number[]
  /** Numbers of the subjects of policies that came or went. */
  readonly subjects: readonly number[]
  /** Gates, or policies that stayed, are in another order. */
  readonly reordered: boolean
}

export const compile = (given: readonly Gate[]): Compiled => {
  const conditions: Match[] = []
  const numbers = new Map<string, number>()
  const namedPorts: Ports[] = []
  const namedByKey = new Map<string, number>()
  /** By what they say and where they stand. */
  let policies = new Map<string, Policy>()
  // Weak, since a front end may give the same object again after it was gone, and then with other numbers.
  const facts = new WeakMap<Policy, Facts>()
  const fixed = new WeakMap<Rule, Traffic>()
  const named = new WeakMap<Rule, number>()
  const peers = new WeakMap<Rule, number>()
  let gates: readonly Gate[] = []
  let alivePorts: ReadonlySet<number> = new Set()
  let places = placesOf([], conditions)
  let ids = 0

  const learn = (policy: Policy): void => {
    const subject = numberIn(conditions, numbers, policy.subject)
    facts.set(policy, { id: ids, subject })
    ids += 1
    for (const rule of policy.rules) {
      peers.set(rule, numberIn(conditions, numbers, rule.peer))
      if (portNamesOf(rule.ports).length > 0) named.set(rule, numberIn(namedPorts, namedByKey, rule.ports))
      else fixed.set(rule, resolvePorts(rule.ports, outside))
    }
  }

  const subjectOf = (policy: Policy): number => facts.get(policy)?.subject ?? -1
  const peerOf = (rule: Rule): number => peers.get(rule) ?? -1

  const replace = (next: readonly Gate[]): CompiledChange => {
    const [firstCondition, firstPorts] = [conditions.length, namedPorts.length]
    const before = policies
    const now = new Map<string, Policy>()
    const orderBefore = orderOf(gates)
    gates = next.map((gate) => ({
      ...gate,
      tiers: gate.tiers.map((tier) => ({
        ...tier,
        policies: tier.policies.map((policy) => {
          // The tier is part of it: the same policy in another one is another.
          const key = `${gate.name}\n${tier.name}\n${keyOf(policy)}`
          // Twice the same is the same twice, and needs no object of its own.
          const kept = now.get(key) ?? before.get(key) ?? policy
          now.set(key, kept)
          return kept
        }),
      })),
    }))
    policies = now
    const gone = [...before].flatMap(([key, policy]) => (now.has(key) ? [] : [policy]))
    const come = [...now].flatMap(([key, policy]) => (before.has(key) ? [] : [policy]))
    const lost = gone.map(subjectOf)
    for (const policy of come) learn(policy)
    const alive = aliveOf([...now.values()], subjectOf, peerOf)
    for (const [key, number] of numbers) if (!alive.has(number)) numbers.delete(key)
    // As conditions: while no policy asks for them, endpoints that differ in them are of one class, and may be parted later.
    alivePorts = new Set([...now.values()].flatMap(({ rules }) => rules.flatMap((rule) => named.get(rule) ?? [])))
    for (const [key, number] of namedByKey) if (!alivePorts.has(number)) namedByKey.delete(key)
    places = placesOf(
      [...alive].sort((a, b) => a - b),
      conditions,
    )
    const stayed = new Set([...now.values()].filter((policy) => !come.includes(policy)))
    return {
      conditions: range(firstCondition, conditions.length),
      namedPorts: range(firstPorts, namedPorts.length),
      subjects: [...new Set([...lost, ...come.map(subjectOf)])],
      reordered: !sameOrder(orderBefore, orderOf(gates), stayed),
    }
  }
  replace(given)

  return {
    gates: () => gates,
    conditions,
    alive: () => places.count,
    conditionsFor: (endpoint) => places.at(endpoint),
    conditionsAmong: (numbers) => placesOf(numbers, conditions).at,
    subjectOf,
    peerOf,
    policyId: (policy) => facts.get(policy)?.id ?? -1,
    namedPorts,
    aliveNamedPorts: () => alivePorts.size,
    namedPortsOf: (rule) => named.get(rule),
    fixedPorts: (rule) => fixed.get(rule),
    replace,
  }
}

interface Facts {
  readonly id: number
  readonly subject: number
}

/** Numbers of the conditions that policies ask about. */
const aliveOf = (
  policies: readonly Policy[],
  subjectOf: (policy: Policy) => number,
  peerOf: (rule: Rule) => number,
): ReadonlySet<number> => {
  const alive = new Set<number>()
  for (const policy of policies) {
    alive.add(subjectOf(policy))
    for (const rule of policy.rules) alive.add(peerOf(rule))
  }
  return alive
}

/** Gates and their policies, one after the other. */
const orderOf = (gates: readonly Gate[]): readonly (string | Policy)[] =>
  gates.flatMap(({ name, tiers }) => [name, ...tiers.flatMap((tier) => tier.policies)])

const sameOrder = (
  before: readonly (string | Policy)[],
  after: readonly (string | Policy)[],
  stayed: ReadonlySet<Policy>,
): boolean => {
  const kept = (one: string | Policy): boolean => typeof one === 'string' || stayed.has(one)
  const [was, is] = [before.filter(kept), after.filter(kept)]
  return was.length === is.length && was.every((one, index) => one === is[index])
}

/** Conditions by the namespaces outside of which they are surely not met. */
const placesOf = (alive: readonly number[], conditions: readonly Match[]) => {
  const byNamespace = new Map<string, number[]>()
  const anywhere: number[] = []
  for (const number of alive) {
    const match = conditions[number]
    const names = match && namespacesOf(match)
    if (names === undefined) anywhere.push(number)
    else for (const name of names) listIn(byNamespace, name).push(number)
  }
  const at = ({ kind, namespace }: Endpoint): readonly number[] => {
    const here = kind === 'external' ? undefined : byNamespace.get(namespace)
    return here === undefined ? anywhere : [...anywhere, ...here]
  }
  return { at, count: alive.length }
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
  const key = keyOf(value)
  const known = byKey.get(key)
  if (known !== undefined) return known
  byKey.set(key, list.length)
  return list.push(value) - 1
}

const keyOf = (value: unknown): string =>
  JSON.stringify(value, (_, part) => (typeof part === 'bigint' ? `${part}n` : part))

const range = (from: number, end: number): readonly number[] => Array.from({ length: end - from }, (_, at) => from + at)
