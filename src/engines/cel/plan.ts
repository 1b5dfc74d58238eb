/**
 * Turns a checked tree into closures, after cel-go v0.29.2 `interpreter/planner.go` with its optimisations
 * (`decorators.go`): literals of constants, conversions of constants, membership in a constant list and constant patterns
 * are worked out once, while planning. What is worked out while planning costs nothing later; where it fails, planning fails.
 */

import {
  type Call,
  type Expr,
  type ListLiteral,
  type MapLiteral,
  operators,
  type Select,
  type StructLiteral,
} from './ast.ts'
import { Path, type Step } from './attribute.ts'
import { planCall } from './call.ts'
import type { Checked } from './check.ts'
import { callCost, listCost, mapCost, structCost } from './cost.ts'
import type { Environment } from './environment.ts'
import { equal } from './equality.ts'
import { planFold } from './fold.ts'
import { Frame, GoPanic, LazyValue, type Run } from './frame.ts'
import { goName } from './go-names.ts'
import { ValueMap } from './map-values.ts'
import { type PlanContext, PlanFault, type Planned } from './planned.ts'
import { CelError, CelOptional, type CelValue, isError, noSuchOverload, valueType } from './values.ts'

export interface Plan {
  readonly run: Run
  /** Number of variables that folds need. */
  readonly locals: number
}

/** Plans a tree; throws {@link PlanFault}. `kubernetes` selects the cost table of the API server. */
export function plan(expr: Expr, checked: Checked, environment: Environment, kubernetes: boolean): Plan {
  const planner = new Planner(checked, environment, kubernetes)
  const run = planner.runOf(planner.plan(expr))
  return { run, locals: planner.locals }
}

class Planner implements PlanContext {
  readonly checked: Checked
  readonly environment: Environment
  readonly kubernetes: boolean
  locals = 0
  readonly #scope: (readonly [name: string, run: Run])[] = []

  constructor(checked: Checked, environment: Environment, kubernetes: boolean) {
    this.checked = checked
    this.environment = environment
    this.kubernetes = kubernetes
  }

  plan(expr: Expr): Planned {
    switch (expr.kind) {
      case 'literal':
        return { kind: 'constant', value: expr.value }
      case 'ident':
        return this.#ident(expr.id, expr.name)
      case 'select':
        return this.#select(expr)
      case 'call':
        return this.#call(expr)
      case 'list':
        return this.#list(expr)
      case 'map':
        return this.#map(expr)
      case 'struct':
        return this.#struct(expr)
      case 'comprehension':
        return planFold(this, expr)
    }
  }

  runOf(planned: Planned): Run {
    if (planned.kind === 'other') return planned.run
    if (planned.kind === 'path') return planned.path.runner(planned.test)
    const { value } = planned
    return () => value
  }

  run(expr: Expr): Run {
    return this.runOf(this.plan(expr))
  }

  newLocal(): number {
    return this.locals++
  }

  withLocal<T>(name: string, run: Run, body: () => T): T {
    this.#scope.push([name, run])
    const result = body()
    this.#scope.pop()
    return result
  }

  #ident(id: number, written: string): Planned {
    const reference = this.checked.idents.get(id)
    const name = reference?.name ?? written
    // Whatever is a type has to be known by its name upstream, even a variable of a fold over types.
    if (reference !== undefined && this.checked.types.get(id)?.kind === 'type') {
      const named = this.environment.typeNames.get(name)
      if (named === undefined) throw new PlanFault(`reference to undefined type: ${name}`)
      return { kind: 'constant', value: named }
    }
    if (reference?.global !== true) {
      const local = this.#scope.findLast(([known]) => known === name)
      if (local !== undefined) return { kind: 'path', path: new Path({ kind: 'name', run: local[1] }), test: false }
    }
    const type = this.environment.variables.has(name) ? undefined : this.environment.typeNames.get(name)
    if (type !== undefined) return { kind: 'constant', value: type }
    return { kind: 'path', path: new Path({ kind: 'name', run: variable(name) }), test: false }
  }

  #select(expr: Select): Planned {
    if (this.checked.idents.has(expr.id)) return this.#ident(expr.id, expr.field)
    const path = this.#pathTo(this.plan(expr.operand))
    path.add({ key: expr.field, run: undefined, raw: false, optional: false, test: expr.test })
    return { kind: 'path', path, test: expr.test }
  }

  /** The path to add a step to: that of the operand, or a new one that begins at its value. */
  #pathTo(planned: Planned): Path {
    if (planned.kind === 'path' && !planned.test) return planned.path
    return new Path({ kind: 'value', run: this.runOf(planned) })
  }

  /** A branch of a conditional. Upstream takes the path of a `has()` without what makes a boolean of an optional. */
  #branch(planned: Planned): Path {
    if (planned.kind !== 'path' || !planned.test) return this.#pathTo(planned)
    return new Path({ kind: 'value', run: planned.path.resolver() })
  }

  #call(expr: Call): Planned {
    const [first, second, third] = expr.args
    switch (expr.fn) {
      case operators.and:
        return {
          kind: 'other',
          run: logic(
            expr.args.map((arg) => this.run(arg)),
            false,
          ),
        }
      case operators.or:
        return {
          kind: 'other',
          run: logic(
            expr.args.map((arg) => this.run(arg)),
            true,
          ),
        }
      case operators.conditional:
        if (first !== undefined && second !== undefined && third !== undefined)
          return this.#conditional(first, second, third)
        break
      case operators.equals:
      case operators.notEquals:
        if (first !== undefined && second !== undefined)
          return this.#equality(first, second, expr.fn === operators.equals)
        break
      case operators.index:
      case operators.optIndex:
      case operators.optSelect:
        if (first !== undefined && second !== undefined) return this.#index(first, second, expr.fn !== operators.index)
    }
    return planCall(this, expr)
  }

  #conditional(condition: Expr, yes: Expr, no: Expr): Planned {
    const test = this.run(condition)
    const start = {
      kind: 'conditional',
      condition: test,
      yes: this.#branch(this.plan(yes)),
      no: this.#branch(this.plan(no)),
    } as const
    return { kind: 'path', path: new Path(start), test: false }
  }

  #equality(a: Expr, b: Expr, positive: boolean): Planned {
    const left = this.run(a)
    const right = this.run(b)
    const fn = positive ? operators.equals : operators.notEquals
    const cost = callCost(fn, positive ? 'equals' : 'not_equals', this.kubernetes)
    return {
      kind: 'other',
      run: (frame) => {
        const x = left(frame)
        const y = right(frame)
        frame.charge(cost.of([x, y], null))
        if (isError(x)) return x
        if (isError(y)) return y
        const same = equal(x, y)
        return positive ? same : same !== true
      },
    }
  }

  #index(operand: Expr, index: Expr, optional: boolean): Planned {
    const target = this.plan(operand)
    const key = this.plan(index)
    const path = this.#pathTo(target)
    path.add(this.#step(key, optional))
    return { kind: 'path', path, test: false }
  }

  #step(key: Planned, optional: boolean): Step {
    if (key.kind === 'constant') {
      if (isKey(key.value)) return { key: key.value, run: undefined, raw: false, optional, test: false }
      throw new PlanFault(`invalid qualifier type: ${goName(key.value)}`)
    }
    const raw = key.kind === 'path' && !key.test
    return { key: undefined, run: raw ? key.path.resolver() : this.runOf(key), raw, optional, test: false }
  }

  #list(expr: ListLiteral): Planned {
    const items = expr.elements.map((element) => ({ planned: this.plan(element.value), optional: element.optional }))
    const runs = items.map((item) => ({ run: this.runOf(item.planned), optional: item.optional }))
    const run: Run = (frame) => {
      const values: CelValue[] = []
      for (const item of runs) {
        const value = item.run(frame)
        if (isError(value)) return value
        if (!item.optional) values.push(value)
        else if (!(value instanceof CelOptional)) {
          return new CelError('cannot initialize optional list element from non-optional value')
        } else if (value.value !== undefined) values.push(value.value)
      }
      return values
    }
    if (items.every((item) => item.planned.kind === 'constant')) return this.#now(run)
    return { kind: 'other', run: charged(run, listCost) }
  }

  #map(expr: MapLiteral): Planned {
    const entries = expr.entries.map((e) => ({
      key: this.plan(e.key),
      value: this.plan(e.value),
      optional: e.optional,
    }))
    const runs = entries.map((e) => ({ key: this.runOf(e.key), value: this.runOf(e.value), optional: e.optional }))
    const run: Run = (frame) => {
      const map = new ValueMap()
      for (const entry of runs) {
        const key = entry.key(frame)
        if (isError(key)) return key
        const value = entry.value(frame)
        if (isError(value)) return value
        const fault = setEntry(map, key, value, entry.optional)
        if (fault !== undefined) return fault
      }
      return map
    }
    if (entries.every((e) => e.key.kind === 'constant' && e.value.kind === 'constant')) return this.#now(run)
    return { kind: 'other', run: charged(run, mapCost) }
  }

  #struct(expr: StructLiteral): Planned {
    const name = this.checked.idents.get(expr.id)?.name ?? expr.typeName
    const { structs } = this.environment
    const fields = expr.fields.map((field) => ({
      name: field.name,
      run: this.run(field.value),
      optional: field.optional,
    }))
    const run: Run = (frame) => {
      const values = new Map<string, CelValue>()
      for (const field of fields) {
        const value = field.run(frame)
        if (isError(value)) return value
        if (!field.optional) values.set(field.name, value)
        else if (!(value instanceof CelOptional)) return notOptional(field.name)
        else if (value.value === undefined) values.delete(field.name)
        else values.set(field.name, value.value)
      }
      return structs.create(name, values)
    }
    return { kind: 'other', run: charged(run, structCost) }
  }

  /** Runs a closure over constants while planning. */
  #now(run: Run): Planned {
    const value = worked(run)
    if (isError(value)) return { kind: 'other', run: () => value }
    return { kind: 'constant', value }
  }
}

function worked(run: Run): CelValue {
  try {
    return run(new Frame({}, 0, Number.POSITIVE_INFINITY))
  } catch (error) {
    if (error instanceof GoPanic) return new CelError(error.message)
    throw error
  }
}

const notOptional = (name: string): CelError =>
  new CelError(`cannot initialize optional entry '${name}' from non-optional value`)

function setEntry(map: ValueMap, key: CelValue, value: CelValue, optional: boolean): CelError | undefined {
  if (!optional) {
    map.set(key, value)
    return undefined
  }
  if (!(value instanceof CelOptional)) return notOptional(String(key))
  if (value.value === undefined) map.delete(key)
  else map.set(key, value.value)
  return undefined
}

function charged(run: Run, cost: number): Run {
  return (frame) => {
    const value = run(frame)
    frame.charge(cost)
    return value
  }
}

function variable(name: string): Run {
  const absent = new CelError(`no such attribute(s): ${name}`)
  return (frame) => {
    const value = frame.bindings[name]
    if (value === undefined) return absent
    return value instanceof LazyValue ? value.evaluate(frame) : value
  }
}

/** `&&` and `||`: the first deciding value wins over errors before it; otherwise the first error is the result. */
function logic(terms: readonly Run[], decides: boolean): Run {
  return (frame) => {
    let error: CelValue | undefined
    for (const term of terms) {
      const value = term(frame)
      if (value === decides) return decides
      if (typeof value !== 'boolean') error ??= isError(value) ? value : noSuchOverload
    }
    return error ?? !decides
  }
}

const isKey = (value: CelValue): boolean =>
  typeof value === 'string' ||
  typeof value === 'bigint' ||
  typeof value === 'boolean' ||
  typeof value === 'number' ||
  valueType(value).kind === 'uint'
