/**
 * From a schema, as OpenAPI v3 documents and CustomResourceDefinitions write it, to the type that expressions see. After
 * Kubernetes v1.37.2 `apiserver/pkg/cel/common/schemas.go`, `apiserver/pkg/cel/limits.go`, `openapi/resolver/refs.go`, and
 * `apiextensions-apiserver/pkg/apiserver/schema/cel/model/schemas.go`.
 */
import { isObject, type JsonObject, type JsonValue } from '../../../model/json.ts'
import { utf8Length } from '../cost.ts'
import {
  boolType,
  bytesType,
  type CelType,
  doubleType,
  durationType,
  dynType,
  intType,
  listOf,
  mapOf,
  stringType,
  struct,
  timestampType,
} from '../types.ts'
import type { DeclaredType } from './declared-type.ts'
import { escapeField } from './escape.ts'

/** The largest request that the API server takes, in bytes. */
const maxRequest = 3 * 1024 * 1024
/** The length of `"9999-12-31T23:59:59.999999999Z"`, and what is said of durations. */
const maxTimeText = 32n
const dateText = 12

export interface SchemaOptions {
  /** What the types of objects below are named after: `Pod` gives `Pod.spec.containers.@idx`. */
  readonly name: string
  /** True for a whole object, which has `apiVersion`, `kind` and a name whatever its schema says. */
  readonly resource: boolean
  /** The schema that a `$ref` names; a reference that it does not know makes its field unseen. */
  readonly resolve?: (ref: string) => JsonObject | undefined
  /** True for the schema of a CRD, whose names are bounded as the API server bounds them. */
  readonly structural?: boolean
  /** True gives `dyn` to what expressions can read though its schema has no type, as quantities. */
  readonly untypedIsDyn?: boolean
}

/** The type of what the schema describes; undefined where expressions cannot see it, as a list of unknown items. */
export function declaredType(schema: JsonObject, options: SchemaOptions): DeclaredType | undefined {
  return typeOf(schema, options, options.name, options.resource, { depth: 0, followed: new Set() })
}

/** Where a schema stands: how deep, and below which references. One that comes again stands for an object without fields. */
interface Spot {
  readonly depth: number
  readonly followed: ReadonlySet<string>
}

/** Deeper than any schema that the API server takes; what is below cannot be seen. */
const maxDepth = 250

const below = (spot: Spot): Spot => ({ depth: spot.depth + 1, followed: spot.followed })

function typeOf(
  written: JsonObject,
  options: SchemaOptions,
  name: string,
  resource: boolean,
  spot: Spot,
): DeclaredType | undefined {
  if (spot.depth > maxDepth) return undefined
  const ref = refOf(written)
  if (ref !== undefined) {
    if (spot.followed.has(ref)) return object({ type: 'object' }, options, name, spot)
    const target = options.resolve?.(ref)
    const inside = { depth: spot.depth + 1, followed: new Set([...spot.followed, ref]) }
    return target && typeOf(target, options, name, resource, inside)
  }
  if (isIntOrString(written)) return simple(dynType, 1, () => intOrStringLength(written))
  const schema = resource ? withObjectMeta(written, options) : written
  switch (kindOf(schema)) {
    case 'array':
      return list(schema, options, name, spot)
    case 'object':
      return isObject(schema.additionalProperties)
        ? map(schema, schema.additionalProperties, options, name, spot)
        : object(schema, options, name, spot)
    case 'string':
      return text(schema)
    case 'boolean':
      return simple(boolType, 4, () => 0n)
    case 'number':
      return simple(doubleType, 1, () => 0n)
    case 'integer':
      return simple(intType, 1, () => 0n)
    default:
      return options.untypedIsDyn === true ? simple(dynType, 1, () => 0n) : undefined
  }
}

/** Also a reference inside `allOf`, which only stands there for its description. */
function refOf(schema: JsonObject): string | undefined {
  if (typeof schema.$ref === 'string') return schema.$ref
  if (!Array.isArray(schema.allOf)) return undefined
  const inner = schema.allOf.find((one) => isObject(one) && typeof one.$ref === 'string')
  return isObject(inner) && typeof inner.$ref === 'string' ? inner.$ref : undefined
}

const isIntOrString = (schema: JsonObject): boolean =>
  schema['x-kubernetes-int-or-string'] === true || schema.format === 'int-or-string'

const isEmbedded = (schema: JsonObject): boolean => schema['x-kubernetes-embedded-resource'] === true

const kindOf = ({ type }: JsonObject): JsonValue | undefined => (Array.isArray(type) ? type[0] : type)

function simple(cel: CelType, minSize: number, maxElements: () => bigint): DeclaredType {
  return {
    cel,
    element: undefined,
    key: undefined,
    field: () => undefined,
    fieldNames: () => [],
    maxElements,
    minSize: () => minSize,
  }
}

function list(schema: JsonObject, options: SchemaOptions, name: string, spot: Spot): DeclaredType | undefined {
  const { items } = schema
  if (!isObject(items)) return undefined
  const element = typeOf(items, options, `${name}.@idx`, isEmbedded(items), below(spot))
  if (element === undefined) return undefined
  return {
    ...simple(listOf(element.cel), 2, () => bound(schema.maxItems) ?? fitting(element.minSize() + 1)),
    element,
  }
}

function map(
  schema: JsonObject,
  values: JsonObject,
  options: SchemaOptions,
  name: string,
  spot: Spot,
): DeclaredType | undefined {
  const element = typeOf(values, options, `${name}.@elem`, isEmbedded(values), below(spot))
  if (element === undefined) return undefined
  return {
    ...simple(mapOf(stringType, element.cel), 2, () => bound(schema.maxProperties) ?? fitting(element.minSize() + 6)),
    element,
    key: simple(stringType, 2, () => 0n),
  }
}

/** How many parts of at least this size fit into a request, with the brackets around them. */
const fitting = (size: number): bigint => BigInt(Math.floor((maxRequest - 2) / size))

/** Least sizes of structural schemas, which have no references. */
const sizes = new WeakMap<JsonObject, number>()

function object(schema: JsonObject, options: SchemaOptions, name: string, spot: Spot): DeclaredType {
  const properties = new Map<string, readonly [name: string, schema: JsonObject]>()
  for (const [key, property] of Object.entries(isObject(schema.properties) ? schema.properties : {})) {
    const escaped = escapeField(key)
    if (escaped !== undefined && isObject(property)) properties.set(escaped, [key, property])
  }
  const fields = new Map<string, DeclaredType | undefined>()
  const typed = (property: JsonObject, key: string) =>
    typeOf(property, options, `${name}.${key}`, isEmbedded(property), below(spot))
  const field = (key: string): DeclaredType | undefined => {
    if (fields.has(key)) return fields.get(key)
    const property = properties.get(key)?.[1]
    const type = property && typed(property, key)
    fields.set(key, type)
    return type
  }
  let size: number | undefined
  return {
    ...simple(struct(name), 2, () => 0n),
    field,
    fieldNames: () => [...properties.keys()],
    minSize: () => {
      // Two objects of YAML can be one behind an alias: what was counted once is not counted again.
      size ??= (options.structural === true ? sizes.get(schema) : undefined) ?? requiredSize(schema, typed)
      if (options.structural === true) sizes.set(schema, size)
      return size
    },
  }
}

/** Braces, and every required property without a default: its name in quotes, a colon, a comma and its value. */
function requiredSize(
  schema: JsonObject,
  typed: (property: JsonObject, key: string) => DeclaredType | undefined,
): number {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const required = new Set(
    Array.isArray(schema.required) ? schema.required.filter((one) => typeof one === 'string') : [],
  )
  let size = 2
  for (const key of required) {
    const property = Object.hasOwn(properties, key) ? properties[key] : undefined
    if (!isObject(property) || (property.default !== undefined && property.default !== null)) continue
    const type = typed(property, key)
    if (type !== undefined) size += utf8Length(key) + type.minSize() + 4
  }
  return size
}

function text(schema: JsonObject): DeclaredType {
  switch (schema.format) {
    case 'byte':
      return simple(bytesType, 2, () => bound(schema.maxLength) ?? longestText)
    case 'duration':
      return simple(durationType, 3, () => maxTimeText)
    case 'date':
      return simple(timestampType, dateText, () => BigInt(dateText))
    case 'date-time':
      return simple(timestampType, 21, () => maxTimeText)
    default:
      return simple(stringType, 2, () => lengthOf(schema.maxLength) ?? longestOf(schema.enum) ?? longestText)
  }
}

const longestText = BigInt(maxRequest - 2)

/** A bound of the schema; what is below zero bounds to nothing. */
const bound = (value: JsonValue | undefined): bigint | undefined =>
  typeof value !== 'number' || !Number.isFinite(value) ? undefined : value < 0 ? 0n : BigInt(Math.trunc(value))

/** `maxLength` counts characters, of four bytes each at most. */
const lengthOf = (maxLength: JsonValue | undefined): bigint | undefined => {
  const characters = bound(maxLength)
  return characters && BigInt.asIntN(64, characters * 4n)
}

function longestOf(values: JsonValue | undefined): bigint | undefined {
  if (!Array.isArray(values) || values.length === 0) return undefined
  const longest = values.reduce((most: number, one) => Math.max(most, typeof one === 'string' ? utf8Length(one) : 0), 0)
  return BigInt(longest)
}

const intOrStringLength = (schema: JsonObject): bigint => lengthOf(schema.maxLength) ?? longestText

const anyText: JsonObject = { type: 'string' }

/** The schema with `apiVersion`, `kind` and `metadata`, of which a CRD shows the name alone. */
function withObjectMeta(schema: JsonObject, { structural, resolve }: SchemaOptions): JsonObject {
  const properties = isObject(schema.properties) ? schema.properties : {}
  const { kind, apiVersion } = properties
  const ref = isObject(properties.metadata) ? refOf(properties.metadata) : undefined
  const metadata = ref === undefined ? properties.metadata : resolve?.(ref)
  const named = isObject(metadata) && isObject(metadata.properties) ? metadata.properties : {}
  const complete =
    [kind, apiVersion, named.name, named.generateName].every((one) => isObject(one) && kindOf(one) === 'string') &&
    isObject(metadata) &&
    kindOf(metadata) === 'object'
  if (complete) return schema
  const name = (field: string, longest: number): JsonObject =>
    structural === true ? { type: 'string', maxLength: shorter(named[field], longest) } : anyText
  return {
    ...schema,
    properties: {
      ...properties,
      kind: anyText,
      apiVersion: anyText,
      metadata: { type: 'object', properties: { name: name('name', 253), generateName: name('generateName', 252) } },
    },
  }
}

const shorter = (schema: JsonValue | undefined, longest: number): number =>
  isObject(schema) && typeof schema.maxLength === 'number' ? Math.min(schema.maxLength, longest) : longest
