/** Plans the call of a function: which implementation it means, what it costs, and what is worked out while planning. */
import { type Call, qualifiedName } from './ast.ts'
import { type CallCost, callCost } from './cost.ts'
import {
  candidateNames,
  type FunctionDeclaration,
  type Implementation,
  type Overload,
  type Style,
} from './environment.ts'
import { isEqual } from './equality.ts'
import type { Frame, Run } from './frame.ts'
import { type PlanContext, PlanFault, type Planned } from './planned.ts'
import { compileRegex, type Regex } from './regex.ts'
import type { CelType } from './types.ts'
import {
  CelDuration,
  CelError,
  CelMap,
  CelOptional,
  CelTimestamp,
  CelUint,
  type CelValue,
  isError,
  isList,
  noSuchOverload,
  valueType,
} from './values.ts'

/** An implementation with the way it takes its arguments. */
interface Target {
  readonly style: Style
  readonly implementation: Implementation
  readonly nonStrict: boolean
}

export function planCall(planner: PlanContext, expr: Call): Planned {
  const found = meaning(planner, expr)
  if (found === undefined) return { kind: 'other', run: () => mismatch(expr.fn) }
  const { declaration, member, overload } = found
  const planned = (member && expr.target !== undefined ? [expr.target, ...expr.args] : expr.args).map((arg) =>
    planner.plan(arg),
  )
  const special = planSpecial(planner, declaration.name, overload, planned)
  if (special !== undefined) return special
  const args = planned.map((arg) => planner.runOf(arg))
  const cost = callCost(declaration.name, overload, planner.kubernetes)
  const pattern = constantPattern(declaration.name, planned)
  const target = pattern ?? targetOf(declaration, overload, args.length)
  const only = planned[0]
  if (conversions.has(declaration.name) && planned.length === 1 && only?.kind === 'constant') {
    const value = target.implementation(only.value)
    if (isError(value)) throw new PlanFault(value.message)
    return { kind: 'constant', value }
  }
  return { kind: 'other', run: calling(target, args, cost) }
}

/**
 * The function, whether it has a target, and the id of its overload where the checker found exactly one.
 * Undefined for a function that nobody declared, which only an unchecked expression can name: a fault of its run.
 */
function meaning(
  planner: PlanContext,
  expr: Call,
): { readonly declaration: FunctionDeclaration; readonly member: boolean; readonly overload: string } | undefined {
  const reference = planner.checked.calls.get(expr.id)
  if (reference !== undefined) {
    const { declaration, member, overloads } = reference
    return { declaration, member, overload: overloads.length === 1 ? (overloads[0] ?? '') : '' }
  }
  const prefix = expr.target === undefined ? undefined : qualifiedName(expr.target)
  const names = [...(prefix === undefined ? [] : [`${prefix}.${expr.fn}`]), expr.fn]
  for (const name of names) {
    for (const candidate of candidateNames(planner.environment.container, name)) {
      const declaration = planner.environment.functions.get(candidate)
      const member = expr.target !== undefined && name === expr.fn
      if (declaration !== undefined) return { declaration, member, overload: '' }
    }
  }
  return undefined
}

const conversions: ReadonlySet<string> = new Set(
  'bool bytes double dyn duration int string timestamp type uint'.split(' '),
)

/** Optional alternatives evaluate their second argument only when needed; membership in a constant list is a look-up. */
function planSpecial(
  planner: PlanContext,
  name: string,
  overload: string,
  args: readonly Planned[],
): Planned | undefined {
  const [first, second] = args
  if (first === undefined || second === undefined || args.length !== 2) return undefined
  if (name === 'or' || name === 'orValue') return alternative(planner, first, second, name === 'orValue')
  if (overload === 'in_list' && second.kind === 'constant' && isList(second.value)) {
    return membership(planner.runOf(first), second.value)
  }
  return undefined
}

function alternative(planner: PlanContext, first: Planned, second: Planned, unwrap: boolean): Planned {
  const left = planner.runOf(first)
  const right = planner.runOf(second)
  return {
    kind: 'other',
    run: (frame) => {
      const value = left(frame)
      if (isError(value)) return value
      if (!(value instanceof CelOptional)) return noSuchOverload
      if (value.value === undefined) return right(frame)
      return unwrap ? value.value : value
    },
  }
}

function membership(item: Run, list: readonly CelValue[]): Planned | undefined {
  if (list.length === 0) return { kind: 'constant', value: false }
  const simple = (value: CelValue): boolean => typeof value !== 'object' || value instanceof CelUint
  if (!list.every(simple)) return undefined
  const texts = new Set(list)
  const allTexts = list.every((value) => typeof value === 'string')
  return {
    kind: 'other',
    run: (frame) => {
      const value = item(frame)
      if (isError(value)) return value
      return typeof value === 'string' || allTexts ? texts.has(value) : list.some((element) => isEqual(value, element))
    },
  }
}

const patternFunctions: ReadonlySet<string> = new Set(['matches', 'find', 'findAll'])

/** A constant pattern is compiled while planning, and the call then leaves at the first argument that is an error. */
function constantPattern(name: string, args: readonly Planned[]): Target | undefined {
  const pattern = args[1]
  if (!patternFunctions.has(name) || pattern?.kind !== 'constant' || typeof pattern.value !== 'string') return undefined
  const regex = compileRegex(pattern.value)
  if (isError(regex)) throw new PlanFault(regex.message)
  return { style: 'each', implementation: patternCall(name, regex), nonStrict: false }
}

function patternCall(name: string, regex: Regex): Implementation {
  return (text = null, _pattern, limit = -1n) => {
    if (typeof text !== 'string' || typeof limit !== 'bigint') return noSuchOverload
    if (name === 'matches') return regex.test(text)
    return name === 'find' ? regex.find(text) : regex.findAll(text, Number(limit))
  }
}

function targetOf(declaration: FunctionDeclaration, overload: string, count: number): Target {
  const { singleton, name } = declaration
  if (singleton !== undefined) {
    const { accepts, implementation, style } = singleton
    const guarded: Implementation = (...args) =>
      accepts === undefined || accepts(args[0] ?? null) ? implementation(...args) : refused(name, args[0] ?? null)
    return { style, implementation: guarded, nonStrict: false }
  }
  const exact =
    declaration.overloads.find((o) => o.id === overload) ??
    (declaration.overloads.length === 1 ? declaration.overloads[0] : undefined)
  if (exact?.implementation !== undefined) return guardedTarget(declaration, exact, exact.implementation)
  const candidates = declaration.overloads.filter((o) => o.implementation !== undefined && o.params.length === count)
  const dispatch: Implementation = (...args) => {
    const found = candidates.find((o) => fits(declaration, o, args))
    return found?.implementation === undefined ? noOverload(name, args) : found.implementation(...args)
  }
  return { style: 'each', implementation: dispatch, nonStrict: declaration.overloads.some((o) => o.nonStrict) }
}

function guardedTarget(declaration: FunctionDeclaration, overload: Overload, implementation: Implementation): Target {
  const { style, nonStrict } = overload
  if (!declaration.guarded) return { style, implementation, nonStrict }
  const guarded: Implementation = (...args) =>
    fits(declaration, overload, args) ? implementation(...args) : noOverload(declaration.name, args)
  return { style, implementation: guarded, nonStrict }
}

const fits = (declaration: FunctionDeclaration, overload: Overload, args: readonly CelValue[]): boolean =>
  args.length === overload.params.length &&
  (!declaration.guarded || overload.params.every((type, i) => accepts(type, args[i] ?? null, overload.nonStrict)))

/** Whether a value can be an argument of this type; of lists and maps the first element is looked at. */
function accepts(type: CelType, value: CelValue, nonStrict: boolean): boolean {
  if (isError(value)) return nonStrict
  if (type.kind === 'dyn' || type.kind === 'any' || type.kind === 'param') return true
  if (type.name !== valueType(value).name) return false
  if (type.kind === 'list' && isList(value)) return value.length === 0 || acceptsParam(type, 0, value[0] ?? null)
  if (type.kind !== 'map' || !(value instanceof CelMap) || value.size === 0) return true
  const key = value.firstKey() ?? null
  return acceptsParam(type, 0, key) && acceptsParam(type, 1, value.find(key) ?? null)
}

function acceptsParam(type: CelType, index: number, value: CelValue): boolean {
  const inner = type.params[index]
  return inner === undefined || accepts(inner, value, false)
}

/** Values with methods of their own in cel-go refuse what none of them does without a name. */
const refused = (name: string, first: CelValue): CelError =>
  typeof first === 'string' || first instanceof CelDuration || first instanceof CelTimestamp
    ? noSuchOverload
    : mismatch(name)

const mismatch = (name: string): CelError => new CelError(`no such overload: ${name}`)
const noOverload = (name: string, args: readonly CelValue[]): CelError =>
  args.find(isError) ?? new CelError(`no such overload: ${name}(${args.map((arg) => valueType(arg).name).join(', ')})`)

function calling(target: Target, args: readonly Run[], cost: CallCost): Run {
  const { implementation, nonStrict } = target
  if (target.style === 'each') return callingEach(implementation, nonStrict, args, cost)
  const [first, second] = args
  if (second === undefined && first !== undefined) {
    return (frame) => {
      const value = first(frame)
      if (!nonStrict && isError(value)) {
        frame.charge(cost.of([value], value))
        return value
      }
      return invoke(frame, implementation, cost, [value])
    }
  }
  return (frame) => {
    const a = first === undefined ? null : first(frame)
    const b = second === undefined ? null : second(frame)
    if (isError(a) || isError(b)) {
      const error = isError(a) ? a : b
      frame.charge(cost.of([a, b], error))
      return error
    }
    return invoke(frame, implementation, cost, [a, b])
  }
}

function callingEach(implementation: Implementation, nonStrict: boolean, args: readonly Run[], cost: CallCost): Run {
  return (frame) => {
    const values: CelValue[] = []
    for (const arg of args) {
      const value = arg(frame)
      if (!nonStrict && isError(value)) {
        // cel-go finds the values of all arguments only where the error was that of the last one, and then charges the call.
        if (values.length === args.length - 1) frame.charge(cost.of([...values, value], value))
        return value
      }
      values.push(value)
    }
    return invoke(frame, implementation, cost, values)
  }
}

function invoke(frame: Frame, implementation: Implementation, cost: CallCost, args: readonly CelValue[]): CelValue {
  if (cost.early) {
    frame.charge(cost.of(args, null))
    const made = implementation(...args)
    frame.built(made)
    return made
  }
  const result = implementation(...args)
  frame.charge(cost.of(args, result))
  frame.built(result)
  return result
}
