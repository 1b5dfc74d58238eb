import type { JsonObject, JsonValue } from '../../model/json.ts'
import type { FieldNames } from '../../model/predicate.ts'
import type { LinkedCorrelation } from './link.ts'
import type { SigmaCorrelation, SigmaRule } from './types.ts'
import { lookUp, numberOf, scalarText } from './values-of.ts'

/** What one event is to one correlation. */
export interface Hit {
  /** Place of the correlation, and of the rule that matched in its list. */
  readonly correlation: number
  readonly rule: number
  /** Groups it belongs to: the JSON text of the list of its group-by values. */
  readonly groups: readonly string[]
  /** Of value_count: the values, as JSON texts. */
  readonly values: readonly string[]
  /** Of the types that measure: the number. */
  readonly number: number | undefined
}

/** An event of lists of many elements is in at most this many groups of a correlation, and has this many values. */
export const maxCombinations = 64

/** Undefined: the event is in no group, or lacks what is counted. `cut` tells that there were too many combinations. */
export type Extract = (event: JsonObject) => { readonly hit: Hit | undefined; readonly cut: boolean }

/** Makes what reads an event that the given rule matched for a correlation. */
export const extractor = (
  place: number,
  { correlation, inputs }: LinkedCorrelation,
  input: SigmaRule | SigmaCorrelation,
  names: (field: string) => FieldNames,
): Extract => {
  const rule = inputs.indexOf(input)
  const group = correlation.groupBy.map((field) => reader(aliased(correlation, input, field), names))
  const fields = correlation.fields.map((field) => reader(field, names))
  const counts = correlation.type === 'value_count'
  const shared = new SharedHits()
  return (event) => {
    const groups = combinations(group.map((read) => read(event)))
    const read = fields.map((one) => one(event))
    const values = counts ? combinations(read) : { texts: [], cut: false }
    const number = counts ? undefined : read.flat().flatMap((value) => numberOf(value) ?? [])[0]
    const cut = groups.cut || values.cut
    const lacks = counts ? values.texts.length === 0 : fields.length > 0 && number === undefined
    if (lacks || groups.texts.length === 0) return { hit: undefined, cut }
    return { hit: shared.of({ correlation: place, rule, groups: groups.texts, values: values.texts, number }), cut }
  }
}

/** So many hits of a rule are known again. */
const mostShared = 256

/**
 * Most events of a storm are the same to a correlation, and thousands of them wait at once: they share what they are to it.
 * Hits are never changed.
 */
class SharedHits {
  readonly #hits = new Map<string, Hit>()

  of(hit: Hit): Hit {
    const { groups, values, number } = hit
    if (groups.length > 1 || values.length > 1) return hit
    const key = `${groups[0]}${values[0] ?? ''}${number ?? ''}`
    const known = this.#hits.get(key)
    if (known !== undefined) return known
    if (this.#hits.size >= mostShared) this.#hits.clear()
    this.#hits.set(key, hit)
    return hit
  }
}

/** An alias stands for another field in each rule; where it says nothing of a rule, it is the name of a field. */
const aliased = ({ aliases }: SigmaCorrelation, input: SigmaRule | SigmaCorrelation, field: string): string => {
  const fields = aliases.get(field)
  return fields?.get(input.name ?? '') ?? fields?.get(input.id ?? '') ?? field
}

/** Reads the values of some fields together: one text (a JSON list) for each choice of one value per field. */
export const tupleReader = (
  fields: readonly string[],
  names: (field: string) => FieldNames,
): ((event: JsonObject) => { readonly texts: readonly string[]; readonly cut: boolean }) => {
  const readers = fields.map((field) => reader(field, names))
  return (event) => combinations(readers.map((read) => read(event)))
}

type Read = (event: JsonObject) => readonly JsonValue[]

/** The texts, numbers and booleans of a field, each once. Of sourceIPs the first, which is the client. */
const reader = (field: string, names: (field: string) => FieldNames): Read => {
  const look = lookUp(names(field))
  return (event) => {
    const values = look(event).values.filter((value) => scalarText(value) !== undefined)
    return field === 'sourceIPs' ? values.slice(0, 1) : [...new Set(values)]
  }
}

/** One text for each choice of one value per list; none where a list is empty. */
const combinations = (
  lists: readonly (readonly JsonValue[])[],
): { readonly texts: readonly string[]; readonly cut: boolean } => {
  let chosen: readonly (readonly JsonValue[])[] = [[]]
  let cut = false
  for (const list of lists) {
    const most = Math.max(1, Math.floor(maxCombinations / Math.max(1, chosen.length)))
    if (list.length > most) cut = true
    chosen = chosen.flatMap((start) => list.slice(0, most).map((value) => [...start, bounded(value)]))
  }
  return { texts: chosen.map((one) => JSON.stringify(one)), cut }
}

const longest = 256

/** A long text is kept as its beginning and a hash of the whole: memory is bounded, different texts stay different. */
const bounded = (value: JsonValue): JsonValue =>
  typeof value === 'string' && value.length > longest ? `${value.slice(0, longest)}…#${hash(value)}` : value

/** Two runs of FNV-1a with different beginnings: 64 bits. */
const hash = (text: string): string => {
  let [a, b] = [0x811c9dc5, 0x9747b28c]
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x5bd1e995) ^ (a >>> 13)
  }
  return [a, b].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
