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
  const matches: Match[] = []
  const portNames = new Set<string>()
  for (const { policies } of gates.flatMap(({ tiers }) => tiers)) {
    for (const { subject, rules } of policies) {
      matches.push(subject)
      for (const { peer, ports } of rules) {
        matches.push(peer)
        for (const name of portNamesOf(ports)) portNames.add(name)
      }
    }
  }
  const { labels, kinds, bounds } = asked(matches)
  const labelKeys = [...labels].sort()
  const addressBounds = ascending(bounds)
  return {
    addressBounds,
    shapeOf: (endpoint) =>
      JSON.stringify([
        endpoint.kind,
        endpoint.namespace,
        labelKeys.map((key) => (Object.hasOwn(endpoint.labels, key) ? endpoint.labels[key] : null)),
        kinds.has('serviceAccount') ? endpoint.serviceAccount : '',
        kinds.has('identity') || kinds.has('trustDomain') ? endpoint.identities : [],
        kinds.has('inboundDefault') ? endpoint.inboundDefault : '',
        endpoint.addresses.map((address) => partOf(addressBounds, address)),
        endpoint.ports.filter(({ name }) => portNames.has(name)),
      ]),
  }
}

/** Bounds of the parts of the address line inside of which these conditions see no difference, ascending. */
export const boundsOf = (matches: readonly Match[]): readonly bigint[] => ascending(asked(matches).bounds)

const asked = (matches: readonly Match[]) => {
  const labels = new Set<string>()
  const kinds = new Set<Match['kind']>()
  const bounds = new Set<bigint>(allAddresses)
  const visit = (match: Match): void => {
    kinds.add(match.kind)
    if (match.kind === 'all' || match.kind === 'any') for (const one of match.of) visit(one)
    else if (match.kind === 'not') visit(match.of)
    else if (match.kind === 'label' && match.of === 'self') labels.add(match.requirement.key)
    else if (match.kind === 'address') for (const bound of match.ranges) bounds.add(bound)
  }
  for (const match of matches) visit(match)
  return { labels, kinds, bounds }
}

const ascending = (bounds: ReadonlySet<bigint>): readonly bigint[] =>
  [...bounds].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))

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
