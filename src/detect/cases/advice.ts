import type { RuleGuide } from '../../model/rule.ts'
import { effectiveRank } from './rank.ts'
import type { Step } from './step.ts'
import type { CaseAdvice } from './types.ts'

/** What to do next, from the guides of the rules: the gravest first, the same text once. */
export const adviceOf = (
  steps: readonly Step[],
  guideOf: (rule: string) => RuleGuide | undefined,
): readonly CaseAdvice[] => {
  const told = new Map<string, CaseAdvice>()
  for (const { rule, title } of steps.toSorted((a, b) => effectiveRank(b) - effectiveRank(a) || a.first - b.first)) {
    const text = guideOf(rule)?.respond ?? ''
    if (text !== '' && !told.has(text)) told.set(text, { rule, title, text })
  }
  return [...told.values()]
}
