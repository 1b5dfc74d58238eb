/** Exceptions that people make: what is meant to fire no case, until when, and whose word that is. */
export { readSuppressionObjects, readSuppressions, suppressionApiVersion } from './read.ts'
export { suggestedDays, suppressionFor } from './suggest.ts'
export {
  createSuppressions,
  type SuppressionOptions,
  type Suppressions,
  type SuppressionUses,
} from './suppressions.ts'
export type { DeclaredSuppression, SuppressionProblem, SuppressionReading } from './types.ts'
export { requireSuppression, type SuppressionFault, suppressionFaults } from './validate.ts'
