/**
 * CEL, the expression language of Kubernetes' admission policies. {@link compile} makes a {@link Program} of a text;
 * {@link evaluate} runs it and says what it cost. Nothing here does I/O, and every run is bounded by its cost limit.
 */
import type { Expr } from './ast.ts'
import { type Checked, check } from './check.ts'
import type { Environment } from './environment.ts'
import { type Bindings, CostExceeded, Frame, type Run } from './frame.ts'
import { displayIssues, type Issue } from './issue.ts'
import { parse } from './parser.ts'
import { plan } from './plan.ts'
import { PlanFault } from './planned.ts'
import { type CelType, dynType } from './types.ts'
import { validate } from './validators.ts'
import { CelError, type CelValue } from './values.ts'

export { type Environment, extend, joinFunctions, noStructs, type StructTypes } from './environment.ts'
export { kubernetesEnvironment, plainEnvironment } from './environments.ts'
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
export { toJson } from './to-json.ts'
export { type CelType, typeText } from './types.ts'
export { CelError, type CelValue } from './values.ts'

/** A compiled expression; it can be run any number of times. */
export interface Program {
  readonly source: string
  readonly expr: Expr
  readonly type: CelType
  readonly run: Run
  readonly locals: number
}

export type Compiled =
  | { readonly kind: 'program'; readonly program: Program }
  /** `text` is what the API server says; `issues` are empty where the fault has no place in the source. */
  | { readonly kind: 'error'; readonly text: string; readonly issues: readonly Issue[] }

export interface CompileOptions {
  /** Charge by the table of Kubernetes (the default), or by cel-go's own. */
  readonly kubernetesCost?: boolean
  /** False runs the expression without types: what does not fit then shows as an error of the run. */
  readonly check?: boolean
}

/** Parses, checks and plans an expression. Text and time are bounded: see parser.ts. */
export function compile(source: string, environment: Environment, options: CompileOptions = {}): Compiled {
  const parsed = parse(source, environment.macros)
  if (parsed.kind === 'refused') return refused(source, parsed.issues)
  const found = check(source, parsed.expr, environment)
  const checked = options.check === false ? { ...found, types: new Map(), calls: new Map() } : found
  const faults = options.check === false ? [] : faultsOf(source, parsed.expr, checked, environment)
  if (faults.length > 0) return refused(source, faults)
  try {
    const { run, locals } = plan(parsed.expr, checked, environment, options.kubernetesCost ?? true)
    const type = checked.types.get(parsed.expr.id) ?? dynType
    return { kind: 'program', program: { source, expr: parsed.expr, type, run, locals } }
  } catch (error) {
    if (!(error instanceof PlanFault)) throw error
    return { kind: 'error', text: `program instantiation failed: ${error.message}`, issues: [] }
  }
}

function faultsOf(source: string, expr: Expr, checked: Checked, environment: Environment): readonly Issue[] {
  return checked.issues.length > 0 ? checked.issues : validate(source, expr, checked, environment)
}

const refused = (source: string, issues: readonly Issue[]): Compiled => ({
  kind: 'error',
  text: `compilation failed: ${displayIssues(source, issues)}`,
  issues,
})

/** The most that one expression may cost in the API server (`apis/cel/config.go`, PerCallLimit). */
export const perCallLimit = 1_000_000

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
    if (error instanceof CostExceeded) return { value: new CelError(error.message), cost: frame.cost }
    if (error instanceof RangeError) return { value: new CelError(tooDeep), cost: frame.cost }
    throw error
  }
}
