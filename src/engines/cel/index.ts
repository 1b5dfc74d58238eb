/**
 * CEL, the expression language of Kubernetes' admission policies. {@link compile} makes a {@link Program} of a text;
 * {@link evaluate} runs it and says what it cost. Nothing here does I/O, and every run is bounded by its cost limit.
 */
import type { Expr } from './ast.ts'
import { type Checked, check } from './check.ts'
import type { Environment } from './environment.ts'
import { estimateCost } from './estimate/estimate.ts'
import type { Range } from './estimate/range.ts'
import { type Bindings, EvaluationEnded, Frame, type Run } from './frame.ts'
import { displayIssues, type Issue } from './issue.ts'
import { parse } from './parser.ts'
import { plan } from './plan.ts'
import { PlanFault } from './planned.ts'
import { type DeclaredType, sizesOf } from './schema/declared-type.ts'
import { type CelType, dynType } from './types.ts'
import { validate } from './validators.ts'
import { CelError, type CelValue } from './values.ts'

export { type Environment, extend, joinFunctions, noStructs, type StructTypes } from './environment.ts'
export { kubernetesEnvironment, plainEnvironment } from './environments.ts'
export type { Range } from './estimate/range.ts'
export { type Bindings, CostExceeded, Frame, LazyValue } from './frame.ts'
export type { Issue } from './issue.ts'
export {
  type Authorizer,
  type AuthorizerDecision,
  type AuthorizerRequest,
  type AuthorizerUser,
  AuthorizerValue,
  ResourceCheck,
} from './library/authorizer.ts'
export { type CelJson, fromJson, JsonDouble, JsonMap } from './map-values.ts'
export { type DeclaredType, declaredStructs } from './schema/declared-type.ts'
export { declaredType, type SchemaOptions } from './schema/openapi.ts'
export { toJson } from './to-json.ts'
export { type CelType, typeText } from './types.ts'
export { CelError, type CelValue } from './values.ts'

/** A compiled expression; it can be run any number of times. */
export interface Program {
  readonly source: string
  readonly expr: Expr
  readonly checked: Checked
  readonly type: CelType
  readonly run: Run
  readonly locals: number
}

export type Compiled =
  | { readonly kind: 'program'; readonly program: Program }
  /** `text` is what the API server says; `issues` are empty where the fault has no place in the source. */
  | {
      readonly kind: 'error'
      readonly text: string
      readonly issues: readonly Issue[]
      /** Of an expression that fits its types and still cannot run. */
      readonly type?: CelType
    }

export interface CompileOptions {
  /** Charge by the table of Kubernetes (the default), or by cel-go's own. */
  readonly kubernetesCost?: boolean
  /** False runs the expression without types: what does not fit then shows as an error of the run. */
  readonly check?: boolean
}

/** An expression whose types fit, or what is wrong with it. */
export type Typed =
  | { readonly kind: 'typed'; readonly expr: Expr; readonly checked: Checked; readonly type: CelType }
  | { readonly kind: 'error'; readonly text: string; readonly issues: readonly Issue[] }

/** Parses and checks an expression, without making it ready to run. Text and time are bounded: see parser.ts. */
export function checkTypes(source: string, environment: Environment): Typed {
  const parsed = parse(source, environment.macros)
  if (parsed.kind === 'refused') return refused(source, parsed.issues)
  const checked = check(source, parsed.expr, environment)
  const faults = checked.issues.length > 0 ? checked.issues : validate(source, parsed.expr, checked, environment)
  if (faults.length > 0) return refused(source, faults)
  return { kind: 'typed', expr: parsed.expr, checked, type: checked.types.get(parsed.expr.id) ?? dynType }
}

/** Parses, checks and plans an expression. */
export function compile(source: string, environment: Environment, options: CompileOptions = {}): Compiled {
  const typed = options.check === false ? unchecked(source, environment) : checkTypes(source, environment)
  if (typed.kind === 'error') return typed
  const { expr, checked, type } = typed
  try {
    const { run, locals } = plan(expr, checked, environment, options.kubernetesCost ?? true)
    return { kind: 'program', program: { source, expr, checked, type, run, locals } }
  } catch (error) {
    if (!(error instanceof PlanFault)) throw error
    return { kind: 'error', text: `program instantiation failed: ${error.message}`, issues: [], type }
  }
}

function unchecked(source: string, environment: Environment): Typed {
  const parsed = parse(source, environment.macros)
  if (parsed.kind === 'refused') return refused(source, parsed.issues)
  const found = check(source, parsed.expr, environment)
  return {
    kind: 'typed',
    expr: parsed.expr,
    checked: { ...found, types: new Map(), calls: new Map() },
    type: dynType,
  }
}

const refused = (source: string, issues: readonly Issue[]): Extract<Compiled, { kind: 'error' }> => ({
  kind: 'error',
  text: `compilation failed: ${displayIssues(source, issues)}`,
  issues,
})

/** The most that one expression may cost in the API server (`apis/cel/config.go`, PerCallLimit). */
export const perCallLimit = 1_000_000

/**
 * What a program may cost, at least and at most, before it runs. `root` is the type of its variables, whose schema bounds
 * their sizes; without it every text and list may be of any length.
 */
export const estimate = (program: Program, root?: DeclaredType): Range =>
  estimateCost(program.expr, program.checked, root === undefined ? undefined : sizesOf(root))

/** For values of tens of thousands of levels, which the API server would not have decoded. */
const tooDeep = 'value nested too deeply'

/** What a run came to: its value (an error being a {@link CelError}) and its cost. */
export interface Evaluation {
  readonly value: CelValue
  readonly cost: number
}

/** Runs a program. Beyond `limit` units of cost it ends with the error `operation cancelled: actual cost limit exceeded`. */
export function evaluate(program: Program, bindings: Bindings, limit: number = perCallLimit): Evaluation {
  const frame = new Frame(bindings, program.locals, limit)
  try {
    return { value: program.run(frame), cost: frame.cost }
  } catch (error) {
    if (error instanceof EvaluationEnded) return { value: new CelError(error.message), cost: frame.cost }
    if (error instanceof RangeError) return { value: new CelError(tooDeep), cost: frame.cost }
    throw error
  }
}
