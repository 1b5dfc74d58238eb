/**
 * One expression of a policy, compiled, and its evaluation within a budget. A fault of compilation is an error of this
 * expression only, at the time it is used. Source: Kubernetes v1.37.2 `admission/plugin/cel/compile.go`, `activation.go`.
 */
import {
  type Bindings,
  CelError,
  type CelType,
  type CelValue,
  compile,
  type Environment,
  evaluate,
  type Issue,
  type Program,
  typeText,
} from '../cel/index.ts'
import { sameType } from '../cel/types.ts'

export type CompiledExpression =
  | { readonly kind: 'program'; readonly source: string; readonly program: Program }
  /** `text` is what the API server says of it; `issues` have their places in the source. */
  | { readonly kind: 'error'; readonly source: string; readonly text: string; readonly issues: readonly Issue[] }

/** Compiles an expression that must give one of these types; any type where `wanted` is empty. */
export function compileExpression(
  source: string,
  environment: Environment,
  wanted: readonly CelType[],
): CompiledExpression {
  const compiled = compile(source, environment)
  const type = compiled.kind === 'error' ? compiled.type : compiled.program.type
  if (type === undefined || wanted.length === 0 || wanted.some((one) => sameType(type, one)))
    return compiled.kind === 'error'
      ? { kind: 'error', source, text: compiled.text, issues: compiled.issues }
      : { kind: 'program', source, program: compiled.program }
  const found = typeText(type)
  const names = wanted.map(typeText)
  const rule = names.length === 1 ? `must evaluate to ${names[0]}` : `must evaluate to one of [${names.join(' ')}]`
  return { kind: 'error', source, text: `${rule} but got ${found}`, issues: [] }
}

/** Units of cost that expressions share. Once it is used up, nothing more is evaluated. */
export class Budget {
  left: number

  constructor(units: number) {
    this.left = units
  }

  /** Takes units; false where they are more than what is left. */
  take(units: number): boolean {
    if (units > this.left) return false
    this.left -= units
    return true
  }
}

export const outOfBudgetMessage =
  'validation failed due to running out of cost budget, no further validation rules will be run'

/** The value of an expression, or the message of its error. */
export type Evaluated =
  | { readonly kind: 'value'; readonly value: CelValue }
  | { readonly kind: 'error'; readonly message: string }
  | { readonly kind: 'out of budget' }

/** Evaluates within the budget. `variablesCost` gives, and resets, what the policy's variables have cost meanwhile. */
export function evaluateExpression(
  expression: CompiledExpression,
  bindings: Bindings,
  budget: Budget,
  variablesCost: () => number,
): Evaluated {
  if (expression.kind === 'error') return { kind: 'error', message: `compilation error: ${expression.text}` }
  const { value, cost } = evaluate(expression.program, bindings)
  if (!budget.take(variablesCost()) || !budget.take(cost)) return { kind: 'out of budget' }
  if (!(value instanceof CelError)) return { kind: 'value', value }
  return { kind: 'error', message: `expression '${expression.source}' resulted in error: ${value.message}` }
}
