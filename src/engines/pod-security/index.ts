/** The Pod Security Standards, as the API server applies them. See README.md. */

export { type Exemptions, exemptionOf, isSignificantUpdate } from './admission.ts'
export { withApiDefaults } from './api-defaults.ts'
export type { CheckId, Fault, PodCheck } from './check.ts'
export { podChecks } from './checks/index.ts'
export {
  denialMessage,
  type Evaluation,
  evaluatePod,
  messageOf,
  strictestLevel,
  type Violation,
  violationsOf,
  warningMessage,
} from './evaluate.ts'
export type { Container, Pod } from './pod.ts'
export { embeddedPodTemplates, type PodTemplate, pathInObject, podTemplateOf } from './pod-template.ts'
export {
  compareLevels,
  defaultPolicy,
  isUnlabelled,
  type LabelError,
  levelLabel,
  type Policy,
  type PolicyMode,
  policyFor,
  policyModes,
  versionLabel,
} from './policy.ts'
export { type PodReading, readPod, type UnreadableField } from './read-pod.ts'
export { remedyFor } from './remedy.ts'
export type { Remedy, Unmendable } from './remedy-draft.ts'
export {
  formatLevelVersion,
  type LevelVersion,
  newestMinor,
  type PolicyVersion,
  parsePolicyVersion,
} from './version.ts'
