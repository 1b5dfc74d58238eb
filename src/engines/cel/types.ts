/** Types of CEL, for the checker and as values (`type(x)`), after cel-go v0.29.2 `common/types/types.go`. */

export type TypeKind =
  | 'any'
  | 'bool'
  | 'bytes'
  | 'double'
  | 'duration'
  | 'dyn'
  | 'error'
  | 'int'
  | 'list'
  | 'map'
  | 'null'
  | 'opaque'
  | 'param'
  | 'string'
  | 'struct'
  | 'timestamp'
  | 'type'
  | 'uint'

/** A type; `name` is its name at run time (`list`, `google.protobuf.Duration`, `kubernetes.URL`). Immutable. */
export class CelType {
  readonly kind: TypeKind
  readonly name: string
  readonly params: readonly CelType[]

  constructor(kind: TypeKind, name: string, params: readonly CelType[] = []) {
    this.kind = kind
    this.name = name
    this.params = params
  }
}

export const anyType = new CelType('any', 'google.protobuf.Any')
export const boolType = new CelType('bool', 'bool')
export const bytesType = new CelType('bytes', 'bytes')
export const doubleType = new CelType('double', 'double')
export const durationType = new CelType('duration', 'google.protobuf.Duration')
export const dynType = new CelType('dyn', 'dyn')
export const errorType = new CelType('error', '*error*')
export const intType = new CelType('int', 'int')
export const nullType = new CelType('null', 'null_type')
export const stringType = new CelType('string', 'string')
export const timestampType = new CelType('timestamp', 'google.protobuf.Timestamp')
export const uintType = new CelType('uint', 'uint')
export const typeType = new CelType('type', 'type')

/** `list` and `map` as values of `type(x)`, whose parameters are not known at run time. */
export const listValueType = new CelType('list', 'list', [dynType])
export const mapValueType = new CelType('map', 'map', [dynType, dynType])
export const optionalValueType = new CelType('opaque', 'optional_type', [dynType])

export const listOf = (element: CelType): CelType => new CelType('list', 'list', [element])
export const mapOf = (key: CelType, value: CelType): CelType => new CelType('map', 'map', [key, value])
export const optionalOf = (value: CelType): CelType => new CelType('opaque', 'optional_type', [value])
export const typeOf = (value: CelType): CelType => new CelType('type', 'type', [value])
export const param = (name: string): CelType => new CelType('param', name)
export const struct = (name: string): CelType => new CelType('struct', name)
export const opaque = (name: string, ...params: CelType[]): CelType => new CelType('opaque', name, params)

export const isDyn = (type: CelType): boolean => type.kind === 'dyn' || type.kind === 'any'

/** Same kind, name and parameters; with `ignoreParamNames`, any two type parameters are the same. */
export function sameType(a: CelType, b: CelType, ignoreParamNames = false): boolean {
  if (a === b) return true
  if (a.kind !== b.kind || a.params.length !== b.params.length) return false
  if (!(ignoreParamNames && a.kind === 'param') && a.name !== b.name) return false
  return a.params.every((p, i) => sameType(p, b.params[i] ?? dynType, ignoreParamNames))
}

/** True where a value of type `from` can be used as `to` without looking at type variables. */
export function acceptsType(to: CelType, from: CelType): boolean {
  if (to === from || isDyn(to)) return true
  if (to.kind !== from.kind || to.name !== from.name || to.params.length !== from.params.length) return false
  return to.params.every((p, i) => acceptsType(p, from.params[i] ?? dynType))
}

/** The spelling in errors of the checker (`FormatCELType`): `duration`, `list(int)`, `int.(string)`. */
export function showType(type: CelType): string {
  if (type.kind === 'error') return '!error!'
  if (type.kind === 'any') return 'any'
  if (type.kind === 'duration' || type.kind === 'timestamp') return type.kind
  if (type.kind === 'null') return 'null'
  if (type.params.length === 0) return type.name
  return `${type.name}(${type.params.map(showType).join(', ')})`
}

/** The spelling of `Type.String()`, used for the output type of a program: `list(google.protobuf.Duration)`. */
export function typeText(type: CelType): string {
  if (type.kind === 'param') return `<${type.name}>`
  return type.params.length === 0 ? type.name : `${type.name}(${type.params.map(typeText).join(', ')})`
}
