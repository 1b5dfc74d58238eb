import type { SeverityReason } from '../../model/case.ts'
import type { Severity } from '../../model/finding.ts'
import { isAnonymous, separator } from './actor.ts'
import { type PrincipalFact, type TargetFact, targetName } from './facts.ts'
import { countOf, principalName } from './phrase.ts'
import { effectiveRank, rankOf, severityAt } from './rank.ts'
import type { Step } from './step.ts'
import { tacticsOf } from './tactics.ts'

/** What is known of those in a case, beside its steps. */
export interface KnownFacts {
  readonly principals: ReadonlyMap<string, PrincipalFact>
  readonly targets: ReadonlyMap<string, TargetFact>
}

/** Fewer tactics are often named by one rule alone. */
const chainTactics = 3
/** So many refusals are no slip. */
const manyRefusals = 3

/**
 * How grave a case is, and why: the gravest step, then a step up or down for each circumstance. The steps of the reasons
 * add up to the result.
 */
export const severityOf = (
  steps: readonly Step[],
  facts: KnownFacts,
): { readonly severity: Severity; readonly reasons: readonly SeverityReason[] } => {
  const allRefused = steps.length > 0 && steps.every(({ refused }) => refused)
  const rank = allRefused ? ({ severity }: Step) => rankOf(severity) : effectiveRank
  const [gravest] = steps.toSorted((a, b) => rank(b) - rank(a) || a.first - b.first || (a.id < b.id ? -1 : 1))
  if (gravest === undefined) return { severity: 'info', reasons: [] }
  const base = rank(gravest)
  const least = gravest.refused && !allRefused ? ', one step less because it was refused' : ''
  const reasons: SeverityReason[] = [
    { text: `the gravest step, “${gravest.title}”, is ${severityAt(base)}${least}`, steps: 0 },
  ]
  const add = (text: string | undefined, steps: number): void => {
    if (text !== undefined) reasons.push({ text, steps })
  }
  add(rightsReason(steps, facts), 1)
  add(targetReason(steps, facts), 1)
  add(chainReason(steps), 1)
  add(successReason(steps), 1)
  add(allRefused ? 'every attempt was refused' : undefined, -1)
  add(testReason(steps, facts), -1)
  const sum = reasons.reduce((total, reason) => total + reason.steps, base)
  const severity = severityAt(sum)
  if (rankOf(severity) < sum) reasons.push({ text: 'there is nothing above critical', steps: rankOf(severity) - sum })
  if (rankOf(severity) > sum) reasons.push({ text: 'there is nothing below info', steps: rankOf(severity) - sum })
  return { severity, reasons }
}

const rightsReason = (steps: readonly Step[], { principals }: KnownFacts): string | undefined => {
  for (const principal of new Set(steps.map((step) => step.principal))) {
    const rights = principals.get(principal)?.rights ?? ''
    if (rights !== '') return `${principalName(principal)} ${rights}`
  }
  return undefined
}

/** Attempts that were refused or failed reached nothing. */
const targetReason = (steps: readonly Step[], { targets }: KnownFacts): string | undefined => {
  const gravestFirst = steps.toSorted((a, b) => effectiveRank(b) - effectiveRank(a) || a.first - b.first)
  for (const { target, refused, failed } of gravestFirst) {
    const fact = refused || failed ? undefined : targets.get(targetName(target))
    if (fact !== undefined) return fact.why
  }
  return undefined
}

const chainReason = (steps: readonly Step[]): string | undefined => {
  const named = new Set(steps.flatMap(({ tags }) => tacticsOf(tags)))
  const rules = new Set(steps.map(({ rule }) => rule))
  if (named.size < chainTactics || rules.size < 2) return undefined
  return `a chain of ${named.size} tactics: ${[...named].join(', ')}`
}

const successReason = (steps: readonly Step[]): string | undefined => {
  const attempt = ({ principal, target }: Step): string =>
    [principal, target.resource, target.subresource].join(separator)
  const refusals = Map.groupBy(
    steps.filter(({ refused }) => refused),
    attempt,
  )
  for (const success of steps) {
    if (success.refused || success.failed || success.target.resource === '' || isAnonymous(success.principal)) continue
    const before = refusals.get(attempt(success))?.filter(({ first }) => first < success.last) ?? []
    const count = countOf(before)
    if (count >= manyRefusals)
      return `${principalName(success.principal)} succeeded with ${success.target.resource} after ${count} refusals`
  }
  return undefined
}

/** Only where everybody who acts belongs to a test. */
const testReason = (steps: readonly Step[], { principals }: KnownFacts): string | undefined => {
  const all = steps.every(({ principal }) => principals.get(principal)?.test === true)
  return all ? 'everybody in it belongs to a namespace that is labelled as test' : undefined
}
