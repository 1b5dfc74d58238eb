/**
 * The types `JSONPatch` and `Object`, `Object.spec`, … of mutating policies.
 * Source: Kubernetes v1.37.2 `apiserver/pkg/cel/mutation` (jsonpatch.go, typeresolver.go, dynamic/objects.go).
 */
import { isEqual } from '../cel/equality.ts'
import { type CelType, dynType, stringType, struct } from '../cel/types.ts'
import { CelError, CelMap, CelObject, type CelValue, isList } from '../cel/values.ts'

export const isPatchType = (name: string): boolean =>
  name === 'JSONPatch' || name === 'Object' || name.startsWith('Object.')

/** The type of a field: an `Object` has any field, checked against the real object's schema when it is applied. */
export function patchField(type: string, field: string): CelType | undefined {
  if (type !== 'JSONPatch') return isPatchType(type) ? dynType : undefined
  if (field === 'op' || field === 'path' || field === 'from') return stringType
  return field === 'value' ? dynType : undefined
}

/** `Object.spec{…}`: its fields, and its type name, which must match the path that it is found at. */
export class PatchObject extends CelObject {
  readonly type: CelType
  readonly fields: ReadonlyMap<string, CelValue>

  constructor(typeName: string, fields: ReadonlyMap<string, CelValue>) {
    super()
    this.type = struct(typeName)
    this.fields = fields
  }

  equals(other: CelValue): boolean {
    if (!(other instanceof PatchObject) || other.type.name !== this.type.name) return false
    return sameFields(this.fields, other.fields)
  }

  text(): string {
    return `${this.type.name}{…}`
  }

  override field(name: string): CelValue | undefined {
    return this.fields.get(name)
  }
}

/** `JSONPatch{op: …, path: …}`. */
export class JsonPatchOperation extends CelObject {
  readonly type = struct('JSONPatch')
  readonly op: string
  readonly path: string
  readonly from: string
  readonly value: CelValue | undefined

  constructor(op: string, path: string, from: string, value: CelValue | undefined) {
    super()
    this.op = op
    this.path = path
    this.from = from
    this.value = value
  }

  equals(other: CelValue): boolean {
    if (!(other instanceof JsonPatchOperation)) return false
    if (other.op !== this.op || other.path !== this.path || other.from !== this.from) return false
    if (this.value === undefined || other.value === undefined) return this.value === other.value
    return isEqual(this.value, other.value)
  }

  text(): string {
    return `JSONPatch{op: ${this.op}, path: ${this.path}}`
  }

  override field(name: string): CelValue | undefined {
    if (name === 'op') return this.op
    if (name === 'path') return this.path
    return name === 'from' ? this.from : name === 'value' ? this.value : undefined
  }
}

function sameFields(a: ReadonlyMap<string, CelValue>, b: ReadonlyMap<string, CelValue>): boolean {
  if (a.size !== b.size) return false
  for (const [name, value] of a) {
    const other = b.get(name)
    if (other === undefined || !isEqual(value, other)) return false
  }
  return true
}

/** The value of a struct literal. */
export function createPatchValue(type: string, fields: ReadonlyMap<string, CelValue>): CelValue {
  if (type !== 'JSONPatch') {
    return isPatchType(type) ? new PatchObject(type, fields) : new CelError(`unknown type: ${type}`)
  }
  const texts: Record<string, string> = { op: '', path: '', from: '' }
  for (const name of ['op', 'path', 'from']) {
    const value = fields.get(name)
    if (value === undefined) continue
    if (typeof value !== 'string') return new CelError(`unexpected type for JSONPatchType '${name}' field`)
    texts[name] = value
  }
  return new JsonPatchOperation(texts.op ?? '', texts.path ?? '', texts.from ?? '', fields.get('value'))
}

/** Type names of nested objects must spell the path of fields that leads to them; lists do not count as a step. */
export function typeNameFaults(value: CelValue, path = 'Object'): readonly string[] {
  if (isList(value)) return value.flatMap((item) => typeNameFaults(item, path))
  if (value instanceof CelMap) return value.keys().flatMap((key) => typeNameFaults(value.find(key) ?? null, path))
  if (!(value instanceof PatchObject)) return []
  const name = value.type.name
  const wrong = `unexpected type name "${name}", expected "${path}", which matches field name path from root Object type`
  const below = [...value.fields].flatMap(([field, child]) => typeNameFaults(child, `${path}.${field}`))
  return name === path ? below : [wrong, ...below]
}
