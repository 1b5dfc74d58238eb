import { createMatcher, type EventSource, type LoadedRule, type Matcher } from '../engines/sigma/index.ts'
import type { JsonObject } from '../model/json.ts'
import type { Predicate } from '../model/predicate.ts'
import type { RuleHead } from '../model/rule.ts'
import type { Told } from './told.ts'

/** A rule over single events that is run. */
export interface Runnable {
  readonly loaded: LoadedRule
  readonly head: RuleHead
  readonly alerts: boolean
  /** True where a window or baseline asks for it. */
  readonly feeds: boolean
}

/** The rules over the events of one source. */
export interface Lane {
  readonly rules: readonly Runnable[]
  readonly matcher: Matcher
}

export const laneOf = (all: readonly Runnable[], source: EventSource): Lane => {
  const rules = all.filter(({ loaded }) => loaded.source === source)
  return { rules, matcher: createMatcher(rules.map(({ loaded }) => loaded.predicate)) }
}

/** What an event has to be for any rule of the lane to look at it; undefined: there is none. */
export const asksOf = ({ rules }: Lane): Predicate | undefined =>
  rules.length === 0 ? undefined : { kind: 'any', terms: rules.map(({ loaded }) => loaded.predicate) }

/** A record with the rules of its lane that it matched. */
export interface Matched {
  readonly lane: Lane
  /** Places of the rules in the lane. */
  readonly places: readonly number[]
  /** The record as the rules see it. */
  readonly event: JsonObject
  readonly told: Told
  /** Who did what to what: made only where a rule tells. */
  readonly sentence: () => string
}
