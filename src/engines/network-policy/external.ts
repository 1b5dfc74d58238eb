import { allAddresses, formatAddresses } from './addresses.ts'
import { type Answer, matches, type NamespaceLabels } from './match.ts'
import { outside } from './outside.ts'
import { contains, type Ranges } from './ranges.ts'
import { boundsOf } from './relevance.ts'
import type { Endpoint, Match } from './types.ts'

/** Addresses outside of the cluster that no policy tells apart, with one that stands for all. */
export interface ExternalPart {
  readonly endpoint: Endpoint
  readonly addresses: Ranges<bigint>
  /** The conditions that it meets, or may, by their place in the list, ascending. */
  readonly met: readonly Met[]
}

export type Met = readonly [place: number, answer: Exclude<Answer, 'no'>]

/**
 * All addresses, parted at the bounds and put together again where every condition gives the same answer. On the way
 * along the line a condition is asked again only at bounds of its own: elsewhere its answer stays.
 */
export const externalParts = (
  bounds: readonly bigint[],
  conditions: readonly Match[],
  namespaceLabels: NamespaceLabels,
): readonly ExternalPart[] => {
  const asked = placesByBound(conditions)
  const parts = new Map<string, { endpoint: Endpoint; addresses: bigint[]; met: readonly Met[] }>()
  const answers = new Map<number, Met>()
  for (const [index, from] of bounds.entries()) {
    const end = bounds[index + 1]
    if (end === undefined || !contains(allAddresses, from)) continue
    const endpoint: Endpoint = { ...outside, name: formatAddresses([from, end]).join(), addresses: [from] }
    for (const place of asked.get(from) ?? []) {
      const match = conditions[place]
      const is = match === undefined ? 'no' : matches(match, endpoint, namespaceLabels)
      if (is === 'no') answers.delete(place)
      else answers.set(place, [place, is])
    }
    const met = [...answers.values()].sort(([a], [b]) => a - b)
    const key = met.join()
    const part = parts.get(key) ?? { endpoint, addresses: [], met }
    parts.set(key, part)
    if (part.addresses.at(-1) === from) part.addresses[part.addresses.length - 1] = end
    else part.addresses.push(from, end)
  }
  return [...parts.values()]
}

/** By each bound the places of the conditions that have it. Those of all addresses are bounds of every condition. */
const placesByBound = (conditions: readonly Match[]): ReadonlyMap<bigint, readonly number[]> => {
  const places = new Map<bigint, number[]>()
  for (const [place, match] of conditions.entries()) {
    for (const bound of boundsOf([match])) {
      const list = places.get(bound) ?? []
      list.push(place)
      places.set(bound, list)
    }
  }
  return places
}
