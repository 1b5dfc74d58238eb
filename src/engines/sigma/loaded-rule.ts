import type { Predicate } from '../../model/predicate.ts'
import type { EventSource } from './event-source.ts'
import type { RuleHealth } from './health.ts'
import type { SigmaFilter, SigmaRule } from './types.ts'

/** A rule as it is run on the events of one source. */
export interface LoadedRule {
  readonly rule: SigmaRule
  /** Undefined: no source serves what the rule looks at. */
  readonly source: EventSource | undefined
  /** With the filters that are for it. */
  readonly predicate: Predicate
  readonly filters: readonly SigmaFilter[]
  /** False where the rule is deprecated or unsupported, or has no source. */
  readonly enabled: boolean
  /** False where only correlations want to know: no alert of its own. */
  readonly alerts: boolean
  readonly health: RuleHealth
}
