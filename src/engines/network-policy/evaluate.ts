import { type Gathering, gather, gathered, notGathered } from './gathering.ts'
import { type Answer, allOf, matches, type NamespaceLabels, resolvePorts, unknownsOf } from './match.ts'
import {
  addTraffic,
  allTraffic,
  commonTraffic,
  isNoTraffic,
  noTraffic,
  removeTraffic,
  type Traffic,
} from './traffic.ts'
import type { Action, Direction, Endpoint, Gate, Policy, PolicyRef, Rule } from './types.ts'

/**
 * What can pass. `allowed` surely does; `possible` contains it, and what it has beyond depends on something that is not
 * known. The rest is denied for certain.
 */
export interface Passage {
  readonly allowed: Traffic
  readonly possible: Traffic
}

/** One step of the way to a verdict. `traffic` is what it decided; `certain` is false where it may have, or not. */
export interface Decision {
  readonly gate: string
  readonly direction: Direction
  readonly tier: string
  readonly effect: Action
  readonly traffic: Traffic
  readonly certain: boolean
  /** What is not known, for a decision that is not certain. */
  readonly unknown: readonly string[]
  readonly by:
    | { readonly kind: 'rule'; readonly policy: PolicyRef; readonly path: string; readonly name?: string | undefined }
    /** Policies select the endpoint, and no rule of the tier matched. */
    | { readonly kind: 'isolated'; readonly policies: readonly PolicyRef[] }
    /** No tier decided. */
    | { readonly kind: 'default' }
}

export interface Verdict extends Passage {
  /** In the order in which they fell: gate by gate. Empty where policies are not asked. */
  readonly decisions: readonly Decision[]
  /** `self`: a pod to itself. `same node`: from the pod's own node, as the kubelet's probes. Both are never blocked. */
  readonly exempt?: 'self' | 'same node' | undefined
}

/** What `source` can send to `destination`, and the policies and rules that decided. */
export const judge = (
  gates: readonly Gate[],
  source: Endpoint,
  destination: Endpoint,
  namespaceLabels: NamespaceLabels,
): Verdict => {
  const exempt = exemption(source, destination)
  if (exempt !== undefined) return { allowed: allTraffic, possible: allTraffic, decisions: [], exempt }
  const decisions: Decision[] = []
  let allowed = allTraffic
  let possible = allTraffic
  for (const gate of gates) {
    const [subject, peer] = gate.direction === 'egress' ? [source, destination] : [destination, source]
    const programme = programmeOf(gate, (policy) => matches(policy.subject, subject, namespaceLabels))
    const passage = run(
      gate,
      programme,
      (rule) => matches(rule.peer, peer, namespaceLabels),
      (rule) => resolvePorts(rule.ports, destination),
      (decision) => decisions.push(decision),
    )
    allowed = commonTraffic(allowed, passage.allowed)
    possible = commonTraffic(possible, passage.possible)
  }
  return { allowed, possible, decisions }
}

/** Traffic that no policy is asked about. */
export const exemption = (source: Endpoint, destination: Endpoint): Verdict['exempt'] => {
  if (source.kind !== 'external' && source.kind === destination.kind && source.name === destination.name) return 'self'
  return source.kind === 'host' && source.node !== '' && source.node === destination.node ? 'same node' : undefined
}

/** The policies of a gate that select an endpoint, tier by tier. */
export type Programme = readonly {
  readonly tier: string
  readonly policies: readonly { readonly policy: Policy; readonly certain: boolean }[]
}[]

export const programmeOf = (gate: Gate, selects: (policy: Policy) => Answer): Programme =>
  gate.tiers.flatMap((tier) => {
    const policies = tier.policies.flatMap((policy) => {
      const is = selects(policy)
      return is === 'no' ? [] : [{ policy, certain: is === 'yes' }]
    })
    return policies.length === 0 ? [] : [{ tier: tier.name, policies }]
  })

/**
 * Runs a programme. Each bit of traffic may have several outcomes where something is unknown: `open` is what no decision
 * has taken for certain yet, `allows` and `denies` are what may end so.
 */
export const run = (
  { name: gate, direction }: Gate,
  programme: Programme,
  peerIs: (rule: Rule) => Answer,
  portsOf: (rule: Rule) => Traffic,
  tell?: (decision: Decision) => void,
): Passage => {
  let open = allTraffic
  const allows: Gathering = []
  const denies: Gathering = []
  for (const { tier, policies } of programme) {
    const decided: Gathering = []
    const passed: Gathering = []
    for (const { policy, certain: selected } of policies) {
      for (const rule of policy.rules) {
        const is = peerIs(rule)
        if (is === 'no') continue
        const hit = notGathered(decided, commonTraffic(open, portsOf(rule)))
        if (isNoTraffic(hit)) continue
        const certain = selected && is === 'yes' && rule.sometimes === undefined
        gather(rule.action === 'allow' ? allows : rule.action === 'deny' ? denies : passed, hit)
        if (certain) gather(decided, hit)
        tell?.({
          gate,
          direction,
          tier,
          effect: rule.action,
          traffic: hit,
          certain,
          unknown: certain ? [] : unknowns(policy, rule),
          by: { kind: 'rule', policy: policy.ref, path: rule.path, name: rule.name },
        })
      }
    }
    const inTier = removeTraffic(open, gathered(decided))
    const isolating = policies.filter(({ policy }) => policy.isolates)
    const certain = isolating.some((one) => one.certain)
    if (isolating.length > 0 && !isNoTraffic(inTier)) {
      gather(denies, inTier)
      tell?.({
        gate,
        direction,
        tier,
        effect: 'deny',
        traffic: inTier,
        certain,
        unknown: certain ? [] : isolating.flatMap(({ policy }) => unknownsOf(policy.subject)),
        by: { kind: 'isolated', policies: isolating.map(({ policy }) => policy.ref) },
      })
    }
    open = addTraffic(gathered(passed), certain ? noTraffic : inTier)
    if (isNoTraffic(open)) break
  }
  if (!isNoTraffic(open)) {
    gather(allows, open)
    const by = { kind: 'default' } as const
    tell?.({ gate, direction, tier: '', effect: 'allow', traffic: open, certain: true, unknown: [], by })
  }
  const possible = gathered(allows)
  return { allowed: removeTraffic(possible, gathered(denies)), possible }
}

const unknowns = (policy: Policy, rule: Rule): readonly string[] => [
  ...unknownsOf(allOf(policy.subject, rule.peer)),
  ...(rule.sometimes === undefined ? [] : [rule.sometimes]),
]
