/** Any value that JSON can hold. Bodies of Kubernetes objects and audit events are of this type until a parser narrowed them. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject

/** A JSON object. Parsers make these with a null prototype or drop `__proto__`, so a key is always only data. */
export interface JsonObject {
  readonly [key: string]: JsonValue | undefined
}

/** True for a JSON object: not null, not an array. */
export const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/**
 * The value of a JSON text, undefined where it is none. For texts whose fault nobody is told: the message of JSON.parse
 * quotes its input, which may be a secret.
 */
export const jsonOf = (text: string): JsonValue | undefined => {
  try {
    const value: JsonValue = JSON.parse(text)
    return value
  } catch {
    return undefined
  }
}

/** The string, or undefined where the value is of another type. */
export const asString = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

/** The string; empty where the value is of another type. */
export const asText = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The object; an empty one where the value is of another type. */
export const asObject = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {})

/** The list; an empty one where the value is of another type. */
export const asList = (value: JsonValue | undefined): readonly JsonValue[] => (Array.isArray(value) ? value : [])
