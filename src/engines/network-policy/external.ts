import { allAddresses, formatAddresses } from './addresses.ts'
import { matches, type NamespaceLabels } from './match.ts'
import { outside } from './outside.ts'
import { contains, type Ranges } from './ranges.ts'
import type { Endpoint, Match } from './types.ts'

/** Addresses outside of the cluster that no policy tells apart, with one that stands for all. */
export interface ExternalPart {
  readonly endpoint: Endpoint
  readonly addresses: Ranges<bigint>
}

/** All addresses, parted at the bounds and put together again where every condition gives the same answer. */
export const externalParts = (
  bounds: readonly bigint[],
  conditions: readonly Match[],
  namespaceLabels: NamespaceLabels,
): readonly ExternalPart[] => {
  const telling = conditions.filter((match) => matches(addressUnknown(match), outside, namespaceLabels) === 'maybe')
  const parts = new Map<string, { endpoint: Endpoint; addresses: bigint[] }>()
  for (const [index, from] of bounds.entries()) {
    const end = bounds[index + 1]
    if (end === undefined || !contains(allAddresses, from)) continue
    const endpoint: Endpoint = { ...outside, name: formatAddresses([from, end]).join(), addresses: [from] }
    const key = telling.map((match) => matches(match, endpoint, namespaceLabels)).join()
    const part = parts.get(key) ?? { endpoint, addresses: [] }
    parts.set(key, part)
    if (part.addresses.at(-1) === from) part.addresses[part.addresses.length - 1] = end
    else part.addresses.push(from, end)
  }
  return [...parts.values()]
}

/** The condition for an endpoint of which the address is not known. */
const addressUnknown = (match: Match): Match => {
  switch (match.kind) {
    case 'all':
    case 'any':
      return { ...match, of: match.of.map(addressUnknown) }
    case 'not':
      return { ...match, of: addressUnknown(match.of) }
    case 'address':
      return { kind: 'unknown', reason: 'address' }
    default:
      return match
  }
}
