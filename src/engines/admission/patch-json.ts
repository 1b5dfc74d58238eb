/** Values of patch expressions as JSON. Source: `ConvertToNative` of v1.37.2 `cel/mutation/dynamic/objects.go`. */
import type { JsonValue } from '../../model/json.ts'
import { type CelValue, toJson } from '../cel/index.ts'
import { CelMap, CelOptional, isList, valueType } from '../cel/values.ts'
import { PatchObject } from './patch-types.ts'

/**
 * The JSON of a value, `Object{…}` inside it too; undefined where it has none. In what is `merged`, an optional that holds
 * nothing is a null.
 */
export function patchJson(value: CelValue, merged = false): JsonValue | undefined {
  if (value instanceof PatchObject) return fromEntries([...value.fields], merged)
  if (merged && value instanceof CelOptional) return value.value === undefined ? null : patchJson(value.value, merged)
  if (isList(value)) {
    const items = value.map((item) => patchJson(item, merged))
    return items.every((item) => item !== undefined) ? items : undefined
  }
  if (!(value instanceof CelMap)) return toJson(value)
  const keys = value.keys()
  if (!keys.every((key) => typeof key === 'string')) return undefined
  return fromEntries(
    keys.map((key) => [key, value.find(key) ?? null]),
    merged,
  )
}

/**
 * The type of a value inside an apply configuration that merging knows nothing of: it takes what is in the apply
 * configuration as it is, and its scalars are only texts, booleans, ints and doubles. An optional is what it holds, and
 * nothing where it holds none, which is not the null of an expression. Undefined where there is none.
 */
export function unmergeable(value: CelValue): string | undefined {
  if (value instanceof CelOptional) return value.value === undefined ? undefined : unmergeable(value.value)
  const inside = value instanceof PatchObject ? [...value.fields.values()] : isList(value) ? value : mapped(value)
  if (inside === undefined) return mergeable.has(valueType(value).name) ? undefined : valueType(value).name
  for (const item of inside) {
    const odd = unmergeable(item)
    if (odd !== undefined) return odd
  }
  return undefined
}

const mergeable: ReadonlySet<string> = new Set(['string', 'bool', 'int', 'double'])

const mapped = (value: CelValue): readonly CelValue[] | undefined =>
  value instanceof CelMap ? value.keys().map((key) => value.find(key) ?? null) : undefined

function fromEntries(entries: readonly (readonly [string, CelValue])[], merged: boolean): JsonValue | undefined {
  const out: Record<string, JsonValue> = {}
  for (const [key, value] of entries) {
    const json = patchJson(value, merged)
    if (json === undefined) return undefined
    Object.defineProperty(out, key, { value: json, enumerable: true, writable: true, configurable: true })
  }
  return out
}
