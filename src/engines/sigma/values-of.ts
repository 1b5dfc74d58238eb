import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { FieldNames } from '../../model/predicate.ts'
import { fold } from './fold.ts'

/** What an event has of a field. */
export interface FieldValues {
  /** False where no name leads anywhere. */
  readonly present: boolean
  /** True where something that is there is not null: also an empty list. */
  readonly filled: boolean
  /** What was found, a list at the end of the path by its elements. */
  readonly values: readonly JsonValue[]
}

export const nothing: FieldValues = { present: false, filled: false, values: [] }

/**
 * Makes the look-up of a field, as FieldNames of the model says it is done. Each place in an event is reached in at most
 * one way, so the work is bounded by the size of the event.
 */
export const lookUp = (names: FieldNames): ((event: JsonObject) => FieldValues) => {
  const paths = names.map((name) => ({ name, keys: keysOf(name) }))
  return (event) => {
    const found: JsonValue[] = []
    for (const { name, keys } of paths) {
      const own = ownValue(event, name)
      if (own !== undefined) found.push(own)
      else if (keys.length > 1) walk(event, keys, 0, found)
    }
    return fieldOf(found)
  }
}

/** A field of which this was found, lists as they are. */
export const fieldOf = (found: readonly JsonValue[]): FieldValues => {
  if (found.length === 0) return nothing
  const filled = found.some((one) => one !== null)
  return { present: true, filled, values: elementsOf(found) }
}

/** Lists by their elements, one level deep. */
export const elementsOf = (found: readonly JsonValue[]): readonly JsonValue[] => {
  if (!found.some(isList)) return found
  const elements: JsonValue[] = []
  for (const one of found) {
    if (isList(one)) for (const element of one) elements.push(element)
    else elements.push(one)
  }
  return elements
}

const noTexts: readonly string[] = []

/** The texts of values: those that are null, objects and lists have none. */
export const textsOf = (values: readonly JsonValue[]): readonly string[] => {
  let texts: string[] | undefined
  for (const value of values) {
    const text = scalarText(value)
    if (text === undefined) continue
    if (texts === undefined) texts = [text]
    else texts.push(text)
  }
  return texts ?? noTexts
}

/** The texts folded: the same list where folding changes nothing. */
export const foldedOf = (texts: readonly string[]): readonly string[] => {
  const [only] = texts
  if (texts.length !== 1 || only === undefined) return texts.length === 0 ? texts : texts.map(fold)
  const folded = fold(only)
  return folded === only ? texts : [folded]
}

/** For each place in the path, the keys that can be next: `b`, `b.c` with what is left after each. */
const keysOf = (name: string): readonly (readonly { readonly key: string; readonly next: number }[])[] => {
  const parts = name.split('.')
  return parts.map((_, from) =>
    parts.slice(from).map((_, count) => ({
      key: parts.slice(from, from + count + 1).join('.'),
      next: from + count + 1,
    })),
  )
}

const walk = (value: JsonValue, keys: ReturnType<typeof keysOf>, from: number, found: JsonValue[]): void => {
  if (isList(value)) {
    for (const element of value) if (isObject(element)) step(element, keys, from, found)
  } else if (isObject(value)) step(value, keys, from, found)
}

const step = (object: JsonObject, keys: ReturnType<typeof keysOf>, from: number, found: JsonValue[]): void => {
  for (const { key, next } of keys[from] ?? []) {
    const value = ownValue(object, key)
    if (value === undefined) continue
    if (next === keys.length) found.push(value)
    else walk(value, keys, next, found)
  }
}

/** A key that every object has from elsewhere, such as `constructor`. */
export const isInherited = (key: string): boolean => key in Object.prototype

/** The value of a key that the object has itself. */
export const ownValue = (object: JsonObject, key: string): JsonValue | undefined =>
  Object.hasOwn(object, key) ? object[key] : undefined

export const isList = (value: JsonValue): value is readonly JsonValue[] => Array.isArray(value)

/** The text of a value that patterns are held against; undefined for null, objects and lists. */
export const scalarText = (value: JsonValue): string | undefined => {
  if (typeof value === 'string') return value
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : undefined
}

const numberForm = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$/

/** The number that a value is, or that a text is written as. */
export const numberOf = (value: JsonValue): number | undefined => {
  if (typeof value === 'number') return value
  return typeof value === 'string' && value.length <= 64 && numberForm.test(value) ? Number(value) : undefined
}
