/** What an estimate may ask of the arguments of a call. */
import type { Expr } from '../ast.ts'
import { type CelType, dynType } from '../types.ts'
import type { CelValue } from '../values.ts'
import type { Path } from './path.ts'
import { type Range, unknown } from './range.ts'

/** The size of the value at a path: characters, bytes, items or entries. Undefined where nothing is known. */
export type Sizes = (path: Path) => Range | undefined

/** An argument. `size` is what the expression itself tells of its size. */
export interface Argument {
  readonly path: Path | undefined
  readonly type: CelType
  readonly expr: Expr | undefined
  readonly size: Range | undefined
}

/** A function's own cost, without that of its arguments, and the size of its result. */
export interface CallEstimate {
  readonly cost: Range
  readonly result?: Range
}

/** A call of one overload. */
export interface EstimatedCall {
  readonly fn: string
  readonly overload: string
  readonly target: Argument | undefined
  readonly args: readonly Argument[]
  readonly sizes: Sizes
}

/** The size of an argument, by the expression or else by the schema. */
export function sizeOf(argument: Argument, sizes: Sizes): Range {
  if (argument.size !== undefined) return argument.size
  return (argument.path === undefined ? undefined : sizes(argument.path)) ?? unknown
}

/** The value of an argument that is a literal. */
export const literalOf = ({ expr }: Argument): CelValue | undefined =>
  expr?.kind === 'literal' ? expr.value : undefined

/** What a list holds; undefined for what is no list (or map). */
export function itemsOf(list: Argument): Argument | undefined {
  if (list.type.params.length === 0) return undefined
  return { path: list.path?.items(), type: list.type.params[0] ?? dynType, expr: undefined, size: undefined }
}
