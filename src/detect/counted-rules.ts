import { documentKey } from './heads.ts'
import type { RuleSet } from './rule-set.ts'

/**
 * By id of a correlation or baseline: ids of the rules whose events it counts, puts in order or learns from. Rules that look
 * at events alone are left out.
 */
export const countedRules = ({
  sigma,
  baselines,
}: Pick<RuleSet, 'sigma' | 'baselines'>): ReadonlyMap<string, readonly string[]> => {
  const heads = [...sigma.rules.map(({ rule }) => rule), ...sigma.correlations.map(({ correlation }) => correlation)]
  const idOf = new Map(heads.flatMap((head) => [head.id, head.name].map((one) => [one, documentKey(head)] as const)))
  return new Map([
    ...sigma.correlations.map(
      ({ correlation, inputs }) => [documentKey(correlation), inputs.map(documentKey)] as const,
    ),
    ...baselines.map((baseline) => {
      const named = [...baseline.rules, ...baseline.learnFrom]
      return [
        documentKey(baseline),
        named.flatMap((one) => idOf.get(one) ?? idOf.get(one.toLowerCase()) ?? []),
      ] as const
    }),
  ])
}
