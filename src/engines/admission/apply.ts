/**
 * ApplyConfiguration: merges a partial object as server-side apply does, without ownership.
 * Source: Kubernetes v1.37.2 `policy/mutating/patch/smd.go`, sigs.k8s.io/structured-merge-diff v6 `typed/merge.go`.
 */
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { type Field, type FieldType, type Struct, structNamed } from './schema.ts'

export type Applied =
  | { readonly kind: 'object'; readonly object: JsonObject }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

/** Merges a patch into an object. Fields that are not declared, wrong types, and atomic values in the patch are faults. */
export function applyConfiguration(object: JsonObject, patch: JsonObject, struct: Struct): Applied {
  const faults: string[] = []
  checkStruct(patch, struct, '', faults)
  if (faults.length > 0)
    return { kind: 'faults', faults: faults.map((fault) => `failed to convert patch object to typed object: ${fault}`) }
  const atomics: string[] = []
  findAtomics(patch, { kind: 'struct', name: '', atomic: false }, struct, '', atomics)
  if (atomics.length > 0) {
    return {
      kind: 'faults',
      faults: [`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(', ')}`],
    }
  }
  return { kind: 'object', object: mergeStruct(object, patch, struct) }
}

function checkStruct(value: JsonObject, struct: Struct, path: string, faults: string[]): void {
  for (const [key, item] of Object.entries(value)) {
    const field = struct.fields.get(key)
    if (field === undefined) faults.push(`${path}.${key}: field not declared in schema`)
    else check(item ?? null, field.type, `${path}.${key}`, faults)
  }
}

function check(value: JsonValue, type: FieldType, path: string, faults: string[]): void {
  if (value === null) return
  switch (type.kind) {
    case 'scalar':
      if (!fitsScalar(value, type.scalar))
        faults.push(`${path}: expected ${type.scalar}, got ${JSON.stringify(value)?.slice(0, 100)}`)
      return
    case 'struct':
      if (isObject(value)) checkStruct(value, structNamed(type.name), path, faults)
      else faults.push(`${path}: expected map, got ${JSON.stringify(value)?.slice(0, 100)}`)
      return
    case 'map':
      if (!isObject(value)) faults.push(`${path}: expected map, got ${JSON.stringify(value)?.slice(0, 100)}`)
      else for (const [key, item] of Object.entries(value)) check(item ?? null, type.element, `${path}.${key}`, faults)
      return
    case 'list':
      if (Array.isArray(value)) checkList(value, type, path, faults)
      else faults.push(`${path}: expected list, got ${JSON.stringify(value)?.slice(0, 100)}`)
  }
}

function checkList(
  list: readonly JsonValue[],
  type: Extract<FieldType, { kind: 'list' }>,
  path: string,
  faults: string[],
): void {
  const seen = new Set<string>()
  for (const [i, item] of list.entries()) {
    check(item, type.element, `${path}[${i}]`, faults)
    if (type.merge.kind === 'atomic') continue
    const key = keyOf(item, type)
    if (key === undefined)
      faults.push(`${path}: element ${i}: associative list with keys has an element that omits key field`)
    else if (seen.has(key)) faults.push(`${path}: duplicate entries for key ${key}`)
    else seen.add(key)
  }
}

/** The schema of apply knows only texts, numbers and booleans; quantities and int-or-string are any of them. */
function fitsScalar(value: JsonValue, scalar: string): boolean {
  switch (scalar) {
    case 'any':
      return true
    case 'bool':
      return typeof value === 'boolean'
    case 'string':
    case 'time':
    case 'bytes':
      return typeof value === 'string'
    case 'quantity':
    case 'intorstring':
      return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
    default:
      return typeof value === 'number'
  }
}

function findAtomics(
  value: JsonValue,
  type: FieldType,
  struct: Struct | undefined,
  path: string,
  found: string[],
): void {
  if (isObject(value)) {
    const fields = struct ?? (type.kind === 'struct' ? structNamed(type.name) : undefined)
    if ((type.kind === 'struct' && (type.atomic || fields?.atomic === true)) || (type.kind === 'map' && type.atomic))
      found.push(path)
    for (const [key, item] of Object.entries(value)) {
      const field = fields?.fields.get(key)
      if (field !== undefined) findAtomics(item ?? null, field.type, undefined, `${path}.${key}`, found)
    }
  }
  if (Array.isArray(value) && type.kind === 'list') {
    if (type.merge.kind === 'atomic') found.push(path)
    for (const [i, item] of value.entries()) findAtomics(item, type.element, undefined, `${path}[${i}]`, found)
  }
}

function mergeStruct(left: JsonObject, right: JsonObject, struct: Struct): JsonObject {
  const out: Record<string, JsonValue> = {}
  for (const key of new Set([...Object.keys(left), ...Object.keys(right)])) {
    const field: Field | undefined = struct.fields.get(key)
    const merged = merge(left[key], right[key], field?.type)
    if (merged !== undefined) define(out, key, merged)
  }
  return out
}

const define = (out: Record<string, JsonValue>, key: string, value: JsonValue): void => {
  Object.defineProperty(out, key, { value, enumerable: true, writable: true, configurable: true })
}

function merge(
  left: JsonValue | undefined,
  right: JsonValue | undefined,
  type: FieldType | undefined,
): JsonValue | undefined {
  if (right === undefined) return left
  if (left === undefined || left === null) return type === undefined ? right : added(right, type)
  if (type === undefined || type.kind === 'scalar') return right
  if (type.kind === 'list')
    return Array.isArray(left) ? mergeLists(left, Array.isArray(right) ? right : [], type) : right
  if (!isObject(left)) return right
  const patch = isObject(right) ? right : {}
  if (type.kind === 'struct') return mergeStruct(left, patch, structNamed(type.name))
  const out: Record<string, JsonValue> = {}
  for (const key of new Set([...Object.keys(left), ...Object.keys(patch)])) {
    const merged = merge(left[key], patch[key], type.element)
    if (merged !== undefined) define(out, key, merged)
  }
  return out
}

/** A part of the patch that has no counterpart in the object: an empty list, merged with nothing, is a null. */
function added(value: JsonValue, type: FieldType): JsonValue {
  if (Array.isArray(value) && type.kind === 'list')
    return value.length === 0 ? null : value.map((item) => added(item, type.element))
  if (!isObject(value) || (type.kind !== 'struct' && type.kind !== 'map')) return value
  const fields = type.kind === 'struct' ? structNamed(type.name).fields : undefined
  const out: Record<string, JsonValue> = {}
  for (const [key, item] of Object.entries(value)) {
    const inner = type.kind === 'map' ? type.element : fields?.get(key)?.type
    define(out, key, inner === undefined || item === undefined ? (item ?? null) : added(item, inner))
  }
  return out
}

/** What identifies an element of a set or of a list with keys; undefined where a key is missing and has no default. */
function keyOf(item: JsonValue, type: Extract<FieldType, { kind: 'list' }>): string | undefined {
  if (type.merge.kind === 'set') return JSON.stringify(item)
  if (type.merge.kind === 'atomic' || !isObject(item)) return undefined
  const struct = type.element.kind === 'struct' ? structNamed(type.element.name) : undefined
  const values: JsonValue[] = []
  let given = 0
  for (const key of type.merge.keys) {
    const value = item[key]
    if (value !== undefined && value !== null) given++
    const fallback = keyDefault(struct?.fields.get(key))
    if (value === undefined && fallback === undefined) values.push(null)
    else values.push(value ?? fallback ?? null)
  }
  return given === 0 && values.every((value) => value === null) ? undefined : JSON.stringify(values)
}

/** A key that is always written has the zero of its type as its default in the published schema. */
function keyDefault(field: Field | undefined): JsonValue | undefined {
  if (field?.default !== undefined || field?.always !== true || field.type.kind !== 'scalar') return field?.default
  return field.type.scalar === 'string' ? '' : field.type.scalar === 'bool' ? false : 0
}

/**
 * Merges element by element. Elements that both have keep the order of the patch among each other, the others keep their
 * place: the algorithm of `mergingWalker.visitListItems`, step by step.
 */
function mergeLists(
  left: readonly JsonValue[],
  right: readonly JsonValue[],
  type: Extract<FieldType, { kind: 'list' }>,
): JsonValue {
  if (type.merge.kind === 'atomic') return [...right]
  const keyed = (list: readonly JsonValue[]) => list.map((item, i) => ({ item, key: keyOf(item, type) ?? `#${i}` }))
  const lefts = keyed(left)
  const rights = keyed(right)
  const leftByKey = new Map(lefts.map(({ key, item }) => [key, item]))
  const rightByKey = new Map(rights.map(({ key, item }) => [key, item]))
  const shared = rights.filter(({ key }) => leftByKey.has(key)).map(({ key }) => key)
  const done = new Set<string>()
  const out: JsonValue[] = []
  const push = (a: JsonValue | undefined, b: JsonValue | undefined): void => {
    const merged = merge(a, b, type.element)
    if (merged !== undefined) out.push(merged)
  }
  let l = 0
  let r = 0
  while (l < lefts.length || r < rights.length) {
    const one = lefts[l]
    const other = rights[r]
    if (one !== undefined && other !== undefined) {
      if (one.key === other.key) {
        done.add(one.key)
        push(leftByKey.get(one.key), other.item)
        l++
        r++
        shared.shift()
        continue
      }
      if (rightByKey.has(one.key) && shared[0] !== undefined && shared[0] !== one.key) {
        l++
        continue
      }
    }
    if (one !== undefined) {
      if (!rightByKey.has(one.key)) {
        push(one.item, undefined)
        l++
        continue
      }
      if (done.has(one.key)) l++
    }
    if (other !== undefined) {
      done.add(other.key)
      push(leftByKey.get(other.key), other.item)
      r++
      if (shared[0] === other.key) shared.shift()
    }
  }
  return out
}
