import type { JsonObject } from '../../model/json.ts'
import { numbersAt } from './decode.ts'

/** By what later detections find their way to a case. */
export const claimKinds = ['actor', 'linked', 'address', 'object'] as const
export type ClaimKind = (typeof claimKinds)[number]

/** How many of each kind a case holds; the one not seen for longest makes room. */
const most: Readonly<Record<ClaimKind, number>> = { actor: 32, linked: 32, address: 32, object: 64 }

/**
 * What one case claims: those who act in it (keys of `actorOf`), the principals it gave rights to or took over, the
 * addresses it came from, the objects it made or got into. The number of an actor says how it came in.
 */
export type Claims = Readonly<Record<ClaimKind, Map<string, number>>>

/** By its own detection; by an address or a link to those in the case. */
export const cameByItself = 0
export const cameByLink = 1

export const noClaims = (): Claims => ({ actor: new Map(), linked: new Map(), address: new Map(), object: new Map() })

/** Adds a claim, or makes it the newest. Answers the one that had to go, and whether this one is new. */
export const claim = (
  claims: Claims,
  kind: ClaimKind,
  key: string,
  value: number,
): { readonly isNew: boolean; readonly gone: string | undefined } => {
  const map = claims[kind]
  const known = map.get(key)
  if (known !== undefined) {
    // Moved to the end, which the only one is at already.
    if (map.size > 1) map.delete(key)
    map.set(key, Math.min(known, value))
    return { isNew: false, gone: undefined }
  }
  map.set(key, value)
  if (map.size <= most[kind]) return { isNew: true, gone: undefined }
  const [oldest] = map.keys()
  if (oldest !== undefined) map.delete(oldest)
  return { isNew: true, gone: oldest }
}

export const claimsMemory = (claims: Claims): JsonObject =>
  Object.fromEntries(claimKinds.map((kind) => [kind, [...claims[kind]].map(([key, value]) => [key, value])]))

export const readClaims = (memory: JsonObject): Claims => ({
  actor: numbersAt(memory, 'actor'),
  linked: numbersAt(memory, 'linked'),
  address: numbersAt(memory, 'address'),
  object: numbersAt(memory, 'object'),
})
