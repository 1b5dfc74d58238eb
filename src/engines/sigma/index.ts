export {
  type CorrelationDetection,
  type Correlator,
  type CorrelatorInput,
  type CorrelatorState,
  createCorrelator,
} from './correlator.ts'
export { createPlainMatcher, evaluate, type Matcher } from './evaluate.ts'
export {
  type EventSource,
  falcoAudit,
  judgedMoment,
  kubernetesAudit,
  kubernetesEvents,
  kubernetesRuntime,
  namesIn,
  ocsfApiActivity,
  type PossibleValues,
  serves,
} from './event-source.ts'
export type { RuleHealth } from './health.ts'
export { child, oneOf, place, secondsAt, textAt, textsAt } from './keys.ts'
export type { LinkedCorrelation } from './link.ts'
export { loadSigma, type SigmaOptions, type SigmaRules } from './load.ts'
export type { LoadedRule } from './loaded-rule.ts'
export { type Located, type Position, Refused, readDocuments } from './located.ts'
export { createMatcher } from './matcher.ts'
export { FileMemory, SigmaMemory } from './memory.ts'
export type { Placeholders } from './modifiers.ts'
export { readHead, readSigma, type SigmaFile } from './read.ts'
export { tupleReader } from './tuples.ts'
export type * from './types.ts'
export { type CorrelatorCounts, type CorrelatorLimits, defaultLimits } from './window-state.ts'
