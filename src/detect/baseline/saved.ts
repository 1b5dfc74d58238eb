/** Reading a checkpoint back: what is not of the right type is as absent, for the file may be of anybody. */
import type { JsonValue } from '../../model/json.ts'

export const listOf = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])
export const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
export const integer = (value: JsonValue | undefined): number =>
  typeof value === 'number' && Number.isFinite(value) ? Math.trunc(value) : 0

/** Pairs of whole numbers. */
export const pairsOf = (value: JsonValue | undefined): readonly (readonly [number, number])[] =>
  listOf(value).map((pair) => {
    const [first, second] = listOf(pair)
    return [integer(first), integer(second)] as const
  })
