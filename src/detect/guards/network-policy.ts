import { asList, asObject, isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { type Guard, isLess, type Lowering, picked, requirements, step } from './guard.ts'

/** Who a direction of a policy lets through, the fewest first. */
const breadths = ['nobody', 'some', 'everybody', 'everything', 'not isolated'] as const
type Breadth = (typeof breadths)[number]

/**
 * A NetworkPolicy that lets anybody through who was kept out: a direction that it no longer isolates, a rule without
 * peers, or with all addresses or all namespaces as peer; or that no longer covers the pods that it did. Rules for
 * somebody more are the work of every day and are no lowering. Upstream: networking.k8s.io/v1 NetworkPolicySpec.
 */
export const networkPolicy: Guard = {
  group: 'networking.k8s.io',
  resource: 'networkpolicies',
  keep: (body) => ({ spec: picked(asObject(body.spec), ['podSelector', 'policyTypes', 'ingress', 'egress']) }),
  lowered: (before, after) => {
    const [was, is] = [asObject(before.spec), asObject(after.spec)]
    const directions = (['ingress', 'egress'] as const).flatMap((direction): readonly Lowering[] => {
      const [from, to] = [breadthOf(was, direction), breadthOf(is, direction)]
      return to === 'some' ? [] : step(`network-policy.${direction}`, breadths, from, to)
    })
    const [selected, selects] = [requirements(was.podSelector), requirements(is.podSelector)]
    const fewer = isLess(selected, selects)
      ? [{ guard: 'network-policy.pods', from: selected.length === 0 ? 'all pods' : 'more pods', to: 'fewer pods' }]
      : []
    return [...directions, ...fewer]
  },
  // Whether a policy lets through more than it did shows only beside what it was.
  named: () => [],
}

const breadthOf = (spec: JsonObject, direction: 'ingress' | 'egress'): Breadth => {
  const types = asList(spec.policyTypes)
  const rules = asList(spec[direction])
  // Without types: ingress always, egress where it has a rule (pkg/apis/networking/v1/defaults.go).
  const isolates =
    types.length > 0
      ? types.includes(direction === 'ingress' ? 'Ingress' : 'Egress')
      : direction === 'ingress' || rules.length > 0
  if (!isolates) return 'not isolated'
  if (rules.length === 0) return 'nobody'
  const widest = Math.max(...rules.map((rule) => breadths.indexOf(ofRule(asObject(rule), direction))))
  return breadths[widest] ?? 'some'
}

const ofRule = (rule: JsonObject, direction: 'ingress' | 'egress'): Breadth => {
  const peers = asList(rule[direction === 'ingress' ? 'from' : 'to'])
  if (peers.length > 0 && !peers.some(isEverybody)) return 'some'
  return asList(rule.ports).length === 0 ? 'everything' : 'everybody'
}

/** All addresses, or every pod of every namespace. */
const isEverybody = (peer: JsonValue): boolean => {
  const { ipBlock, namespaceSelector, podSelector } = asObject(peer)
  const { cidr, except } = asObject(ipBlock)
  if (cidr === '0.0.0.0/0' || cidr === '::/0') return asList(except).length === 0
  return (
    isObject(namespaceSelector) &&
    requirements(namespaceSelector).length === 0 &&
    requirements(podSelector).length === 0
  )
}
