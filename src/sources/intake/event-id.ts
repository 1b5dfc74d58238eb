import { hash } from 'node:crypto'
import { isObject, type JsonValue } from '../../model/json.ts'

/**
 * 32 hex digits that name what is in `parts`, in whatever order the keys of objects stand: who passes an event on may
 * sort them.
 */
export const eventId = (parts: readonly (JsonValue | undefined)[]): string =>
  hash(
    'sha256',
    parts.reduce((text: string, part) => text + canonical(part), ''),
    'hex',
  ).slice(0, 32)

/** Texts have their length before them instead of quotes: several times quicker than JSON, and as unambiguous. */
const canonical = (value: JsonValue | undefined): string => {
  if (typeof value === 'string') return `"${value.length}:${value}`
  if (Array.isArray(value)) {
    let text = `[${value.length}`
    for (const item of value) text += canonical(item)
    return text
  }
  if (!isObject(value)) return `=${value ?? null};`
  const keys = Object.keys(value).sort()
  let text = `{${keys.length}`
  for (const key of keys) text += `"${key.length}:${key}${canonical(value[key])}`
  return text
}
