import type { JsonObject } from '../../model/json.ts'
import { objectOf, type ReadOptions, readingOf, textOf } from './fields.ts'
import { type CalicoContext, type CalicoPolicy, readCalicoPolicy, readNetworkSet } from './read-calico.ts'
import type { Policy, PolicyProblem, Tier } from './types.ts'

/** Where Calico puts Kubernetes' own policies. */
const kubernetesTier = 'default'
const kubernetesOrder = 1000
const defaultTierOrder = 1_000_000

/**
 * The tiers of a cluster whose plugin is Calico, Kubernetes' own NetworkPolicies among them; undefined where there is
 * no policy of Calico.
 */
export const calicoTiers = (
  objects: readonly JsonObject[],
  kubernetes: readonly Policy[],
  options: ReadOptions,
  tell: (problem: PolicyProblem) => void,
): readonly Tier[] | undefined => {
  const ours = objects.filter(isCalico)
  const read = (kind: string, namespaced: boolean) =>
    ours
      .filter((object) => object.kind === kind)
      .map((object) => ({ object, reading: readingOf(object, options, tell, namespaced) }))
  const policies = [...read('NetworkPolicy', true), ...read('GlobalNetworkPolicy', false)]
  if (policies.length === 0) return undefined
  const sets = [...read('NetworkSet', true), ...read('GlobalNetworkSet', false)]
  const tiers = new Map(read('Tier', false).map(({ object, reading }) => [reading.ref.name, objectOf(object.spec)]))
  const context: CalicoContext = {
    networkSets: sets.map(({ object, reading }) => readNetworkSet(object, reading)),
    denies: (tier) => textOf(tiers.get(tier)?.defaultAction) !== 'Pass',
  }
  const all = [
    ...policies.map(({ object, reading }) => readCalicoPolicy(object, context, reading)),
    ...kubernetes.map(
      (policy): CalicoPolicy => ({
        tier: kubernetesTier,
        order: kubernetesOrder,
        name: policy.ref.name,
        policies: [policy],
      }),
    ),
  ]
  const orderOf = (tier: string): number => {
    const order = tiers.get(tier)?.order
    if (typeof order === 'number') return order
    return tier === kubernetesTier ? defaultTierOrder : Number.POSITIVE_INFINITY
  }
  const names = [...new Set(all.map(({ tier }) => tier))].sort(
    (a, b) => compare(orderOf(a), orderOf(b)) || compare(a, b),
  )
  return names.map((name) => ({
    name,
    policies: all
      .filter(({ tier }) => tier === name)
      .sort((a, b) => compare(a.order, b.order) || compare(a.name, b.name))
      .flatMap((one) => one.policies),
  }))
}

const isCalico = ({ apiVersion }: JsonObject): boolean => {
  const group = textOf(apiVersion)?.split('/')[0]
  return group === 'projectcalico.org' || group === 'crd.projectcalico.org'
}

/** Infinity equals itself here, as its difference would not. */
const compare = <T extends number | string>(a: T, b: T): number => (a < b ? -1 : a > b ? 1 : 0)
