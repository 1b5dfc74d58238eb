/** Reads fields of Kubernetes objects of which nothing is known: a missing or mistyped field reads as empty. */
import { isObject, type JsonObject } from '../../model/json.ts'

export function textAt(object: JsonObject | undefined, field: string): string {
  const value = object?.[field]
  return typeof value === 'string' ? value : ''
}

export function objectAt(object: JsonObject | undefined, field: string): JsonObject | undefined {
  const value = object?.[field]
  return isObject(value) ? value : undefined
}

export function objectsAt(object: JsonObject | undefined, field: string): readonly JsonObject[] {
  const value = object?.[field]
  return Array.isArray(value) ? value.filter(isObject) : []
}

export function textsAt(object: JsonObject | undefined, field: string): readonly string[] {
  const value = object?.[field]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** Labels of an object; empty where it has none. */
export function labelsOf(object: JsonObject): Readonly<Record<string, string>> {
  const labels = objectAt(objectAt(object, 'metadata'), 'labels') ?? {}
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
