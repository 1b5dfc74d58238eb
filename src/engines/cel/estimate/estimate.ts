/**
 * What an expression may cost, before it runs: the least and the most, by the types of the checked tree and the sizes that a
 * schema allows. After cel-go v0.29.2 `checker/cost.go`. The API server refuses validation rules of a CRD by the greater end
 * of this; expressions of admission policies are bounded only while they run.
 *
 * It is upstream's estimate in every number, with its blind spots: the lesser end does not hold for an expression that ends
 * in an error, and of two texts that may be of any length nothing is known but that.
 */
import { type Call, type Comprehension, type Expr, operators, type Select } from '../ast.ts'
import type { Checked } from '../check.ts'
import { listCost, mapCost, selectCost, structCost } from '../cost.ts'
import { type CelType, dynType } from '../types.ts'
import { codePoints } from '../values.ts'
import { celEstimate } from './cel-calls.ts'
import { kubernetesEstimate } from './kubernetes-calls.ts'
import { libraryEstimate } from './library-calls.ts'
import type { Argument, Sizes } from './node.ts'
import { Path } from './path.ts'
import { add, exactly, multiply, nothing, one, type Range, union, unknown } from './range.ts'

const select = exactly(BigInt(selectCost))
const list = exactly(BigInt(listCost))
const map = exactly(BigInt(mapCost))
const struct = exactly(BigInt(structCost))

/** Estimates the cost of a checked tree. `sizes` tells how large the values of variables may be. */
export function estimateCost(expr: Expr, checked: Checked, sizes: Sizes = () => undefined): Range {
  return new Estimator(checked, sizes).cost(expr)
}

/** Sizes of what a list or a map holds. */
interface EntrySizes {
  readonly kind: 'list' | 'map'
  readonly key: Range
  readonly value: Range
}

interface LocalVariable {
  readonly path: Path | undefined
  readonly size: Range | undefined
  readonly entries: EntrySizes | undefined
}

const joinEntries = (a: EntrySizes | undefined, b: EntrySizes | undefined): EntrySizes | undefined =>
  a && b && { kind: a.kind, key: union(a.key, b.key), value: union(a.value, b.value) }

class Estimator {
  readonly #checked: Checked
  readonly #sizes: Sizes
  readonly #paths = new Map<number, Path>()
  readonly #computed = new Map<number, Range>()
  readonly #entries = new Map<number, EntrySizes>()
  readonly #locals = new Map<string, LocalVariable[]>()

  constructor(checked: Checked, sizes: Sizes) {
    this.#checked = checked
    this.#sizes = sizes
  }

  cost(expr: Expr): Range {
    switch (expr.kind) {
      case 'literal':
        return nothing
      case 'ident':
        return this.#ident(expr, expr.name)
      case 'select':
        return this.#select(expr)
      case 'call':
        return this.#call(expr)
      case 'list':
        return this.#list(expr)
      case 'map':
        return this.#map(expr)
      case 'struct':
        return expr.fields.reduce((sum, field) => add(sum, this.cost(field.value)), struct)
      case 'comprehension':
        return isBinding(expr) ? this.#binding(expr) : this.#comprehension(expr)
    }
  }

  #ident(expr: Expr, written: string): Range {
    const name = this.#checked.idents.get(expr.id)?.name ?? written
    const path = this.#local(expr) === undefined ? Path.of(name) : this.#local(expr)?.path
    this.#setPath(expr, path)
    return select
  }

  /** The variable of a fold that an expression names. */
  #local(expr: Expr): LocalVariable | undefined {
    const reference = this.#checked.idents.get(expr.id)
    if (reference?.global === true || (expr.kind !== 'ident' && reference === undefined)) return undefined
    return this.#locals.get(reference?.name ?? (expr.kind === 'ident' ? expr.name : ''))?.at(-1)
  }

  #setPath(expr: Expr, path: Path | undefined): void {
    if (path === undefined) this.#paths.delete(expr.id)
    else this.#paths.set(expr.id, path)
  }

  #path(expr: Expr): Path | undefined {
    const local = this.#local(expr)
    return local === undefined ? this.#paths.get(expr.id) : local.path
  }

  #type(expr: Expr): CelType {
    return this.#checked.types.get(expr.id) ?? dynType
  }

  #select(expr: Select): Range {
    if (this.#checked.idents.has(expr.id)) return this.#ident(expr, expr.field)
    const operand = this.cost(expr.operand)
    if (expr.test) return operand
    const { kind } = this.#type(expr.operand)
    this.#setPath(expr, Path.append(this.#path(expr.operand), expr.field))
    return kind === 'map' || kind === 'struct' || kind === 'param' ? add(operand, select) : operand
  }

  #call(expr: Call): Range {
    const reference = this.#checked.calls.get(expr.id)
    const fn = reference?.declaration.name ?? expr.fn
    const [first] = expr.args
    if (fn === 'dyn' && first !== undefined) {
      const cost = this.cost(first)
      this.#copySizes(expr, first)
      return add(one, cost)
    }
    const costs: Range[] = []
    const args: Argument[] = []
    for (const arg of expr.args) {
      costs.push(this.cost(arg))
      args.push(this.#argument(arg))
    }
    const overloads = fn === operators.optSelect ? ['select_optional_field'] : (reference?.overloads ?? [])
    if (overloads.length === 0) return nothing
    let sum = nothing
    let target: Argument | undefined
    if (reference?.member === true && expr.target !== undefined) {
      sum = this.cost(expr.target)
      target = this.#argument(expr.target)
    }
    let cost: Range | undefined
    let result: Range | undefined
    for (const overload of overloads) {
      const one = this.#overload(expr, fn, overload, target, args, costs)
      cost = cost === undefined ? one.cost : union(cost, one.cost)
      if (one.result !== undefined) result = result === undefined ? one.result : union(result, one.result)
      if (first !== undefined && (overload === 'index_list' || overload === 'index_map')) {
        result = this.#entriesOf(first)?.value
        this.#setPath(expr, Path.append(this.#path(first), overload === 'index_list' ? '@items' : '@values'))
      }
      result ??= this.#size(expr)
    }
    if (result !== undefined) this.#computed.set(expr.id, result)
    return add(sum, cost ?? nothing)
  }

  /** The cost of a call by one overload, with that of its arguments. */
  #overload(
    expr: Call,
    fn: string,
    overload: string,
    target: Argument | undefined,
    args: readonly Argument[],
    costs: readonly Range[],
  ): { readonly cost: Range; readonly result?: Range } {
    const call = { fn, overload, target, args, sizes: this.#sizes }
    const known = libraryEstimate(call) ?? kubernetesEstimate(call)
    if (known === undefined && (overload === 'logical_and' || overload === 'logical_or')) {
      // The first may decide; the others are evaluated at most.
      return { cost: { min: costs[0]?.min ?? 0n, max: costs.reduce(add, nothing).max } }
    }
    if (known === undefined && overload === 'conditional') return this.#conditional(expr, args, costs)
    const own = known ?? celEstimate(call)
    if (joining.has(overload)) this.#joinEntries(expr, args)
    const cost = add(own?.cost ?? one, costs.reduce(add, nothing))
    return own?.result === undefined ? { cost } : { cost, result: own.result }
  }

  #conditional(
    expr: Call,
    [, yes, no]: readonly Argument[],
    [condition = nothing, yesCost = nothing, noCost = nothing]: readonly Range[],
  ): { readonly cost: Range; readonly result: Range } {
    const [, a, b] = expr.args
    const entries = joinEntries(a && this.#entriesOf(a), b && this.#entriesOf(b))
    if (entries !== undefined) this.#entries.set(expr.id, entries)
    return {
      cost: add(condition, union(yesCost, noCost)),
      result: union(yes?.size ?? unknown, no?.size ?? unknown),
    }
  }

  /** Lists (and, without a consequence, texts) that are put together hold what both hold. */
  #joinEntries(expr: Call, args: readonly Argument[]): void {
    const [a, b] = args
    if (a?.expr === undefined || b?.expr === undefined) return
    const entries = joinEntries(this.#entriesOf(a.expr), this.#entriesOf(b.expr))
    if (entries !== undefined) this.#entries.set(expr.id, entries)
  }

  #list(expr: Extract<Expr, { kind: 'list' }>): Range {
    let cost = list
    let value: Range | undefined
    for (const { value: item } of expr.elements) {
      cost = add(cost, this.cost(item))
      value = value === undefined ? this.#sizeOrUnknown(item) : union(value, this.#sizeOrUnknown(item))
    }
    this.#entries.set(expr.id, { kind: 'list', key: one, value: value ?? nothing })
    return cost
  }

  #map(expr: Extract<Expr, { kind: 'map' }>): Range {
    let cost = map
    let key: Range | undefined
    let value: Range | undefined
    for (const entry of expr.entries) {
      cost = add(add(cost, this.cost(entry.key)), this.cost(entry.value))
      key = key === undefined ? this.#sizeOrUnknown(entry.key) : union(key, this.#sizeOrUnknown(entry.key))
      value = value === undefined ? this.#sizeOrUnknown(entry.value) : union(value, this.#sizeOrUnknown(entry.value))
    }
    this.#entries.set(expr.id, { kind: 'map', key: key ?? nothing, value: value ?? nothing })
    return cost
  }

  #comprehension(expr: Comprehension): Range {
    const around = add(this.cost(expr.range), this.cost(expr.init))
    this.#push(expr.accuVar, this.#bound(expr.init))
    const variables =
      expr.iterVar2 === undefined
        ? ([[expr.iterVar, 'single']] as const)
        : ([
            [expr.iterVar, 'key'],
            [expr.iterVar2, 'value'],
          ] as const)
    for (const [name, part] of variables) this.#push(name, this.#iterated(expr.range, part))
    const turn = add(this.cost(expr.condition), this.cost(expr.step))
    for (const [name] of variables) this.#locals.get(name)?.pop()
    const result = this.cost(expr.result)
    this.#locals.get(expr.accuVar)?.pop()
    const turns = this.#sizeOrUnknown(expr.range)
    this.#foldSize(expr, turns)
    return add(add(around, result), multiply(turns, turn))
  }

  /** A fold that gathers is as long as what it goes through. */
  #foldSize(expr: Comprehension, turns: Range): void {
    if (expr.init.kind === 'literal') {
      const size = this.#size(expr.init)
      if (size !== undefined) this.#computed.set(expr.id, size)
    }
    if (expr.init.kind !== 'list' && expr.init.kind !== 'map') return
    this.#computed.set(expr.id, turns)
    const entries = this.#entriesOf(expr.step)
    if (entries !== undefined) this.#entries.set(expr.id, entries)
  }

  #binding(expr: Comprehension): Range {
    const around = add(this.cost(expr.range), this.cost(expr.init))
    this.#push(expr.accuVar, this.#bound(expr.init))
    const cost = add(around, this.cost(expr.result))
    this.#locals.get(expr.accuVar)?.pop()
    this.#copySizes(expr, expr.result)
    return cost
  }

  #push(name: string, variable: LocalVariable): void {
    const stack = this.#locals.get(name)
    if (stack === undefined) this.#locals.set(name, [variable])
    else stack.push(variable)
  }

  #bound(expr: Expr): LocalVariable {
    return { path: this.#path(expr), size: this.#size(expr), entries: this.#entriesOf(expr) }
  }

  /** A variable that goes through a list or a map; `single` is the item of a list or the key of a map. */
  #iterated(range: Expr, part: 'single' | 'key' | 'value'): LocalVariable {
    const entries = this.#entriesOf(range)
    const isList = (entries?.kind ?? this.#type(range).kind) === 'list'
    const takesValue = part === 'value' || (part === 'single' && isList)
    const name = takesValue ? (isList ? '@items' : '@values') : isList ? '@indices' : '@keys'
    return {
      path: Path.append(this.#path(range), name),
      size: takesValue ? entries?.value : entries?.key,
      entries: undefined,
    }
  }

  #argument(expr: Expr): Argument {
    const path = this.#path(expr)
    const rooted = path !== undefined && path.names()[0] !== '@result'
    return { path: rooted ? path : undefined, type: this.#type(expr), expr, size: this.#size(expr) }
  }

  #copySizes(to: Expr, from: Expr): void {
    const size = this.#size(from)
    if (size !== undefined) this.#computed.set(to.id, size)
    const entries = this.#entriesOf(from)
    if (entries !== undefined) this.#entries.set(to.id, entries)
  }

  #sizeOrUnknown(expr: Expr): Range {
    return this.#size(expr) ?? unknown
  }

  #size(expr: Expr): Range | undefined {
    const known = this.#computed.get(expr.id) ?? writtenSize(expr)
    if (known !== undefined) return known
    const path = this.#path(expr)
    const size = path === undefined ? undefined : this.#sizes(path)
    if (size !== undefined) {
      this.#computed.set(expr.id, size)
      return size
    }
    return isScalar(this.#type(expr)) ? one : this.#local(expr)?.size
  }

  #entriesOf(expr: Expr): EntrySizes | undefined {
    return this.#entries.get(expr.id) ?? this.#local(expr)?.entries
  }
}

const joining: ReadonlySet<string> = new Set(['add_string', 'add_bytes', 'add_list'])

/** `cel.bind`, and what optMap and sortBy become: a fold over nothing that names a value. */
const isBinding = ({ range, condition }: Comprehension): boolean =>
  range.kind === 'list' && range.elements.length === 0 && condition.kind === 'literal' && condition.value === false

/** The size that is plain to see: of a literal, and of a list or map that is written out. */
function writtenSize(expr: Expr): Range | undefined {
  if (expr.kind === 'list') return exactly(BigInt(expr.elements.length))
  if (expr.kind === 'map') return exactly(BigInt(expr.entries.length))
  if (expr.kind !== 'literal') return undefined
  if (typeof expr.value === 'string') return exactly(BigInt(codePoints(expr.value)))
  return expr.value instanceof Uint8Array ? exactly(BigInt(expr.value.length)) : one
}

const scalars: ReadonlySet<string> = new Set(['bool', 'double', 'duration', 'int', 'timestamp', 'uint'])

function isScalar(type: CelType): boolean {
  if (type.kind === 'opaque' && type.name === 'optional_type') return isScalar(type.params[0] ?? dynType)
  return scalars.has(type.kind)
}
