import { hash } from 'node:crypto'
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'

/**
 * 32 hex digits that name what is in `parts`, in whatever order the keys of objects stand: who passes an event on may
 * sort them.
 */
export const eventId = (parts: readonly (JsonValue | undefined)[]): string =>
  hash('sha256', canonical(parts.map((part) => part ?? null)), 'hex').slice(0, 32)

const canonical = (value: JsonValue): string => {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  return isObject(value) ? canonicalObject(value) : JSON.stringify(value)
}

const canonicalObject = (object: JsonObject): string =>
  `{${Object.keys(object)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${canonical(object[key] ?? null)}`)
    .join(',')}}`
