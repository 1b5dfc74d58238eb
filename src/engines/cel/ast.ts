/**
 * The syntax tree of a CEL expression, after macros are expanded. It follows cel-go v0.29.2 `common/ast`: the checker and
 * the planner name nodes by `id`, errors name them by `at`, the offset (in UTF-16 units) of the token that cel-go blames.
 */
import type { CelValue } from './values.ts'

export type Expr = Literal | Ident | Select | Call | ListLiteral | MapLiteral | StructLiteral | Comprehension

interface Node {
  readonly id: number
  readonly at: number
  /** The call this node was expanded from, kept so that a tree can be printed as it was written. */
  readonly macro?: MacroCall
}

export interface MacroCall {
  readonly fn: string
  readonly target: Expr | undefined
  readonly args: readonly Expr[]
}

export interface Literal extends Node {
  readonly kind: 'literal'
  readonly value: CelValue
}

export interface Ident extends Node {
  readonly kind: 'ident'
  readonly name: string
}

/** `operand.field`, or `has(operand.field)` where `test` is true. */
export interface Select extends Node {
  readonly kind: 'select'
  readonly operand: Expr
  readonly field: string
  readonly test: boolean
}

/** A call; operators are calls of `_+_`, `_[_]`, `_&&_` and so on. `_&&_` and `_||_` take two or more arguments. */
export interface Call extends Node {
  readonly kind: 'call'
  readonly fn: string
  readonly target: Expr | undefined
  readonly args: readonly Expr[]
}

export interface ListLiteral extends Node {
  readonly kind: 'list'
  readonly elements: readonly ListElement[]
}

export interface ListElement {
  readonly value: Expr
  readonly optional: boolean
}

export interface MapLiteral extends Node {
  readonly kind: 'map'
  readonly entries: readonly MapEntry[]
}

export interface MapEntry {
  readonly id: number
  readonly at: number
  readonly key: Expr
  readonly value: Expr
  readonly optional: boolean
}

export interface StructLiteral extends Node {
  readonly kind: 'struct'
  readonly typeName: string
  readonly fields: readonly StructField[]
}

export interface StructField {
  readonly id: number
  readonly at: number
  readonly name: string
  readonly value: Expr
  readonly optional: boolean
}

/** A fold over `range`: `accu = init; for each item, while condition: accu = step; result`. */
export interface Comprehension extends Node {
  readonly kind: 'comprehension'
  readonly range: Expr
  readonly iterVar: string
  readonly iterVar2: string | undefined
  readonly accuVar: string
  readonly init: Expr
  readonly condition: Expr
  readonly step: Expr
  readonly result: Expr
}

/** Names of the operator functions, as cel-go `common/operators` spells them. */
export const operators = {
  conditional: '_?_:_',
  and: '_&&_',
  or: '_||_',
  not: '!_',
  negate: '-_',
  equals: '_==_',
  notEquals: '_!=_',
  less: '_<_',
  lessEquals: '_<=_',
  greater: '_>_',
  greaterEquals: '_>=_',
  add: '_+_',
  subtract: '_-_',
  multiply: '_*_',
  divide: '_/_',
  modulo: '_%_',
  index: '_[_]',
  optIndex: '_[?_]',
  optSelect: '_?._',
  in: '@in',
  notStrictlyFalse: '@not_strictly_false',
} as const

/** The children of a node in the order they are written. */
export function children(expr: Expr): readonly Expr[] {
  switch (expr.kind) {
    case 'literal':
    case 'ident':
      return []
    case 'select':
      return [expr.operand]
    case 'call':
      return expr.target === undefined ? expr.args : [expr.target, ...expr.args]
    case 'list':
      return expr.elements.map((element) => element.value)
    case 'map':
      return expr.entries.flatMap((entry) => [entry.key, entry.value])
    case 'struct':
      return expr.fields.map((field) => field.value)
    case 'comprehension':
      return [expr.range, expr.init, expr.condition, expr.step, expr.result]
  }
}

/** `a.b.c` for a chain of selections that begins with a name. */
export function qualifiedName(expr: Expr): string | undefined {
  if (expr.kind === 'ident') return expr.name
  if (expr.kind !== 'select' || expr.test) return undefined
  const prefix = qualifiedName(expr.operand)
  return prefix === undefined ? undefined : `${prefix}.${expr.field}`
}
