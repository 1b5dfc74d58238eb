/** Detections that belong together, as cases that a person triages. */
export { createCaseBook } from './book.ts'
export { createClusterContext, environmentKey, sensitivityKey } from './cluster-context.ts'
export { type CaseContext, noContext, type PrincipalRights, type TargetWeight } from './context.ts'
export { grantsOf } from './grants.ts'
export { boundedGroups } from './groups.ts'
export type { CaseChanges, CaseNews, CaseRow, CaseRows, ChangeRow, SignalRow, StepRow } from './rows.ts'
export type {
  CaseAdvice,
  CaseBook,
  CaseBookOptions,
  CaseBookStatus,
  CaseChanged,
  CaseLimits,
  CaseStory,
  Triage,
} from './types.ts'
