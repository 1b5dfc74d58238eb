/** The two kinds of map: one made by an expression, with keys of any simple type, and one over a JSON object. */
import type { JsonObject, JsonValue } from '../../model/json.ts'
import { GoPanic } from './frame.ts'
import { CelDuration, CelMap, CelTimestamp, CelUint, type CelValue } from './values.ts'

/** JSON as an expression may be given it: integers beyond 2^53 as bigint, so that none is rounded. */
export type CelJson = JsonValue | bigint | readonly CelJson[] | { readonly [key: string]: CelJson | undefined }

/** A map made by an expression. Only whoever builds it calls `set`; after that it never changes. */
export class ValueMap extends CelMap {
  /** True while a fold gathers entries in it: inserting then changes this map. */
  growing = false
  readonly #entries = new Map<unknown, readonly [CelValue, CelValue]>()

  get size(): number {
    return this.#entries.size
  }

  /** Sets a key. Leaves the evaluation where it is bytes, which cannot be one. */
  set(key: CelValue, value: CelValue): void {
    this.#entries.set(indexOf(key), [key, value])
  }

  delete(key: CelValue): void {
    this.#entries.delete(indexOf(key))
  }

  find(key: CelValue): CelValue | undefined {
    const exact = this.#entries.get(indexOf(key))
    if (exact !== undefined) return exact[1]
    for (const other of equalKeys(key)) {
      const entry = this.#entries.get(indexOf(other))
      if (entry !== undefined) return entry[1]
    }
    return undefined
  }

  keys(): readonly CelValue[] {
    return [...this.#entries.values()].map(([key]) => key)
  }

  override firstKey(): CelValue | undefined {
    return this.#entries.values().next().value?.[0]
  }
}

/**
 * What tells keys apart: int 1 and uint 1 are two keys of a literal, as in cel-go. Durations and timestamps are keys by
 * value, lists and maps by identity, and bytes cannot be keys.
 */
function indexOf(key: CelValue): unknown {
  if (key instanceof Uint8Array) throw new GoPanic('runtime error: hash of unhashable type types.Bytes')
  if (typeof key === 'string') return key.startsWith('\0') ? `\0s${key}` : key
  if (key instanceof CelUint) return `\0u${key.value}`
  if (key instanceof CelDuration) return `\0d${key.nanos}`
  if (key instanceof CelTimestamp) return `\0t${key.seconds}.${key.nanos}`
  return key
}

/** Keys of other number types that are equal to this one, in the order in which cel-go looks for them. */
function equalKeys(key: CelValue): readonly CelValue[] {
  if (typeof key === 'bigint') return key >= 0n ? [new CelUint(key)] : []
  if (key instanceof CelUint) return key.value <= 0x7fffffffffffffffn ? [key.value] : []
  if (typeof key !== 'number' || !Number.isInteger(key) || Math.abs(key) >= 2 ** 64) return []
  const whole = BigInt(key)
  return key >= 0 ? [whole, new CelUint(whole)] : [whole]
}

/** A JSON object as a map with string keys. Values are converted when they are first asked for. */
export class JsonMap extends CelMap {
  readonly source: JsonObject
  #nested: Map<string, CelValue> | undefined
  #keys: readonly string[] | undefined

  constructor(source: JsonObject) {
    super()
    this.source = source
  }

  get size(): number {
    return this.keys().length
  }

  find(key: CelValue): CelValue | undefined {
    if (typeof key !== 'string' || !Object.hasOwn(this.source, key)) return undefined
    const value = this.source[key]
    if (value === undefined) return undefined
    if (typeof value !== 'object' || value === null) return fromJson(value)
    const known = this.#nested?.get(key)
    if (known !== undefined) return known
    const made = fromJson(value)
    this.#nested ??= new Map()
    this.#nested.set(key, made)
    return made
  }

  keys(): readonly string[] {
    this.#keys ??= Object.keys(this.source).filter((key) => this.source[key] !== undefined)
    return this.#keys
  }
}

/** A number with a fraction or an exponent in its text stays a double, though its value may be whole. */
export class JsonDouble {
  readonly value: number

  constructor(value: number) {
    this.value = value
  }
}

/**
 * JSON as a CEL value, in the way the API server reads unstructured objects: a whole number is an int, any other a double.
 * JavaScript cannot tell 1 from 1.0; where the text matters, pass {@link JsonDouble} for the latter.
 */
export function fromJson(value: CelJson | JsonDouble): CelValue {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value
    case 'bigint':
      return value
    case 'number':
      return Number.isInteger(value) && Math.abs(value) < 2 ** 63 ? BigInt(value) : value
  }
  if (value === null) return null
  if (value instanceof JsonDouble) return value.value
  if (Array.isArray(value)) return (value as readonly CelJson[]).map(fromJson)
  return new JsonMap(value as JsonObject)
}

/** A map of ready values, keys being strings. */
export function mapOfValues(entries: Iterable<readonly [string, CelValue]>): ValueMap {
  const map = new ValueMap()
  for (const [key, value] of entries) map.set(key, value)
  return map
}
