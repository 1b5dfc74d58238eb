/** Reads rows of the desk back: what is missing or of another type is empty, so that an older row can be read too. */
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'

export const textAt = (object: JsonObject, key: string): string => {
  const value = object[key]
  return typeof value === 'string' ? value : ''
}

export const numberAt = (object: JsonObject, key: string): number => {
  const value = object[key]
  return typeof value === 'number' ? value : 0
}

export const textsAt = (object: JsonObject, key: string): string[] =>
  listAt(object, key).filter((one): one is string => typeof one === 'string')

export const objectsAt = (object: JsonObject, key: string): readonly JsonObject[] =>
  listAt(object, key).filter(isObject)

/** Pairs as `[name, number]`, in their order. */
export const numbersAt = (object: JsonObject, key: string): Map<string, number> =>
  new Map(
    listAt(object, key).flatMap((pair) => {
      const [name, number] = Array.isArray(pair) ? pair : []
      return typeof name === 'string' && typeof number === 'number' ? [[name, number] as const] : []
    }),
  )

export const objectAt = (object: JsonObject, key: string): JsonObject => {
  const value = object[key]
  return isObject(value) ? value : {}
}

/** The value where it is one of the choices, else the first choice. */
export const oneOf = <T extends string>(value: JsonValue | undefined, choices: readonly [T, ...T[]]): T =>
  choices.find((choice) => choice === value) ?? choices[0]

const listAt = (object: JsonObject, key: string): readonly JsonValue[] => {
  const value = object[key]
  return Array.isArray(value) ? value : []
}
