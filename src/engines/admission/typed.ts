/**
 * Objects as the API server's typed decoder reads them, strictly, and writes them again: an unknown field or a wrong type
 * is a fault; empty optional fields go, and empty required ones come. Kinds without a schema pass as they are.
 */
import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { canonicalQuantity } from '../apimachinery/quantity.ts'
import type { GroupVersionKind } from './request.ts'
import { type Field, type FieldType, type Scalar, type Struct, structNamed, structOfKind } from './schema.ts'

export type Typed =
  | { readonly kind: 'object'; readonly object: JsonObject }
  | { readonly kind: 'faults'; readonly faults: readonly string[] }

/** Decodes and encodes an object of a struct. All faults are told, the first ones first. */
export function retype(object: JsonObject, struct: Struct): Typed {
  const faults: string[] = []
  const typed = writeStruct(object, struct, '', faults)
  return faults.length === 0 ? { kind: 'object', object: typed } : { kind: 'faults', faults }
}

/**
 * An object from a manifest as the API server has it after decoding, which is what expressions see. Where it does not
 * decode (the API server would refuse it), or has no schema, it stays as it is. Defaults are not filled in.
 */
export function decoded(object: JsonObject, kind: GroupVersionKind): JsonObject {
  const struct = structOfKind(kind.group, kind.version, kind.kind)
  const typed = struct && retype(object, struct)
  return typed?.kind === 'object' ? typed.object : object
}

const maxFaults = 100

function report(faults: string[], fault: string): undefined {
  if (faults.length < maxFaults) faults.push(fault)
  return undefined
}

function writeStruct(object: JsonObject, struct: Struct, path: string, faults: string[]): JsonObject {
  const out: Record<string, JsonValue> = {}
  for (const key of Object.keys(object)) {
    if (!struct.fields.has(key)) report(faults, `unknown field "${join(path, key)}"`)
  }
  for (const field of struct.fields.values()) {
    const value = writeField(object[field.name], field, join(path, field.name), faults)
    if (value !== undefined) out[field.name] = value
  }
  return out
}

const join = (path: string, field: string): string => (path === '' ? field : `${path}.${field}`)

function writeField(value: JsonValue | undefined, field: Field, path: string, faults: string[]): JsonValue | undefined {
  if (value === undefined || value === null) return emptyField(field)
  const typed = writeValue(value, field.type, path, faults)
  if (typed === undefined) return undefined
  return !field.pointer && !field.always && isEmpty(typed, field.type) ? undefined : typed
}

/** What a field that is not set is written as; undefined where it is left out. */
function emptyField(field: Field): JsonValue | undefined {
  if (!field.always) return undefined
  return field.pointer ? null : emptyValue(field.type)
}

function emptyValue(type: FieldType): JsonValue {
  if (type.kind === 'struct') return writeStruct({}, structNamed(type.name), '', [])
  if (type.kind !== 'scalar') return null
  return type.scalar === 'string'
    ? ''
    : type.scalar === 'bool'
      ? false
      : numeric.has(type.scalar)
        ? 0
        : type.scalar === 'quantity'
          ? '0'
          : null
}

const numeric: ReadonlySet<Scalar> = new Set(['int32', 'int64', 'uint64', 'double', 'intorstring'])

/** Empty for `omitempty`: structs never are. */
function isEmpty(value: JsonValue, type: FieldType): boolean {
  if (type.kind === 'struct') return false
  if (value === '' || value === 0 || value === false || value === null)
    return type.kind === 'scalar' && type.scalar !== 'quantity'
  return (
    type.kind !== 'scalar' &&
    (Array.isArray(value) ? value.length === 0 : isObject(value) && Object.keys(value).length === 0)
  )
}

function writeValue(value: JsonValue, type: FieldType, path: string, faults: string[]): JsonValue | undefined {
  switch (type.kind) {
    case 'scalar':
      return writeScalar(value, type.scalar, path, faults)
    case 'struct':
      if (isObject(value)) return writeStruct(value, structNamed(type.name), path, faults)
      return report(faults, `cannot unmarshal ${jsonType(value)} into ${path} of type ${type.name}`)
    case 'list':
      if (Array.isArray(value)) return writeList(value, type.element, path, faults)
      return report(faults, `cannot unmarshal ${jsonType(value)} into ${path} of type list`)
    case 'map': {
      if (!isObject(value)) return report(faults, `cannot unmarshal ${jsonType(value)} into ${path} of type map`)
      const entries = Object.entries(value).map(([key, item]) => [
        key,
        writeItem(item ?? null, type.element, `${path}.${key}`, faults),
      ])
      return Object.fromEntries(entries.filter(([, item]) => item !== undefined)) as JsonObject
    }
  }
}

function writeList(list: readonly JsonValue[], element: FieldType, path: string, faults: string[]): JsonValue {
  const out: JsonValue[] = []
  for (const [i, item] of list.entries()) {
    const typed = writeItem(item, element, `${path}[${i}]`, faults)
    if (typed !== undefined) out.push(typed)
  }
  return out
}

/** Null in a list or map is the zero of the element's type. */
const writeItem = (value: JsonValue, type: FieldType, path: string, faults: string[]): JsonValue | undefined =>
  value === null ? emptyValue(type) : writeValue(value, type, path, faults)

function writeScalar(value: JsonValue, scalar: Scalar, path: string, faults: string[]): JsonValue | undefined {
  const wrong = (): undefined => report(faults, `cannot unmarshal ${jsonType(value)} into ${path} of type ${scalar}`)
  switch (scalar) {
    case 'any':
      return value
    case 'bool':
      return typeof value === 'boolean' ? value : wrong()
    case 'string':
    case 'bytes':
      return typeof value === 'string' ? value : wrong()
    case 'time':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : wrong()
    case 'double':
      return typeof value === 'number' ? value : wrong()
    case 'intorstring':
      return typeof value === 'string' || isWhole(value, 2 ** 31) ? value : wrong()
    case 'quantity': {
      const text =
        typeof value === 'string'
          ? canonicalQuantity(value)
          : typeof value === 'number'
            ? canonicalQuantity(String(value))
            : undefined
      return text ?? wrong()
    }
    case 'uint64':
      return isWhole(value, 2 ** 64) && Number(value) >= 0 ? value : wrong()
    default:
      return isWhole(value, scalar === 'int32' ? 2 ** 31 : 2 ** 63) ? value : wrong()
  }
}

const isWhole = (value: JsonValue, limit: number): boolean =>
  typeof value === 'number' && Number.isInteger(value) && value < limit && value >= -limit

const jsonType = (value: JsonValue): string => (value === null ? 'null' : Array.isArray(value) ? 'array' : typeof value)
