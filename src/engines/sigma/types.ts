import type { JsonObject } from '../../model/json.ts'
import type { Detection } from './detection.ts'
import type { Position } from './located.ts'

export const levels = ['informational', 'low', 'medium', 'high', 'critical'] as const
export const statuses = ['stable', 'test', 'experimental', 'deprecated', 'unsupported'] as const

/** Where a rule looks. At least one key is given. */
export interface LogSource {
  readonly category?: string
  readonly product?: string
  readonly service?: string
}

/**
 * What a rule says about itself. Rules of SigmaHQ are under the Detection Rule License, which asks that title, id,
 * author and references travel with the rule and with what it finds: show them.
 */
export interface Head {
  readonly title: string
  readonly id: string | undefined
  /** By which other documents refer to it, beside its id. */
  readonly name: string | undefined
  readonly status: (typeof statuses)[number] | undefined
  readonly level: (typeof levels)[number] | undefined
  readonly description: string
  readonly author: string
  readonly license: string
  readonly references: readonly string[]
  readonly tags: readonly string[]
  readonly falsepositives: readonly string[]
  /** The whole document, with keys that are not known here. */
  readonly document: JsonObject
  readonly at: Position
}

export interface SigmaRule extends Head {
  readonly kind: 'rule'
  readonly logsource: LogSource
  readonly detection: Detection
}

export interface SigmaFilter extends Head {
  readonly kind: 'filter'
  readonly logsource: LogSource
  /** Ids and names of rules, or all of the log source. */
  readonly rules: readonly string[] | 'any'
  readonly detection: Detection
}

export const correlationTypes = [
  'event_count',
  'value_count',
  'temporal',
  'temporal_ordered',
  'value_sum',
  'value_avg',
  'value_percentile',
  'value_median',
] as const
export type CorrelationType = (typeof correlationTypes)[number]

export const operators = ['gt', 'gte', 'lt', 'lte', 'eq', 'neq'] as const

/** All have to hold. */
export type Bounds = readonly { readonly operator: (typeof operators)[number]; readonly number: number }[]

/** Of temporal correlations only: which of the rules have to be there. */
export type Presence =
  | { readonly kind: 'and' | 'or'; readonly terms: readonly Presence[] }
  | { readonly kind: 'not'; readonly term: Presence }
  | { readonly kind: 'rule'; readonly rule: string }

export interface SigmaCorrelation extends Head {
  readonly kind: 'correlation'
  readonly type: CorrelationType
  /** Ids or names of rules and correlations, in the order of the document. */
  readonly rules: readonly string[]
  readonly groupBy: readonly string[]
  readonly timespanSeconds: number
  readonly condition:
    | { readonly kind: 'bounds'; readonly bounds: Bounds }
    | { readonly kind: 'presence'; readonly presence: Presence }
  /** Fields that are counted or measured; empty for other types. Several: their values together. */
  readonly fields: readonly string[]
  readonly percentile: number | undefined
  /** Alias to rule reference to field. */
  readonly aliases: ReadonlyMap<string, ReadonlyMap<string, string>>
  /** True: the rules it refers to also alert on their own. */
  readonly generate: boolean
}

export type SigmaDocument = SigmaRule | SigmaFilter | SigmaCorrelation

/** Something wrong, or worth a look, in a file. `title` of the document where it has one. */
export interface SigmaProblem {
  readonly at: Position
  readonly title: string | undefined
  readonly what: string
}
