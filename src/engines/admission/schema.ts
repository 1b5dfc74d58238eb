/**
 * The shape of Kubernetes' own kinds: which fields they have, of which type, which are always written, and how lists and
 * maps merge. Made from k8s.io/api and k8s.io/client-go v0.37.2 by scripts/kubernetes-schema (see README.md).
 */
import { kubernetesSchema } from './kubernetes-schema.ts'

/** How a list merges: whole, as a set, or by these keys. A key may have a default. */
export type ListMerge =
  | { readonly kind: 'atomic' }
  | { readonly kind: 'set' }
  | { readonly kind: 'map'; readonly keys: readonly string[] }

export type FieldType =
  | { readonly kind: 'scalar'; readonly scalar: Scalar }
  | { readonly kind: 'list'; readonly element: FieldType; readonly merge: ListMerge }
  | { readonly kind: 'map'; readonly element: FieldType; readonly atomic: boolean }
  | { readonly kind: 'struct'; readonly name: string; readonly atomic: boolean }

export type Scalar =
  | 'string'
  | 'bool'
  | 'int32'
  | 'int64'
  | 'uint64'
  | 'double'
  | 'quantity'
  | 'intorstring'
  | 'time'
  | 'bytes'
  | 'any'

export interface Field {
  readonly name: string
  readonly type: FieldType
  /** True where the type is a pointer: an explicit zero is kept. */
  readonly pointer: boolean
  /** True where the field is written even when it is empty. */
  readonly always: boolean
  readonly default: string | undefined
}

export interface Struct {
  readonly fields: ReadonlyMap<string, Field>
  readonly atomic: boolean
}

const structs = new Map<string, Struct>()

/** The struct of a kind of Kubernetes; undefined for kinds of other API groups. */
export function structOfKind(group: string, version: string, kind: string): Struct | undefined {
  const name = kubernetesSchema.kinds[`${group}/${version}/${kind}`]
  return name === undefined ? undefined : structNamed(name)
}

export function structNamed(name: string): Struct {
  const known = structs.get(name)
  if (known !== undefined) return known
  const lines = kubernetesSchema.structs[name] ?? []
  const fields = new Map(lines.map((line) => fieldOf(line)).map((field) => [field.name, field]))
  const struct = { fields, atomic: kubernetesSchema.atomicStructs.includes(name) }
  structs.set(name, struct)
  return struct
}

/**
 * A field in its written form, `name type [always] [=default]`. A type is a scalar, `*T`, `[T`, `{T` or a struct's name;
 * `!` before a list, map or struct makes it atomic, `[(a,b)T` merges by keys a and b, `[()T` is a set.
 */
function fieldOf(line: string): Field {
  const [name = '', type = '', ...flags] = line.split(' ')
  const pointer = type.startsWith('*')
  return {
    name,
    type: typeOf(pointer ? type.slice(1) : type),
    pointer,
    always: flags.includes('always'),
    default: flags.find((flag) => flag.startsWith('='))?.slice(1),
  }
}

const scalars: ReadonlySet<string> = new Set(
  'string bool int32 int64 uint64 double quantity intorstring time bytes any'.split(' '),
)
const isScalar = (name: string): name is Scalar => scalars.has(name)

function typeOf(text: string): FieldType {
  if (text.startsWith('*')) return typeOf(text.slice(1))
  const atomic = text.startsWith('!')
  const bare = atomic ? text.slice(1) : text
  const list = /^\[(?:\(([^)]*)\))?(.*)$/.exec(bare)
  if (list !== null) {
    const [, keys, element = 'any'] = list
    const merge: ListMerge =
      keys === undefined ? { kind: 'atomic' } : keys === '' ? { kind: 'set' } : { kind: 'map', keys: keys.split(',') }
    return { kind: 'list', element: typeOf(element), merge }
  }
  if (bare.startsWith('{')) return { kind: 'map', element: typeOf(bare.slice(1)), atomic }
  return isScalar(bare) ? { kind: 'scalar', scalar: bare } : { kind: 'struct', name: bare, atomic }
}
