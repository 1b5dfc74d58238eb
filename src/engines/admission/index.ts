/** Admission policies of Kubernetes 1.37: what would the API server answer to this request, and why? */
export {
  type AdmissionWorld,
  admit,
  type Denial,
  type Outcome,
  type PolicyHook,
  type Skipped,
  type TracedDecision,
} from './dispatch.ts'
export { type Equivalent, type Match, type MatchWorld, matchResources } from './match.ts'
export {
  compileMutatingPolicy,
  type MutatingPolicy,
  type MutationResult,
  type MutationStep,
  mutate,
} from './mutating.ts'
export type { ParamWorld } from './params.ts'
export {
  type AdmissionRequest,
  type GroupVersionKind,
  type GroupVersionResource,
  type Operation,
  type RequestValues,
  requestValues,
} from './request.ts'
export { decoded } from './typed.ts'
export {
  compileValidatingPolicy,
  type Decision,
  type ValidatingPolicy,
  type ValidationResult,
  validatePolicy,
} from './validating.ts'
