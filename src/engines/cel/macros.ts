/**
 * Macros: calls that the parser rewrites into folds. Standard ones after cel-go v0.29.2 `parser/macro.go`, optional ones
 * after `cel/library.go`, two-variable ones after `ext/comprehensions.go`, sortBy after `ext/lists.go`.
 */
import { type Comprehension, type Expr, operators } from './ast.ts'
import type { NodeFactory } from './node-factory.ts'

/** The hidden variable in which a fold gathers its result; users cannot write this name. */
export const accumulator = '@result'
const unused = '#unused'

export interface MacroFault {
  readonly at: number
  readonly message: string
}

/** Rewrites a call; undefined leaves it as it is. */
export type Macro = (
  make: NodeFactory,
  target: Expr | undefined,
  args: readonly Expr[],
) => Expr | MacroFault | undefined

/** Macros by name, number of arguments and style. */
export class MacroTable {
  readonly #macros = new Map<string, Macro>()

  constructor(macros: readonly (readonly [name: string, args: number, receiver: boolean, macro: Macro])[]) {
    for (const [name, args, receiver, macro] of macros) this.#macros.set(`${name}/${args}/${receiver}`, macro)
  }

  find(name: string, args: number, receiver: boolean): Macro | undefined {
    return this.#macros.get(`${name}/${args}/${receiver}`)
  }
}

const has: Macro = (make, _target, [arg]) => {
  if (arg?.kind === 'select' && !arg.test) return make.presence(arg.operand, arg.field)
  return { at: arg?.at ?? 0, message: 'invalid argument to has() macro' }
}

type Quantifier = 'all' | 'exists' | 'existsOne'

function quantifier(
  make: NodeFactory,
  kind: Quantifier,
  predicate: Expr,
): Pick<Comprehension, 'init' | 'condition' | 'step' | 'result'> {
  const accu = () => make.name(accumulator)
  if (kind === 'all') {
    return {
      init: make.value(true),
      condition: make.apply(operators.notStrictlyFalse, accu()),
      step: make.apply(operators.and, accu(), predicate),
      result: accu(),
    }
  }
  if (kind === 'exists') {
    return {
      init: make.value(false),
      condition: make.apply(operators.notStrictlyFalse, make.apply(operators.not, accu())),
      step: make.apply(operators.or, accu(), predicate),
      result: accu(),
    }
  }
  return {
    init: make.value(0n),
    condition: make.value(true),
    step: make.apply(operators.conditional, predicate, make.apply(operators.add, accu(), make.value(1n)), accu()),
    result: make.apply(operators.equals, accu(), make.value(1n)),
  }
}

const quantify =
  (kind: Quantifier): Macro =>
  (make, target, [variable, predicate]) => {
    if (target === undefined || variable === undefined || predicate === undefined) return undefined
    const name = simpleName(variable, 'argument must be a simple name')
    if (typeof name !== 'string') return name
    return fold(make, target, [name], quantifier(make, kind, predicate))
  }

const quantifyTwo =
  (kind: Quantifier): Macro =>
  (make, target, [first, second, predicate]) => {
    if (target === undefined || predicate === undefined) return undefined
    const names = twoNames(first, second)
    if ('message' in names) return names
    return fold(make, target, names, quantifier(make, kind, predicate))
  }

const map: Macro = (make, target, args) => {
  const [variable, ...rest] = args
  if (target === undefined || variable === undefined) return undefined
  const name = simpleName(variable, 'argument is not an identifier')
  if (typeof name !== 'string') return name
  return gathered(
    make,
    target,
    [name],
    rest,
    (transform) => make.apply(operators.add, make.name(accumulator), make.list(transform)),
    make.list(),
  )
}

const filter: Macro = (make, target, [variable, predicate]) => {
  if (target === undefined || variable === undefined || predicate === undefined) return undefined
  const name = simpleName(variable, 'argument is not an identifier')
  if (typeof name !== 'string') return name
  const add = make.apply(operators.add, make.name(accumulator), make.list(variable))
  return fold(make, target, [name], {
    init: make.list(),
    condition: make.value(true),
    step: make.apply(operators.conditional, predicate, add, make.name(accumulator)),
    result: make.name(accumulator),
  })
}

type Shape = 'list' | 'map' | 'entry'

const transform =
  (shape: Shape): Macro =>
  (make, target, [first, second, ...rest]) => {
    if (target === undefined) return undefined
    const names = twoNames(first, second)
    if ('message' in names) return names
    const accu = make.name(accumulator)
    if (shape === 'list') {
      return gathered(
        make,
        target,
        names,
        rest,
        (item) => make.apply(operators.add, accu, make.list(item)),
        make.list(),
      )
    }
    const insert = (item: Expr) =>
      shape === 'map'
        ? make.apply('cel.@mapInsert', accu, make.name(names[0]), item)
        : make.apply('cel.@mapInsert', accu, item)
    return gathered(make, target, names, rest, insert, make.emptyMap())
  }

/** A fold that gathers a transform of each item; two arguments are a filter and the transform. */
function gathered(
  make: NodeFactory,
  target: Expr,
  names: readonly [string] | readonly [string, string],
  args: readonly Expr[],
  gather: (item: Expr) => Expr,
  init: Expr,
): Expr | undefined {
  const item = args.at(-1)
  if (item === undefined) return undefined
  const predicate = args.length > 1 ? args[0] : undefined
  const add = gather(item)
  const step = predicate === undefined ? add : make.apply(operators.conditional, predicate, add, make.name(accumulator))
  return fold(make, target, names, { init, condition: make.value(true), step, result: make.name(accumulator) })
}

function fold(
  make: NodeFactory,
  range: Expr,
  names: readonly [string] | readonly [string, string],
  parts: Pick<Comprehension, 'init' | 'condition' | 'step' | 'result'>,
): Expr {
  return make.fold({ range, iterVar: names[0], iterVar2: names[1], accuVar: accumulator, ...parts })
}

/** optMap and optFlatMap bind the value by a fold over nothing whose accumulator has the variable's name. */
const optional =
  (flat: boolean): Macro =>
  (make, target, [variable, body]) => {
    if (target === undefined || variable === undefined || body === undefined) return undefined
    if (variable.kind !== 'ident') {
      const name = flat ? 'optFlatMap' : 'optMap'
      return { at: variable.at, message: `${name}() variable name must be a simple identifier` }
    }
    const test = make.applyTo(target, 'hasValue')
    const bound = bind(make, variable.name, make.applyTo(make.copy(target), 'value'), body)
    const present = flat ? bound : make.apply('optional.of', bound)
    return make.apply(operators.conditional, test, present, make.apply('optional.none'))
  }

const sortBy: Macro = (make, target, args) => {
  if (target === undefined) return undefined
  if (target.kind === 'literal' || target.kind === 'map' || target.kind === 'struct') {
    const message = 'sortBy can only be applied to a list, identifier, comprehension, call or select expression'
    return { at: target.at, message }
  }
  const input = '@__sortBy_input__'
  const keys = map(make, make.name(input), args)
  if (keys === undefined || 'message' in keys) return keys
  return bind(make, input, target, make.applyTo(make.name(input), '@sortByAssociatedKeys', keys))
}

/** `result` with `name` standing for `value`. */
function bind(make: NodeFactory, name: string, value: Expr, result: Expr): Expr {
  return make.fold({
    range: make.list(),
    iterVar: unused,
    iterVar2: undefined,
    accuVar: name,
    init: value,
    condition: make.value(false),
    step: make.name(name),
    result,
  })
}

function simpleName(expr: Expr, message: string): string | MacroFault {
  if (expr.kind !== 'ident') return { at: expr.at, message }
  if (expr.name === accumulator || expr.name === '__result__') {
    return { at: expr.at, message: 'iteration variable overwrites accumulator variable' }
  }
  return expr.name
}

function twoNames(first: Expr | undefined, second: Expr | undefined): readonly [string, string] | MacroFault {
  if (first === undefined || second === undefined) return { at: 0, message: 'argument must be a simple name' }
  if (first.kind !== 'ident') return { at: first.at, message: 'argument must be a simple name' }
  if (second.kind !== 'ident') return { at: second.at, message: 'argument must be a simple name' }
  if (first.name === second.name) return { at: second.at, message: `duplicate variable name: ${first.name}` }
  const one = simpleName(first, '')
  if (typeof one !== 'string') return one
  const two = simpleName(second, '')
  return typeof two === 'string' ? [one, two] : two
}

/** The macros of the standard library. */
export const standardMacros = [
  ['has', 1, false, has],
  ['all', 2, true, quantify('all')],
  ['exists', 2, true, quantify('exists')],
  ['exists_one', 2, true, quantify('existsOne')],
  ['map', 2, true, map],
  ['map', 3, true, map],
  ['filter', 2, true, filter],
] as const

/** The macros that Kubernetes 1.37 adds: optionals, two-variable folds, sortBy. */
export const kubernetesMacros = [
  ...standardMacros,
  ['optMap', 2, true, optional(false)],
  ['optFlatMap', 2, true, optional(true)],
  ['all', 3, true, quantifyTwo('all')],
  ['exists', 3, true, quantifyTwo('exists')],
  ['existsOne', 3, true, quantifyTwo('existsOne')],
  ['exists_one', 3, true, quantifyTwo('existsOne')],
  ['transformList', 3, true, transform('list')],
  ['transformList', 4, true, transform('list')],
  ['transformMap', 3, true, transform('map')],
  ['transformMap', 4, true, transform('map')],
  ['transformMapEntry', 3, true, transform('entry')],
  ['transformMapEntry', 4, true, transform('entry')],
  ['sortBy', 2, true, sortBy],
] as const
