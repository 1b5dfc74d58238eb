import type { JsonObject } from '../../model/json.ts'
import type { FieldNames } from '../../model/predicate.ts'
import type { LinkedCorrelation } from './link.ts'
import { combinations, fieldReader } from './tuples.ts'
import type { SigmaCorrelation, SigmaRule } from './types.ts'
import { numberOf } from './values-of.ts'

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
  const group = correlation.groupBy.map((field) => fieldReader(aliased(correlation, input, field), names))
  const fields = correlation.fields.map((field) => fieldReader(field, names))
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
