import { asList, asObject, type JsonObject, type JsonValue } from '../../model/json.ts'

/** One way in which an object that guards a cluster lets through more than it did. */
export interface Lowering {
  /** What of it was lowered: `pod-security.enforce`. */
  readonly guard: string
  /** What it was before; {@link unknownBefore} where the change alone tells. */
  readonly from: string
  readonly to: string
}

/** Nothing is known of the object before: the change itself names the weakest there is. */
export const unknownBefore = 'unknown'

/** A kind of objects that keep something out, and what makes one of them keep out less. */
export interface Guard {
  /** Empty for the core group. */
  readonly group: string
  /** Plural as in URLs; `*` for all of the group. */
  readonly resource: string
  /** What has to be remembered of an object to compare it later: with the same paths, so that patches can be applied to it. */
  keep(body: JsonObject): JsonObject
  /** Of two that were kept. */
  lowered(before: JsonObject, after: JsonObject): readonly Lowering[]
  /** What a request says by itself (a body, a merge patch, or the operations of a JSON patch), with nothing known before. */
  named(change: JsonValue): readonly Lowering[]
}

/** Those members of an object that it has and that are not null. */
export const picked = (object: JsonObject, keys: readonly string[]): JsonObject =>
  Object.fromEntries(
    keys.flatMap((key) => (object[key] === undefined || object[key] === null ? [] : [[key, object[key]]])),
  )

/** Operations of a JSON patch; none of any other change. */
export const operations = (change: JsonValue): readonly JsonObject[] => asList(change).map(asObject)

/** `values` is a part of `all`, and `all` has more. */
export const isLess = (values: readonly JsonValue[], all: readonly JsonValue[]): boolean => {
  const has = new Set(all.map((one) => JSON.stringify(one)))
  return values.length < all.length && values.every((one) => has.has(JSON.stringify(one)))
}

/** What a label selector asks for, one by one. Fewer of them mean more objects. */
export const requirements = (selector: JsonValue | undefined): readonly JsonValue[] => {
  const { matchLabels, matchExpressions } = asObject(selector)
  return [
    ...Object.entries(asObject(matchLabels)).map(([key, value]) => [key, value ?? null]),
    ...asList(matchExpressions),
  ]
}

/** The lowering of something whose values are known from the strictest to the weakest; none where it is as strict as before. */
export const step = (guard: string, strictest: readonly string[], from: string, to: string): readonly Lowering[] => {
  const [was, is] = [strictest.indexOf(from), strictest.indexOf(to)]
  return was >= 0 && is > was ? [{ guard, from, to }] : []
}

/** `3 conditions`. */
export const counted = (number: number, what: string): string => `${number} ${what}${number === 1 ? '' : 's'}`
