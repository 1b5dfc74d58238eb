import { allAddresses } from './addresses.ts'
import { portNamesOf } from './match.ts'
import type { Endpoint, Gate, Match } from './types.ts'

/**
 * What of an endpoint the policies look at. Endpoints that agree in all of it (`shapeOf`) are treated alike by every
 * policy, whatever else distinguishes them, such as labels with a hash of a pod template.
 */
export interface Relevance {
  readonly shapeOf: (endpoint: Endpoint) => string
  /** Bounds of the parts of the address line inside of which no policy sees a difference, ascending. */
  readonly addressBounds: readonly bigint[]
}

export const relevanceOf = (gates: readonly Gate[]): Relevance => {
  const labels = new Set<string>()
  const portNames = new Set<string>()
  const bounds = new Set<bigint>(allAddresses)
  let serviceAccounts = false
  let identities = false
  let inboundDefaults = false
  const visit = (match: Match): void => {
    if (match.kind === 'all' || match.kind === 'any') for (const one of match.of) visit(one)
    else if (match.kind === 'not') visit(match.of)
    else if (match.kind === 'label' && match.of === 'self') labels.add(match.requirement.key)
    else if (match.kind === 'address') for (const bound of match.ranges) bounds.add(bound)
    else if (match.kind === 'serviceAccount') serviceAccounts = true
    else if (match.kind === 'identity' || match.kind === 'trustDomain') identities = true
    else if (match.kind === 'inboundDefault') inboundDefaults = true
  }
  for (const { policies } of gates.flatMap(({ tiers }) => tiers)) {
    for (const { subject, rules } of policies) {
      visit(subject)
      for (const { peer, ports } of rules) {
        visit(peer)
        for (const name of portNamesOf(ports)) portNames.add(name)
      }
    }
  }
  const labelKeys = [...labels].sort()
  const addressBounds = [...bounds].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return {
    addressBounds,
    shapeOf: (endpoint) =>
      JSON.stringify([
        endpoint.kind,
        endpoint.namespace,
        labelKeys.map((key) => (Object.hasOwn(endpoint.labels, key) ? endpoint.labels[key] : null)),
        serviceAccounts ? endpoint.serviceAccount : '',
        identities ? endpoint.identities : [],
        inboundDefaults ? endpoint.inboundDefault : '',
        endpoint.addresses.map((address) => partOf(addressBounds, address)),
        endpoint.ports.filter(({ name }) => portNames.has(name)),
      ]),
  }
}

/** The number of bounds at or below the address. */
const partOf = (bounds: readonly bigint[], address: bigint): number => {
  let low = 0
  let high = bounds.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((bounds[middle] ?? 0n) <= address) low = middle + 1
    else high = middle
  }
  return low
}
