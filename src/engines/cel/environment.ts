/** What an expression may use: variables, functions, struct types and macros. After cel-go v0.29.2 `cel/env.go`. */
import type { MacroTable } from './macros.ts'
import { type CelType, param, typeOf } from './types.ts'
import type { CelValue } from './values.ts'

/**
 * How a function takes its arguments. It matters for cost: an `each` function leaves at the first argument that is an error,
 * before the others are evaluated and without cost of its own; the other two evaluate all and are charged.
 */
export type Style = 'unary' | 'binary' | 'each'

export type Implementation = (...args: readonly CelValue[]) => CelValue

/** One signature of a function. `member` means it is called on a target, which is then the first parameter. */
export interface Overload {
  readonly id: string
  readonly member: boolean
  readonly params: readonly CelType[]
  readonly result: CelType
  readonly style: Style
  readonly implementation: Implementation | undefined
  /** True where errors are passed to the function too. */
  readonly nonStrict: boolean
  readonly typeParams: readonly string[]
}

/** A function. A `singleton` serves all signatures, if `accepts` holds for the first argument. */
export interface FunctionDeclaration {
  readonly name: string
  readonly overloads: readonly Overload[]
  readonly singleton?: {
    readonly style: Style
    readonly implementation: Implementation
    readonly accepts?: (first: CelValue) => boolean
  }
  /** False where the function checks its arguments by itself. */
  readonly guarded: boolean
}

/** Struct types by name, their fields by name, and how a value of each is made. */
export interface StructTypes {
  readonly hasType: (name: string) => boolean
  /** The types that `Name{…}` may write; all of them where this is undefined. */
  readonly canWrite?: (name: string) => boolean
  readonly field: (type: string, field: string) => CelType | undefined
  /** The fields of a type, for hints. */
  readonly fieldNames?: (type: string) => readonly string[]
  readonly create: (type: string, fields: ReadonlyMap<string, CelValue>) => CelValue
}

export interface Environment {
  readonly container: string
  readonly variables: ReadonlyMap<string, CelType>
  readonly functions: ReadonlyMap<string, FunctionDeclaration>
  /** Types that are values by their name: `int`, `list`, `net.IP`. */
  readonly typeNames: ReadonlyMap<string, CelType>
  readonly structs: StructTypes
  readonly macros: MacroTable
  /** True where `[1, 'a']` is refused, but inside the arguments of format(); otherwise it is a list of dyn. */
  readonly homogeneousLiterals: boolean
}

export const noStructs: StructTypes = {
  hasType: () => false,
  field: () => undefined,
  create: () => null,
}

/** The same environment with more variables, or other struct types. */
export function extend(
  environment: Environment,
  variables: Iterable<readonly [string, CelType]>,
  structs: StructTypes = environment.structs,
): Environment {
  return { ...environment, variables: new Map([...environment.variables, ...variables]), structs }
}

/** Joins lists of declarations; the overloads of functions with the same name are put together. */
export function joinFunctions(
  ...lists: readonly (readonly FunctionDeclaration[])[]
): ReadonlyMap<string, FunctionDeclaration> {
  const functions = new Map<string, FunctionDeclaration>()
  for (const declaration of lists.flat()) {
    const known = functions.get(declaration.name)
    const overloads = [...(known?.overloads ?? []), ...declaration.overloads]
    functions.set(declaration.name, known === undefined ? declaration : { ...known, overloads })
  }
  return functions
}

/** The names that `name` can stand for in a container, most specific first; a leading dot means the root. */
export function candidateNames(container: string, name: string): readonly string[] {
  if (name.startsWith('.')) return [name.slice(1)]
  const names: string[] = []
  let scope = container
  while (scope !== '') {
    names.push(`${scope}.${name}`)
    scope = scope.slice(0, Math.max(0, scope.lastIndexOf('.')))
  }
  return [...names, name]
}

/** A type of a variable, or the type of a type's name. */
export function globalIdent(environment: Environment, name: string): CelType | undefined {
  const variable = environment.variables.get(name)
  if (variable !== undefined) return variable
  const type = environment.typeNames.get(name)
  return type === undefined ? undefined : typeOf(type)
}

type Options = { readonly nonStrict?: boolean }

const overload =
  (member: boolean, style: Style) =>
  (
    id: string,
    params: readonly CelType[],
    result: CelType,
    implementation?: Implementation,
    options: Options = {},
  ): Overload => ({
    id,
    member,
    params,
    result,
    style,
    implementation,
    nonStrict: options.nonStrict ?? false,
    typeParams: [...new Set([...params, result].flatMap(paramNames))],
  })

/** Signatures, by style: `global` functions stand alone, `member` functions follow a target. */
export const unary = overload(false, 'unary')
export const binary = overload(false, 'binary')
export const each = overload(false, 'each')
export const memberUnary = overload(true, 'unary')
export const memberBinary = overload(true, 'binary')
export const memberEach = overload(true, 'each')

/** A function with signatures that each have their own implementation. */
export const fn = (name: string, ...overloads: readonly Overload[]): FunctionDeclaration => ({
  name,
  overloads,
  guarded: true,
})

function paramNames(type: CelType): readonly string[] {
  return type.kind === 'param' ? [type.name] : type.params.flatMap(paramNames)
}

export const paramA = param('A')
export const paramB = param('B')
export const paramT = param('T')
