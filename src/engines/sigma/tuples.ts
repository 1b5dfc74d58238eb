import type { JsonObject, JsonValue } from '../../model/json.ts'
import type { FieldNames } from '../../model/predicate.ts'
import { isInherited, isList, lookUp, scalarText } from './values-of.ts'

/** One text (a JSON list) for each choice of one value per field; `cut` tells that there were too many of them. */
export interface Tuples {
  readonly texts: readonly string[]
  readonly cut: boolean
}

/** An event of lists of many elements is in at most this many groups of a correlation, and has this many values. */
const maxCombinations = 64

/**
 * Reads the values of some fields together. Most events have one value of each field, and the same ones again and again:
 * these are looked up in a few steps, and share their texts.
 */
export const tupleReader = (
  fields: readonly string[],
  names: (field: string) => FieldNames,
): ((event: JsonObject) => Tuples) => {
  const readers = fields.map((field) => fieldReader(field, names))
  const slow = (event: JsonObject): Tuples => combinations(readers.map((read) => read(event)))
  const singles = fields.flatMap((field) => singleReader(field, names(field)) ?? [])
  if (singles.length < fields.length) return slow
  const known = new KnownTuples()
  const chosen: JsonValue[] = []
  return (event) => {
    let lacks = false
    for (let place = 0; place < singles.length; place++) {
      const value = singles[place]?.(event)
      // Beside a field without a value, too many of another are still told as cut.
      if (value === several) return slow(event)
      if (value === undefined) lacks = true
      else chosen[place] = value
    }
    return lacks ? noTuples : known.of(chosen)
  }
}

/** Reads the texts, numbers and booleans of a field, each once. Of sourceIPs the first, which is the client. */
export const fieldReader = (
  field: string,
  names: (field: string) => FieldNames,
): ((event: JsonObject) => readonly JsonValue[]) => {
  const look = lookUp(names(field))
  const single = singleReader(field, names(field)) ?? (() => several)
  return (event) => {
    const only = single(event)
    if (only !== several) return only === undefined ? noValues : [only]
    const { values: all } = look(event)
    const values = all.every(isScalar) ? all : all.filter(isScalar)
    if (values.length <= 1) return values
    return field === clients ? values.slice(0, 1) : [...new Set(values)]
  }
}

/** One text for each choice of one value per list; none where a list is empty. */
export const combinations = (lists: readonly (readonly JsonValue[])[]): Tuples => {
  if (lists.every((list) => list.length === 1)) {
    return { texts: [JSON.stringify(lists.map(([only = null]) => bounded(only)))], cut: false }
  }
  let chosen: readonly (readonly JsonValue[])[] = [[]]
  let cut = false
  for (const list of lists) {
    const most = Math.max(1, Math.floor(maxCombinations / Math.max(1, chosen.length)))
    if (list.length > most) cut = true
    chosen = chosen.flatMap((start) => list.slice(0, most).map((value) => [...start, bounded(value)]))
  }
  return { texts: chosen.map((one) => JSON.stringify(one)), cut }
}

const clients = 'sourceIPs'
const noValues: readonly JsonValue[] = []
const noTuples: Tuples = { texts: [], cut: false }
const isScalar = (value: JsonValue): boolean => scalarText(value) !== undefined

/** That a field has more than one value, or one that is found or written in more steps. */
const several = Symbol('several')

/** The only value of a field in an event; undefined where there is none. */
type Single = (event: JsonObject) => JsonValue | typeof several | undefined

/** The same as {@link fieldReader} where a field has at most one value; undefined for fields that lie deeper. */
const singleReader = (field: string, names: FieldNames): Single | undefined => {
  const paths = names.map((name) => ({ name, parts: name.split('.') }))
  if (paths.some(({ name, parts }) => parts.length > 2 || [name, ...parts].some(isInherited))) return undefined
  const places = paths.map(({ name, parts: [outer = '', inner] }) => ({ name, outer, inner }))
  const ofFound = field === clients ? clientOf : singleOf
  return (event) => {
    let found: JsonValue | undefined
    for (const { name, outer, inner } of places) {
      let value = event[name]
      if (value === undefined && inner !== undefined) {
        const within = event[outer]
        if (typeof within !== 'object' || within === null) continue
        if (isList(within)) return several
        value = within[inner]
      }
      if (value === undefined) continue
      if (found !== undefined) return several
      found = value
    }
    return found === undefined ? undefined : ofFound(found)
  }
}

const singleOf = (found: JsonValue): ReturnType<Single> => {
  if (!isList(found)) return shortScalar(found)
  return found.length > 1 ? several : shortScalar(found[0])
}

const clientOf = (found: JsonValue): ReturnType<Single> => shortScalar(isList(found) ? found.find(isScalar) : found)

const shortScalar = (value: JsonValue | undefined): ReturnType<Single> => {
  if (typeof value === 'string') return value.length > longest ? several : value
  return typeof value === 'number' || typeof value === 'boolean' ? value : undefined
}

/** So many values are known again: some 100 KiB of a reader with usual ones, 2 MiB at worst. */
const mostKnown = 512

interface Choice {
  /** With the value of the next field. */
  next: Map<JsonValue, Choice> | undefined
  tuples: Tuples | undefined
}

const noChoice = (): Choice => ({ next: undefined, tuples: undefined })

/** The texts of values that were there before: to look them up takes a part of the time that they take to write. */
class KnownTuples {
  #root = noChoice()
  #size = 0

  of(values: readonly JsonValue[]): Tuples {
    if (this.#size >= mostKnown) {
      this.#root = noChoice()
      this.#size = 0
    }
    let choice = this.#root
    for (const value of values) {
      choice.next ??= new Map()
      let next = choice.next.get(value)
      if (next === undefined) {
        next = noChoice()
        choice.next.set(value, next)
        this.#size += 1
      }
      choice = next
    }
    choice.tuples ??= { texts: [JSON.stringify(values)], cut: false }
    return choice.tuples
  }
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
