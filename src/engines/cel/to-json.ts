/** CEL values as JSON, after `ConvertToNative(JSONValue)` of cel-go: wide integers become strings, bytes base64. */
import type { JsonValue } from '../../model/json.ts'
import { toText } from './convert.ts'
import { CelMap, CelOptional, CelUint, type CelValue, isError, isList } from './values.ts'

/**
 * The value as JSON; undefined where it has no JSON form (an error, a type, an authorizer, `optional.none()`), or is nested
 * too deeply to be read.
 */
export function toJson(value: CelValue): JsonValue | undefined {
  try {
    return valueJson(value)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function valueJson(value: CelValue): JsonValue | undefined {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined
  if (typeof value === 'bigint') return wide(value)
  if (value instanceof CelUint) return wide(value.value)
  if (value instanceof CelOptional) return value.value === undefined ? undefined : valueJson(value.value)
  if (isList(value)) return listJson(value)
  if (value instanceof CelMap) return mapJson(value)
  if (value instanceof Uint8Array) return base64(value)
  const text = toText(value)
  return isError(text) || typeof text !== 'string' ? undefined : text
}

const wide = (value: bigint): JsonValue => (Number.isSafeInteger(Number(value)) ? Number(value) : String(value))

function listJson(list: readonly CelValue[]): JsonValue | undefined {
  const out: JsonValue[] = []
  for (const item of list) {
    const json = valueJson(item)
    if (json === undefined) return undefined
    out.push(json)
  }
  return out
}

function mapJson(map: CelMap): JsonValue | undefined {
  const entries: [string, JsonValue][] = []
  for (const key of map.keys()) {
    const name = toText(key)
    const json = valueJson(map.find(key) ?? null)
    if (typeof name !== 'string' || json === undefined) return undefined
    entries.push([name, json])
  }
  return Object.fromEntries(entries)
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

export function base64(bytes: Uint8Array): string {
  let out = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const group = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    const letters = [18, 12, 6, 0].map((shift) => alphabet[(group >> shift) & 63] ?? '')
    const missing = Math.max(0, i + 3 - bytes.length)
    out += letters.slice(0, 4 - missing).join('') + '='.repeat(missing)
  }
  return out
}
