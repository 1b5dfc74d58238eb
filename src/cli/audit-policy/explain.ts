import {
  type Attributes,
  type Criterion,
  decide,
  type Level,
  type Policy,
  reachableLevels,
  type Stage,
  stages,
  whyNot,
} from '../../engines/audit-policy/index.ts'
import { type Place, placeText } from '../objects/load.ts'
import { attributesText } from './attributes.ts'
import type { PolicyFile } from './load.ts'

/** A level that a request can get. Without a rule nothing is recorded. */
interface Outcome {
  readonly level: Level
  readonly rule: number
  readonly place: Place | undefined
  /** The stages that are recorded. */
  readonly stages: readonly Stage[]
}

/** What a policy makes of a request, or can make of it while parts of it are not known. */
export interface PolicyExplanation {
  readonly request: Attributes
  /** One where everything that matters is known. */
  readonly outcomes: readonly Outcome[]
  /** Why each rule above the deciding one (without one: each rule) does not match. */
  readonly whyNot: readonly { readonly rule: number; readonly place: Place; readonly criterion: Criterion }[]
}

/** Explains one request under an accepted policy. */
export const explain = (policy: Policy, request: Attributes, place: PolicyFile['place']): PolicyExplanation => {
  const outcomes = reachableLevels(policy, request).map(
    ({ level, rule, omitStages }): Outcome => ({
      level,
      rule,
      place: rule < 0 ? undefined : place(`rules[${rule}]`),
      stages: level === 'None' ? [] : stages.filter((stage) => !omitStages.includes(stage)),
    }),
  )
  const open = new Set(outcomes.map(({ rule }) => rule))
  return {
    request,
    outcomes,
    whyNot: whyNot(policy, request)
      .filter(({ rule }) => !open.has(rule))
      .map(({ rule, criterion }) => ({ rule, criterion, place: place(`rules[${rule}].${criterion}`) })),
  }
}

/** The explanation for a person. */
export const explanationLines = (
  { request, outcomes, whyNot: others }: PolicyExplanation,
  policy: Policy,
): readonly string[] => {
  const { level } = decide(policy, request)
  const first =
    outcomes.length === 1
      ? [`${level}: ${attributesText(request)}`]
      : [`It depends on what is not known: ${attributesText(request)}`]
  return [
    ...first,
    ...outcomes.map((outcome) => `  ${outcomes.length === 1 ? '' : 'or '}${outcomeText(outcome)}`),
    ...others.map(
      ({ rule, criterion, place }) => `  not rules[${rule}]: its ${criterion} do not match  ${placeText(place)}`,
    ),
  ]
}

const outcomeText = ({ level, rule, place, stages: recorded }: Outcome): string => {
  if (rule < 0) return `${level}: no rule matches, so nothing is recorded`
  const told = level === 'None' ? 'nothing is recorded' : `recorded at ${recorded.join(', ') || 'no stage'}`
  return `${level} by rules[${rule}]: ${told}  ${placeText(place)}`
}
