/** Groups of expressions that share a budget and their variables. Source: `admission/plugin/cel/condition.go`, `matchconditions`. */
import type { CelValue } from '../cel/index.ts'
import {
  Budget,
  type CompiledExpression,
  type Evaluated,
  evaluateExpression,
  outOfBudgetMessage,
} from './expression.ts'
import { bindingsOf, type RequestValues } from './request.ts'
import { type CompiledVariables, VariablesValue } from './variables.ts'

/** What one evaluation of a policy is given. */
export interface Input {
  readonly values: RequestValues
  readonly params: CelValue
}

export type GroupResult =
  | { readonly kind: 'results'; readonly results: readonly (Evaluated | undefined)[] }
  | { readonly kind: 'out of budget' }

/** Evaluates expressions in order; an absent one gives an absent result. Stops where the budget is used up. */
export function evaluateGroup(
  expressions: readonly (CompiledExpression | undefined)[],
  variables: CompiledVariables,
  input: Input,
  budget: Budget,
  authorizer: boolean,
): GroupResult {
  const shared = new VariablesValue(variables.expressions)
  const bindings = bindingsOf(input.values, input.params, authorizer, shared)
  // Variables are compiled with the authorizer and see it even from expressions that do not.
  shared.bind(authorizer ? bindings : bindingsOf(input.values, input.params, false, shared))
  const results: (Evaluated | undefined)[] = []
  for (const expression of expressions) {
    const result = expression && evaluateExpression(expression, bindings, budget, () => shared.takeCost())
    if (result?.kind === 'out of budget') return { kind: 'out of budget' }
    results.push(result)
  }
  return { kind: 'results', results }
}

/** The budget of all match conditions of a policy together (RuntimeCELCostBudgetMatchConditions). */
const matchBudget = 2_500_000

export type MatchResult =
  | { readonly kind: 'match' }
  /** `condition` is the index of the condition that was false; undefined where errors were ignored. */
  | { readonly kind: 'no match'; readonly condition: number | undefined }
  | { readonly kind: 'error'; readonly message: string }

/** All conditions must be true. One that is false wins over errors; errors obey the failure policy. */
export function matchConditions(
  conditions: readonly CompiledExpression[],
  variables: CompiledVariables,
  input: Input,
  failurePolicy: 'Fail' | 'Ignore',
): MatchResult {
  if (conditions.length === 0) return { kind: 'match' }
  const withoutNamespace = { ...input, values: { ...input.values, namespaceObject: null } }
  const group = evaluateGroup(conditions, variables, withoutNamespace, new Budget(matchBudget), true)
  if (group.kind === 'out of budget') return failed(failurePolicy, outOfBudgetMessage)
  const errors: string[] = []
  for (const [i, result] of group.results.entries()) {
    if (result?.kind === 'error') errors.push(result.message)
    if (result?.kind === 'value' && result.value === false) return { kind: 'no match', condition: i }
  }
  return errors.length === 0 ? { kind: 'match' } : failed(failurePolicy, joinErrors(errors))
}

const failed = (failurePolicy: 'Fail' | 'Ignore', message: string): MatchResult =>
  failurePolicy === 'Fail' ? { kind: 'error', message } : { kind: 'no match', condition: undefined }

/** As `utilerrors.NewAggregate` prints several errors: each once, in brackets. */
function joinErrors(messages: readonly string[]): string {
  const unique = [...new Set(messages)]
  return unique.length === 1 ? (unique[0] ?? '') : `[${unique.join(', ')}]`
}
