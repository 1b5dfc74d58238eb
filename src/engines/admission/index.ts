/** Admission policies of Kubernetes 1.37: what would the API server answer to this request, and why? */
export { admit, type Outcome, type PolicyHook, type TracedDecision } from './dispatch.ts'
export type { AdmissionWorld, Denial, Skipped } from './invocations.ts'
export {
  builtInKindNames,
  definedKinds,
  type KindSchema,
  openApiKinds,
  type ResourceKind,
  type SchemaWorld,
  schemaWorld,
} from './kind-schemas.ts'
export { type Equivalent, type Match, type MatchWorld, matchResources } from './match.ts'
export {
  compileMutatingPolicy,
  type MutatingPolicy,
  type MutationResult,
  type MutationStep,
  mutate,
} from './mutating.ts'
export {
  admitMutating,
  type MutatingHook,
  type MutatingOutcome,
  type TracedMutation,
} from './mutating-dispatch.ts'
export type { ParamWorld } from './params.ts'
export {
  type AdmissionRequest,
  type GroupVersionKind,
  type GroupVersionResource,
  type Operation,
  type RequestValues,
  requestValues,
} from './request.ts'
export {
  type ExpressionWarning,
  expressionWarnings,
  kindText,
  type TypeFinding,
  typeFindings,
} from './type-check.ts'
export { decoded } from './typed.ts'
export {
  compileValidatingPolicy,
  type Decision,
  type ValidatingPolicy,
  type ValidationResult,
  validatePolicy,
} from './validating.ts'
export { checkValidationRules, type EstimatedRule, type RuleCheck, type RuleFault } from './validation-rules.ts'
