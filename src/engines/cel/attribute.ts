/**
 * Paths: a name or a value, followed by selections and indexes. They are planned as a whole, as in cel-go v0.29.2
 * `interpreter/attributes.go`, because an optional selection makes the rest of its path optional, and because a path costs
 * one unit for its start and one for each step that is reached.
 */

import type { Frame, Run } from './frame.ts'
import { goName, variableGoName } from './go-names.ts'
import { formatG } from './go-text.ts'
import {
  CelError,
  CelMap,
  CelObject,
  CelOptional,
  CelUint,
  type CelValue,
  isError,
  isList,
  noSuchOverload,
  optionalNone,
  valueType,
} from './values.ts'

/** Where a path begins. A conditional evaluates only the branch it takes, and the steps belong to both. */
export type Start =
  | { readonly kind: 'name'; readonly run: Run }
  | { readonly kind: 'value'; readonly run: Run }
  | { readonly kind: 'conditional'; readonly condition: Run; readonly yes: Path; readonly no: Path }

/** One step; `key` is given for a constant, `run` for one that is evaluated. `test` is the last step of `has()`. */
export interface Step {
  readonly key: CelValue | undefined
  readonly run: Run | undefined
  /** The key is itself read from a variable. */
  readonly raw: boolean
  readonly optional: boolean
  readonly test: boolean
}

export class Path {
  readonly start: Start
  readonly steps: Step[] = []

  constructor(start: Start) {
    this.start = start
  }

  /** Adds a step; to a conditional, to both its branches. */
  add(step: Step): void {
    if (this.start.kind !== 'conditional') {
      this.steps.push(step)
      return
    }
    this.start.yes.add(step)
    this.start.no.add(step)
  }

  /** The value, without the cost of the start. */
  resolver(): Run {
    const { start, steps } = this
    if (start.kind === 'conditional') {
      const yes = start.yes.resolver()
      const no = start.no.resolver()
      const { condition } = start
      return (frame) => {
        const value = condition(frame)
        if (value === true) return yes(frame)
        if (value === false) return no(frame)
        return isError(value) ? value : noSuchOverload
      }
    }
    if (steps.length === 0) return start.run
    const { run } = start
    const plain = steps.every((step) => !step.optional && !step.test && typeof step.key === 'string')
    return plain ? fieldPath(run, steps) : (frame) => walk(frame, run(frame), steps)
  }

  /** The value with its cost, as an operand of other expressions. */
  runner(test: boolean): Run {
    const resolve = this.resolver()
    if (test) return (frame) => presence(resolve(frame))
    if (this.start.kind === 'conditional') return resolve
    return (frame) => {
      const value = resolve(frame)
      frame.charge(1)
      return value
    }
  }
}

/** The common path `a.b.c`, without looking at options at each step. */
function fieldPath(start: Run, steps: readonly Step[]): Run {
  const keys = steps.map((step) => step.key as string)
  return (frame) => {
    let value = start(frame)
    if (value instanceof CelError) return value
    if (value instanceof CelOptional) return walk(frame, value, steps)
    for (const key of keys) {
      const found: CelValue | undefined = value instanceof CelMap ? value.find(key) : lookUp(value, key)
      value = found === undefined ? missing(value, key) : found
      frame.charge(1)
      if (value instanceof CelError) return value
    }
    return value
  }
}

function walk(frame: Frame, start: CelValue, steps: readonly Step[]): CelValue {
  if (isError(start)) return start
  let optional = start instanceof CelOptional
  if (start instanceof CelOptional && start.value === undefined) return start
  let value: CelValue = start instanceof CelOptional ? (start.value ?? null) : start
  for (const step of steps) {
    optional ||= step.optional
    const key = step.key === undefined ? stepKey(frame, step) : step.key
    if (isError(key)) {
      if (!optional) frame.charge(1)
      return key
    }
    const found = lookUp(value, key)
    if (step.test) {
      if (!optional) frame.charge(1)
      else if (found !== undefined) frame.charge(1)
      if (found !== undefined && isError(found)) return found
      if (optional) return new CelOptional(found === undefined ? undefined : found)
      return found !== undefined
    }
    if (optional && found !== undefined && isError(found)) return found
    if (found === undefined && optional) return optionalNone
    frame.charge(1)
    value = found === undefined ? missing(value, key) : found
    if (isError(value)) return value
  }
  return optional ? new CelOptional(value) : value
}

function stepKey(frame: Frame, step: Step): CelValue {
  const key = step.run === undefined ? noSuchOverload : step.run(frame)
  if (isError(key) || isSimple(key)) return key
  return new CelError(`invalid qualifier type: ${step.raw ? variableGoName(key) : goName(key)}`)
}

const isSimple = (key: CelValue): boolean =>
  typeof key === 'string' ||
  typeof key === 'bigint' ||
  typeof key === 'boolean' ||
  typeof key === 'number' ||
  key instanceof CelUint

/** The element or field of a value; undefined where there is none, an error where the key has the wrong type. */
function lookUp(value: CelValue, key: CelValue): CelValue | undefined {
  if (value instanceof CelMap) return value.find(key)
  if (isList(value)) {
    const index = listIndex(key)
    return isError(index) ? index : typeof index === 'bigint' ? value[Number(index)] : undefined
  }
  return value instanceof CelObject && typeof key === 'string' ? value.field(key) : undefined
}

function listIndex(key: CelValue): CelValue {
  if (typeof key === 'bigint') return key
  if (key instanceof CelUint)
    return key.value < 2n ** 63n ? key.value : new CelError(`unsupported index value ${showKey(key)} in list`)
  if (typeof key === 'number')
    return Number.isInteger(key) ? BigInt(key) : new CelError(`unsupported index value ${showKey(key)} in list`)
  return new CelError(`unsupported index type '${valueType(key).name}' in list`)
}

function missing(value: CelValue, key: CelValue): CelError {
  return new CelError(isList(value) ? `index out of bounds: ${showKey(key)}` : `no such key: ${showKey(key)}`)
}

function showKey(key: CelValue): string {
  if (key instanceof CelUint) return String(key.value)
  return typeof key === 'number' ? formatG(key) : String(key)
}

/** has() of a path: true or false, whether the path is optional or not. */
const presence = (value: CelValue): CelValue => (value instanceof CelOptional ? value.value !== undefined : value)
