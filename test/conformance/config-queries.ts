import {
  addTraffic,
  commonGroups,
  createReachability,
  diffReachability,
  type Endpoint,
  type EndpointClass,
  formatTraffic,
  type Gate,
  isNoTraffic,
  judge,
  noTraffic,
  type Policy,
  portsOf,
  type Reachability,
  type World,
} from '../../src/engines/network-policy/index.ts'
import { matches } from '../../src/engines/network-policy/match.ts'
import { commonTraffic, removeTraffic, type Traffic } from '../../src/engines/network-policy/traffic.ts'

/**
 * The queries of network-config-analyzer that have a number for an answer, over our own engine. What each counts is
 * upstream's: nca/NetworkConfig/NetworkConfigQuery.py of version 2.1.0.
 */

/** A named set of policies on a list of pods. */
export interface Config {
  readonly world: World
  readonly reachability: Reachability
}

export const configOf = (world: World): Config => ({ world, reachability: createReachability(world) })

/** Upstream does not compare sets on other pods. */
export const comparable = (one: Config, other: Config): boolean => {
  const { addedPods, removedPods } = diffReachability(one.reachability, other.reachability)
  return addedPods.length + removedPods.length === 0
}

/** Whether all connections of the second are in the first. Upstream knows of ICMP, and so do we. */
export const contains = (whole: Config, part: Config): boolean => {
  const { changes, removedPods } = diffReachability(part.reachability, whole.reachability)
  return removedPods.length === 0 && changes.every(({ lost }) => isNoTraffic(lost))
}

export const equivalent = (one: Config, other: Config): boolean => contains(one, other) && contains(other, one)

export const equivalence = (one: Config, other: Config): number =>
  comparable(one, other) && !equivalent(one, other) ? 1 : 0

export const twoWayContainment = (one: Config, other: Config): number => {
  if (!comparable(one, other)) return 0
  const [inOther, inOne] = [contains(other, one), contains(one, other)]
  if (inOther && inOne) return 3
  if (!inOther && !inOne) return 0
  return inOther ? 2 : 1
}

/** 1: the policies change nothing. */
export const vacuity = (config: Config): number =>
  equivalent(
    config,
    withGates(config, () => []),
  )
    ? 1
    : 0

/** 0: the same names of policies, and each is equivalent to its twin. */
export const strongEquivalence = (one: Config, other: Config): number => {
  if (!comparable(one, other)) return 0
  const [names, others] = [namesOf(one), namesOf(other)]
  if (names.join() !== others.join()) return 1
  return names.every((name) => equivalent(only(one, name), only(other, name))) ? 0 : 1
}

/** 1: not everything that the policies of `spec` allow by themselves is allowed in `base`. */
export const permits = (spec: Config, base: Config): number =>
  comparable(spec, base) && some(spec, base, (ours, theirs) => removeTraffic(ours.captured, theirs.all)) ? 1 : 0

/** 1: something that the policies of `spec` allow by themselves is allowed in `base`. */
export const forbids = (spec: Config, base: Config): number =>
  comparable(spec, base) && some(spec, base, (ours, theirs) => commonTraffic(ours.captured, theirs.all)) ? 1 : 0

/** 1: `one` extends what the policies of `base` allow to what they select. Sets on other pods count as that, too. */
export const interferes = (one: Config, base: Config): number => {
  if (!comparable(one, base)) return 0
  return some(one, base, (ours, theirs) => removeTraffic(ours.captured, theirs.captured)) ? 1 : 0
}

/** How many policies select no pod, and how many rules no peer. */
export const emptiness = ({ world }: Config): number =>
  policiesOf(world)
    .map((policies) => (isEmpty(world, policies) ? 1 : 0) + emptyRules(world, policies).length)
    .reduce((sum, one) => sum + one, 0)

/** How many policies can go, and how many rules of the others, without a change of what their layer allows. */
export const redundancy = (config: Config): number =>
  layersOf(config).reduce((sum, layer) => {
    const redundant = redundantPolicies(layer)
    const rules = policiesOf(layer.world)
      .filter((policies) => !redundant.includes(nameOf(policies[0])))
      .flatMap((policies) => redundantRules(layer, policies))
    return sum + redundant.length + rules.length
  }, 0)

/** How many pairs of policies select a common pod. */
export const disjointness = (config: Config): number =>
  layersOf(config).reduce((sum, { world }) => {
    const selected = policiesOf(world).map(
      (policies) => new Set(world.pods.filter((pod) => selects(world, policies, pod))),
    )
    const pairs = selected.flatMap((one, index) => selected.slice(0, index).map((other) => [one, other] as const))
    return sum + pairs.filter(([one, other]) => [...one].some((pod) => other.has(pod))).length
  }, 0)

/** How many workloads are selected by no policy for ingress, and by none for egress; of Istio only for ingress. */
export const allCaptured = (config: Config, workloadOf: (pod: Endpoint) => string): number => {
  const layers = layersOf(config)
  if (layers.length === 0) return config.world.pods.length
  return layers.reduce((sum, { world }) => {
    const uncaptured = (direction: Policy['direction']): number =>
      new Set(world.pods.filter((pod) => !isCaptured(world, pod, direction)).map(workloadOf)).size
    const ofMesh = world.gates.some(({ name }) => isMesh(name))
    return sum + uncaptured('ingress') + (ofMesh ? 0 : uncaptured('egress'))
  }, 0)
}

/** How many of eight categories of connections have been added or removed. */
export const semanticDiff = (before: Config, after: Config): number => {
  const { changes, addedPods, removedPods } = diffReachability(before.reachability, after.reachability)
  const among = (side: Config, pods: readonly string[], others: 'outside' | readonly string[]): boolean =>
    anyBetween(side, pods, others)
  const persistent = before.world.pods.map(({ name }) => name).filter((name) => !removedPods.includes(name))
  const isOutside = ({ source, destination }: (typeof changes)[number]): boolean =>
    source.addresses.length + destination.addresses.length > 0
  const has = (outsideToo: boolean, of: (one: (typeof changes)[number]) => Traffic): boolean =>
    changes.some((one) => isOutside(one) === outsideToo && !isNoTraffic(of(one)))
  return [
    among(before, removedPods, removedPods),
    among(before, removedPods, 'outside'),
    among(before, removedPods, persistent),
    has(false, (one) => one.gained),
    has(false, (one) => one.lost),
    has(true, (one) => one.gained),
    has(true, (one) => one.lost),
    among(after, persistent, addedPods),
    among(after, addedPods, addedPods),
    among(after, addedPods, 'outside'),
  ].filter((is) => is).length
}

/** How many findings: the set is vacuous, a policy is empty or redundant, or a rule of another is. */
export const sanity = (config: Config): number => {
  const isVacuous = vacuity(config) === 1
  return layersOf(config).reduce(
    (sum, layer) => {
      const redundant = isVacuous ? [] : redundantPolicies(layer)
      return policiesOf(layer.world).reduce((more, policies) => {
        if (isEmpty(layer.world, policies)) return more + 1
        const empty = emptyRules(layer.world, policies)
        if (isVacuous) return more + empty.length
        if (redundant.includes(nameOf(policies[0]))) return more + empty.length + 1
        const rules = redundantRules(layer, policies).filter((rule) => !empty.includes(rule))
        return more + empty.length + rules.length
      }, sum)
    },
    isVacuous ? 1 : 0,
  )
}

/** What passes between two ends, and of that what a policy that selects one of them allows. */
interface Connection {
  readonly all: Traffic
  readonly captured: Traffic
}

/** Whether there is anything of it between any two different ends. */
const some = (one: Config, other: Config, of: (ours: Connection, theirs: Connection) => Traffic): boolean => {
  const groups = commonGroups(one.reachability, other.reachability)
  return groups.some((source) =>
    groups.some((destination) => {
      if (source.end.addresses.length > 0 && destination.end.addresses.length > 0) return false
      if (source === destination && source.end.pods.length === 1) return false
      const ours = connectionOf(one, source.before, destination.before)
      const theirs = connectionOf(other, source.after, destination.after)
      return !isNoTraffic(of(ours, theirs))
    }),
  )
}

const connectionOf = (
  { world, reachability }: Config,
  source: EndpointClass,
  destination: EndpointClass,
): Connection => {
  const all = reachability.between(source, destination).allowed
  // What the policies of each layer let pass by themselves is put together, not what passes all of them.
  const captured = [isNetwork, isMesh].map((isOurs) => {
    const layer = { ...world, gates: world.gates.filter(({ name }) => isOurs(name)) }
    const is = isCaptured(layer, source.example, 'egress') || isCaptured(layer, destination.example, 'ingress')
    if (!is) return noTraffic
    // Another one of the same class, should they be one: a pod always reaches itself.
    const other = { ...destination.example, name: 'another' }
    // A policy that allows some requests only allows something.
    const { possible } = judge(layer.gates, source.example, other, world.namespaceLabels)
    // A mesh speaks of TCP only.
    return isOurs === isMesh ? commonTraffic(possible, portsOf('TCP')) : possible
  })
  return { all, captured: captured.reduce(addTraffic, noTraffic) }
}

const anyBetween = (
  { reachability }: Config,
  pods: readonly string[],
  others: 'outside' | readonly string[],
): boolean => {
  const classesOf = (names: readonly string[]) =>
    Map.groupBy(names, (name) => reachability.classOf(name) ?? reachability.classes()[0])
  const [ours, theirs] = [
    classesOf(pods),
    others === 'outside'
      ? new Map(
          reachability.classes().flatMap((one) => (one.addresses.length > 0 ? [[one, ['outside']] as const] : [])),
        )
      : classesOf(others),
  ]
  return [...ours].some(([one, names]) =>
    [...theirs].some(([other, otherNames]) => {
      if (one === undefined || other === undefined) return false
      const isSelf = names.length === 1 && otherNames.length === 1 && names[0] === otherNames[0]
      const open = [reachability.between(one, other), reachability.between(other, one)]
      return !isSelf && open.some(({ allowed }) => formatTraffic(allowed) !== 'none')
    }),
  )
}

const withGates = ({ world }: Config, change: (gates: readonly Gate[]) => readonly Gate[]): Config =>
  configOf({ ...world, gates: change(world.gates) })

/** Those of the network, and those of the mesh, each with its own policies only. */
const layersOf = (config: Config): readonly Config[] =>
  [isNetwork, isMesh].flatMap((isOurs) => {
    const gates = config.world.gates.filter(({ name }) => isOurs(name))
    return gates.some(({ tiers }) => tiers.some(({ policies }) => policies.some(isObject)))
      ? [withGates(config, () => gates)]
      : []
  })

const isNetwork = (gate: string): boolean => gate.startsWith('network ')
const isMesh = (gate: string): boolean => !isNetwork(gate)

/** What a mesh does by itself is no policy object. */
const isObject = ({ ref }: Policy): boolean => ref.kind !== 'Mesh'

const nameOf = (policy: Policy | undefined): string =>
  policy === undefined ? '' : `${policy.ref.kind} ${policy.ref.namespace}/${policy.ref.name}`

/** The parts of each policy object. */
const policiesOf = ({ gates }: World): readonly (readonly Policy[])[] => {
  const all = gates.flatMap(({ tiers }) => tiers.flatMap(({ policies }) => policies)).filter(isObject)
  return [...Map.groupBy(all, nameOf).values()]
}

const namesOf = ({ world }: Config): readonly string[] =>
  policiesOf(world)
    .map(([first]) => nameOf(first))
    .sort()

const only = (config: Config, name: string): Config =>
  withPolicies(config, (policy) => (nameOf(policy) === name || !isObject(policy) ? policy : undefined))

const withPolicies = (config: Config, change: (policy: Policy) => Policy | undefined): Config =>
  withGates(config, (gates) =>
    gates.map((gate) => ({
      ...gate,
      tiers: gate.tiers.map((tier) => ({
        ...tier,
        policies: tier.policies.flatMap((policy) => change(policy) ?? []),
      })),
    })),
  )

const selects = ({ namespaceLabels }: World, policies: readonly Policy[], pod: Endpoint): boolean =>
  policies.some(({ subject }) => matches(subject, pod, namespaceLabels) === 'yes')

const isEmpty = (world: World, policies: readonly Policy[]): boolean =>
  !world.pods.some((pod) => selects(world, policies, pod))

const isCaptured = (world: World, end: Endpoint, direction: Policy['direction']): boolean =>
  world.gates.some((gate) =>
    gate.tiers.some(({ policies }) =>
      policies.some(
        (policy) =>
          isObject(policy) &&
          policy.direction === direction &&
          // What only denies of a mesh leaves the rest to the default.
          (isNetwork(gate.name) || policy.isolates) &&
          matches(policy.subject, end, world.namespaceLabels) === 'yes',
      ),
    ),
  )

/** Paths of rules that match no pod and no address. */
const emptyRules = (world: World, policies: readonly Policy[]): readonly string[] => {
  const ends = [...world.pods, ...createOutside(world)]
  const rules = policies.flatMap((policy) => policy.rules)
  return [...Map.groupBy(rules, ({ path }) => path)].flatMap(([path, parts]) =>
    parts.every(({ peer }) => ends.every((end) => matches(peer, end, world.namespaceLabels) === 'no')) ? [path] : [],
  )
}

const createOutside = (world: World): readonly Endpoint[] =>
  createReachability({ ...world, pods: [] })
    .classes()
    .map(({ example }) => example)

const redundantPolicies = (layer: Config): readonly string[] => {
  const names = namesOf(layer)
  if (names.length <= 1) return []
  return names.filter((name) =>
    equivalent(
      layer,
      withPolicies(layer, (policy) => (nameOf(policy) === name ? undefined : policy)),
    ),
  )
}

const redundantRules = (layer: Config, policies: readonly Policy[]): readonly string[] => {
  const name = nameOf(policies[0])
  const paths = [...new Set(policies.flatMap(({ rules }) => rules.map(({ path }) => path)))]
  return paths.filter((path) =>
    equivalent(
      layer,
      withPolicies(layer, (policy) =>
        nameOf(policy) === name ? { ...policy, rules: policy.rules.filter((rule) => rule.path !== path) } : policy,
      ),
    ),
  )
}
