/**
 * The type of a value whose schema is known: for the checker its CEL type and fields, for estimates of cost how large it may
 * be. After Kubernetes v1.37.2 `apiserver/pkg/cel/types.go` (`DeclType`).
 */
import type { StructTypes } from '../environment.ts'
import type { Path } from '../estimate/path.ts'
import type { Range } from '../estimate/range.ts'
import type { CelType } from '../types.ts'
import { reservedField } from './escape.ts'

/** Made by schema/openapi.ts. Sizes and fields are worked out when they are first asked for: a Pod has thousands. */
export interface DeclaredType {
  readonly cel: CelType
  /** Of a list or a map. */
  readonly element: DeclaredType | undefined
  /** Of a map. */
  readonly key: DeclaredType | undefined
  /** The field by its escaped name. Undefined for one that is not there and for one that expressions cannot see. */
  readonly field: (name: string) => DeclaredType | undefined
  /** Escaped names of all fields of an object. */
  readonly fieldNames: () => readonly string[]
  /** Characters, bytes, items or entries that it has at most. */
  readonly maxElements: () => bigint
  /** Bytes that its JSON has at least. */
  readonly minSize: () => number
}

/** Struct types for the checker: those of `types`, and then those of `others`. Values of them cannot be written. */
export function declaredStructs(types: readonly DeclaredType[], others: StructTypes): StructTypes {
  const known = new Map<string, DeclaredType>()
  const learn = (type: DeclaredType): DeclaredType => {
    for (let one: DeclaredType | undefined = type; one !== undefined; one = one.element) {
      if (one.cel.kind === 'struct') known.set(one.cel.name, one)
    }
    return type
  }
  for (const type of types) learn(type)
  return {
    ...others,
    hasType: (name) => known.has(name) || others.hasType(name),
    canWrite: (name) => !known.has(name) && (others.canWrite ?? others.hasType)(name),
    fieldNames: (type) => {
      const struct = known.get(type)
      return struct === undefined ? (others.fieldNames?.(type) ?? []) : struct.fieldNames()
    },
    field: (type, name) => {
      const struct = known.get(type)
      if (struct === undefined) return others.field(type, name)
      const reserved = reservedField(name)
      const field = struct.field(name) ?? (reserved === undefined ? undefined : struct.field(reserved))
      return field && learn(field).cel
    },
  }
}

/** How large the values of variables of this type are, by path. The variable's own name plays no part. */
export const sizesOf =
  (root: DeclaredType) =>
  (path: Path): Range | undefined => {
    let type: DeclaredType | undefined = root
    for (const name of path.names().slice(1)) {
      if (name === '@items' || name === '@values') type = type.element
      else if (name === '@keys') type = type.key
      else type = type.field(name)
      if (type === undefined) return undefined
    }
    return { min: 0n, max: BigInt.asUintN(64, type.maxElements()) }
  }
