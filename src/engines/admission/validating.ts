/**
 * ValidatingAdmissionPolicy: compiled, and evaluated for one request, binding and param.
 * Source: Kubernetes v1.37.2 `admission/plugin/policy/validating` (plugin.go, validator.go).
 */
import { isObject, type JsonObject } from '../../model/json.ts'
import { CelError } from '../cel/index.ts'
import { boolType, nullType, stringType } from '../cel/types.ts'
import { utf8 } from '../cel/unescape.ts'
import { valueType } from '../cel/values.ts'
import { evaluateGroup, type GroupResult, type Input, matchConditions } from './conditions.ts'
import { admissionEnvironment } from './environment.ts'
import { Budget, type CompiledExpression, compileExpression, type Evaluated, outOfBudgetMessage } from './expression.ts'
import { objectAt, objectsAt, textAt } from './read.ts'
import { type CompiledVariables, compileVariables } from './variables.ts'

export type FailurePolicy = 'Fail' | 'Ignore'

interface Validation {
  readonly expression: CompiledExpression
  readonly message: string
  readonly reason: string
  readonly messageExpression: CompiledExpression | undefined
}

interface AuditAnnotation {
  readonly key: string
  readonly expression: CompiledExpression
}

/** A policy ready to be evaluated. Its expressions may hold errors: those show when they are used. */
export interface ValidatingPolicy {
  readonly name: string
  readonly object: JsonObject
  readonly failurePolicy: FailurePolicy
  readonly variables: CompiledVariables
  readonly conditions: readonly CompiledExpression[]
  readonly validations: readonly Validation[]
  readonly auditAnnotations: readonly AuditAnnotation[]
}

/** Compiles a ValidatingAdmissionPolicy (v1 or v1beta1). */
export function compileValidatingPolicy(object: JsonObject): ValidatingPolicy {
  const spec = objectAt(object, 'spec')
  const params = isObject(spec?.paramKind)
  const options = { params, authorizer: true }
  const variables = compileVariables(
    objectsAt(spec, 'variables').map((one) => ({ name: textAt(one, 'name'), expression: textAt(one, 'expression') })),
    options,
  )
  const environment = admissionEnvironment({ ...options, variables: variables.types })
  const messages = admissionEnvironment({ params, authorizer: false, variables: variables.types })
  return {
    name: textAt(objectAt(object, 'metadata'), 'name'),
    object,
    failurePolicy: textAt(spec, 'failurePolicy') === 'Ignore' ? 'Ignore' : 'Fail',
    variables,
    conditions: objectsAt(spec, 'matchConditions').map((one) =>
      compileExpression(textAt(one, 'expression'), environment, [boolType]),
    ),
    validations: objectsAt(spec, 'validations').map((one) => ({
      expression: compileExpression(textAt(one, 'expression'), environment, [boolType]),
      message: textAt(one, 'message'),
      reason: textAt(one, 'reason') || 'Invalid',
      messageExpression:
        textAt(one, 'messageExpression') === ''
          ? undefined
          : compileExpression(textAt(one, 'messageExpression'), messages, [stringType]),
    })),
    auditAnnotations: objectsAt(spec, 'auditAnnotations').map((one) => ({
      key: textAt(one, 'key'),
      expression: compileExpression(textAt(one, 'valueExpression'), environment, [stringType, nullType]),
    })),
  }
}

/** What one validation came to. `index` is its place in `spec.validations`; undefined for a fault of the whole policy. */
export interface Decision {
  readonly action: 'admit' | 'deny'
  readonly evaluation: 'admit' | 'deny' | 'error'
  readonly message: string
  readonly reason: string
  readonly index: number | undefined
}

export type AnnotationResult =
  | { readonly key: string; readonly action: 'publish'; readonly value: string }
  | { readonly key: string; readonly action: 'exclude' | 'error'; readonly error?: string }

export interface ValidationResult {
  /** False where the match conditions left the request out: then there are no decisions. */
  readonly matched: boolean
  readonly decisions: readonly Decision[]
  readonly auditAnnotations: readonly AnnotationResult[]
}

/** The budget of all validations for one binding and param (RuntimeCELCostBudget). */
export const validationBudget = 10_000_000

/** Evaluates a policy for one request, binding and param. */
export function validatePolicy(policy: ValidatingPolicy, input: Input): ValidationResult {
  const match = matchConditions(policy.conditions, policy.variables, input, policy.failurePolicy)
  if (match.kind === 'no match') return { matched: false, decisions: [], auditAnnotations: [] }
  if (match.kind === 'error') return wholeFault(policy, match.message)
  const budget = new Budget(validationBudget)
  const expressions = policy.validations.map((one) => one.expression)
  const evaluated = evaluateGroup(expressions, policy.variables, input, budget, true)
  if (evaluated.kind === 'out of budget') return wholeFault(policy, outOfBudgetMessage)
  const messageExpressions = policy.validations.map((one) => one.messageExpression)
  const messages = evaluateGroup(messageExpressions, policy.variables, input, budget, false)
  const decisions = policy.validations.map((one, i) => decide(policy, one, i, evaluated.results[i], messages))
  const annotations = policy.auditAnnotations.map((one) => one.expression)
  const annotated = evaluateGroup(annotations, policy.variables, input, new Budget(validationBudget), false)
  if (annotated.kind === 'out of budget') return wholeFault(policy, outOfBudgetMessage)
  const auditAnnotations = policy.auditAnnotations.map((one, i) => annotate(policy, one, annotated.results[i]))
  return { matched: true, decisions, auditAnnotations }
}

function wholeFault(policy: ValidatingPolicy, message: string): ValidationResult {
  return { matched: true, decisions: [errorDecision(policy, message, undefined)], auditAnnotations: [] }
}

const errorDecision = (policy: ValidatingPolicy, message: string, index: number | undefined): Decision => ({
  action: policy.failurePolicy === 'Ignore' ? 'admit' : 'deny',
  evaluation: 'error',
  message,
  reason: '',
  index,
})

function decide(
  policy: ValidatingPolicy,
  validation: Validation,
  index: number,
  result: Evaluated | undefined,
  messages: GroupResult,
): Decision {
  if (result?.kind === 'error') return errorDecision(policy, result.message, index)
  if (messages.kind === 'out of budget') {
    return errorDecision(policy, `failed messageExpression: ${outOfBudgetMessage}`, index)
  }
  if (result?.kind === 'value' && result.value === true) {
    return { action: 'admit', evaluation: 'admit', message: '', reason: '', index }
  }
  const message = denialMessage(validation, messages.results[index])
  return { action: 'deny', evaluation: 'deny', message, reason: validation.reason, index }
}

const maxMessageBytes = 5 * 1024

/** The evaluated message where it can be used, else the fixed one, else the expression itself. */
function denialMessage(validation: Validation, evaluated: Evaluated | undefined): string {
  const text = evaluated?.kind === 'value' && typeof evaluated.value === 'string' ? trim(evaluated.value) : ''
  const usable = text !== '' && !text.includes('\n') && utf8(text).length <= maxMessageBytes
  if (usable) return text
  return trim(validation.message) || `failed expression: ${trim(validation.expression.source)}`
}

/** Trims what Go calls white space. */
const trim = (text: string): string => text.replace(/^[\p{White_Space}]+/u, '').replace(/[\p{White_Space}]+$/u, '')

function annotate(
  policy: ValidatingPolicy,
  annotation: AuditAnnotation,
  result: Evaluated | undefined,
): AnnotationResult {
  const { key } = annotation
  if (result?.kind === 'error') {
    return { key, action: policy.failurePolicy === 'Ignore' ? 'exclude' : 'error', error: result.message }
  }
  const value = result?.kind === 'value' ? result.value : null
  if (typeof value === 'string') {
    const text = trim(value)
    return text === '' ? { key, action: 'exclude' } : { key, action: 'publish', value: text }
  }
  if (value === null || value instanceof CelError) return { key, action: 'exclude' }
  const type = valueType(value).name
  const rule = 'Return type must be either string or null.'
  const error = `valueExpression '${annotation.expression.source}' resulted in unsupported return type: ${type}. ${rule}`
  return { key, action: 'error', error }
}
