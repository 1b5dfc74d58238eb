import type { SigmaCorrelation, SigmaProblem, SigmaRule } from './types.ts'
import { defaultLimits } from './window-state.ts'

/** A correlation whose references are found. */
export interface LinkedCorrelation {
  readonly correlation: SigmaCorrelation
  /** In the order of the document. */
  readonly inputs: readonly (SigmaRule | SigmaCorrelation)[]
  /** False where it is deprecated or unsupported, or cannot be decided as it is written. */
  readonly enabled: boolean
  /** False where only other correlations want to know. */
  readonly alerts: boolean
}

export interface Links {
  readonly correlations: readonly LinkedCorrelation[]
  /** What is referred to, and by no correlation that lets it alert on its own. */
  readonly silent: ReadonlySet<SigmaRule | SigmaCorrelation>
}

/**
 * Finds what correlations refer to and puts them in order. One that refers to nothing known, to something that was
 * refused, or in a circle, is refused.
 */
export const linkCorrelations = (
  correlations: readonly SigmaCorrelation[],
  loaded: readonly { readonly rule: SigmaRule }[],
  problems: SigmaProblem[],
  warnings: SigmaProblem[],
): Links => {
  const rules = new Set(loaded.map(({ rule }) => rule))
  const byReference = new Map<string, SigmaRule | SigmaCorrelation>()
  for (const one of [...rules, ...correlations]) {
    if (one.id !== undefined) byReference.set(one.id, one)
    if (one.name !== undefined) byReference.set(one.name, one)
  }
  const linked = new Map<SigmaCorrelation, LinkedCorrelation | 'open' | 'refused'>()
  const refuse = ({ at, title }: SigmaCorrelation, what: string): void => {
    problems.push({ at, title, what })
  }
  const levels = new Map<SigmaRule | SigmaCorrelation, number>()
  const link = (correlation: SigmaCorrelation, depth: number): boolean => {
    const known = linked.get(correlation)
    if (known === 'open') refuse(correlation, 'refers to itself, by way of what it refers to')
    if (known !== undefined) return known !== 'open' && known !== 'refused'
    linked.set(correlation, 'open')
    const inputs: (SigmaRule | SigmaCorrelation)[] = []
    for (const reference of correlation.rules) {
      const input = byReference.get(reference) ?? byReference.get(reference.toLowerCase())
      if (input !== undefined && inputs.includes(input)) {
        refuse(correlation, `"${reference.slice(0, 80)}" stands in the list already, by its other name`)
        linked.set(correlation, 'refused')
        return false
      }
      if (input === undefined) refuse(correlation, `there is no rule with the id or name "${reference.slice(0, 80)}"`)
      const usable = input !== undefined && (input.kind === 'rule' || (depth < maxLevels && link(input, depth + 1)))
      if (!usable) {
        if (input !== undefined) refuse(correlation, `"${reference.slice(0, 80)}" was refused`)
        linked.set(correlation, 'refused')
        return false
      }
      inputs.push(input)
    }
    const level = 1 + Math.max(...inputs.map((input) => levels.get(input) ?? 0))
    if (level > maxLevels) {
      refuse(correlation, `stands on more than ${maxLevels} levels of correlations`)
      linked.set(correlation, 'refused')
      return false
    }
    levels.set(correlation, level)
    const problem = undecidable(correlation)
    if (problem !== undefined) warnings.push({ at: correlation.at, title: correlation.title, what: problem })
    const retired = correlation.status === 'deprecated' || correlation.status === 'unsupported'
    // A map keeps the order of first insertion: what was referred to has to come first.
    linked.delete(correlation)
    linked.set(correlation, { correlation, inputs, enabled: !retired && problem === undefined, alerts: true })
    return true
  }
  for (const correlation of correlations) link(correlation, 1)
  const found = [...linked.values()].filter((one) => typeof one !== 'string')
  const silent = silenced(found)
  return {
    correlations: found.map((one) => (silent.has(one.correlation) ? { ...one, alerts: false } : one)),
    silent,
  }
}

/** `generate` counts for one correlation: what another one lets alert, alerts. */
const silenced = (linked: readonly LinkedCorrelation[]): ReadonlySet<SigmaRule | SigmaCorrelation> => {
  const silent = new Set(linked.flatMap(({ inputs }) => inputs))
  for (const { correlation, inputs } of linked) {
    if (correlation.generate) for (const input of inputs) silent.delete(input)
  }
  return silent
}

/** Correlations of correlations: each level is a step in the same call. */
const maxLevels = 16

/** Counts stop there: see the limits of the correlator. */
const mostCounted = defaultLimits.entriesOfGroup - 1

const undecidable = ({ type, percentile, condition, rules }: SigmaCorrelation): string | undefined => {
  if (type === 'value_percentile' && percentile === undefined)
    return 'is not run: value_percentile needs a percentile in its condition'
  const counts = type === 'event_count' || type === 'value_count'
  if (counts && condition.kind === 'bounds' && condition.bounds.some(({ number }) => number > mostCounted))
    return `is not run: no more than ${mostCounted} events of a group are counted`
  if (type !== 'temporal_ordered') return undefined
  const meansAll =
    condition.kind === 'bounds' &&
    condition.bounds.every(({ operator, number }) => ['gte', 'eq'].includes(operator) && number === rules.length)
  return meansAll ? undefined : 'is not run: temporal_ordered is decided for all of its rules only'
}
