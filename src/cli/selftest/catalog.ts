import { countedRules } from '../../detect/counted-rules.ts'
import { documentKey } from '../../detect/heads.ts'
import { loadRuleSet } from '../../detect/rule-set.ts'
import { shippedRules } from '../rules/shipped.ts'

/** A rule of ours, as far as a self-test has to know it. */
export interface KnownRule {
  readonly id: string
  readonly name: string
  readonly title: string
  /** What it looks at, directly or by the rules that it counts. */
  readonly looksAt: 'requests' | 'sensors' | 'Events'
  /** It learns what is usual. */
  readonly isBaseline: boolean
  /** It counts, or puts in order, what others see. */
  readonly isWindow: boolean
  /** False where only others want to know of it. */
  readonly alerts: boolean
  /** Ids of rules that count its events. */
  readonly feeds: readonly string[]
  /** It reads bodies of requests. */
  readonly needsBody: boolean
  /** The file of its tests, from rules/ on. */
  readonly tests: string
}

/** Rules of ours as this version ships them, by name, in the order of their files. */
export const knownRules = (): ReadonlyMap<string, KnownRule> => {
  const { entries, sigma, baselines } = loadRuleSet(shippedRules('bulwark'))
  const fed = new Map<string, string[]>()
  for (const [by, counted] of countedRules({ sigma, baselines }))
    for (const input of counted) fed.set(input, [...(fed.get(input) ?? []), by])
  const names = new Map<string, string>()
  for (const { rule } of sigma.rules) names.set(documentKey(rule), rule.name ?? documentKey(rule))
  for (const { correlation } of sigma.correlations)
    names.set(documentKey(correlation), correlation.name ?? documentKey(correlation))
  for (const baseline of baselines) names.set(documentKey(baseline), baseline.name ?? documentKey(baseline))
  const learning = new Set(baselines.map(documentKey))
  const windows = new Set(sigma.correlations.map(({ correlation }) => documentKey(correlation)))
  const fieldsOf = new Map(entries.map(({ head, fields }) => [head.id, fields]))
  const inputsOf = (id: string): readonly string[] =>
    [...fed].flatMap(([input, by]) => (by.includes(id) ? [input] : []))
  return new Map(
    entries.map(({ head: { id, title, file }, inputs, alerts }) => {
      const name = names.get(id) ?? id
      const fields = [id, ...inputsOf(id)].flatMap((one) => fieldsOf.get(one) ?? [])
      return [
        name,
        {
          id,
          name,
          title,
          looksAt: inputs.includes('audit') ? 'requests' : inputs.includes('runtime') ? 'sensors' : 'Events',
          isBaseline: learning.has(id),
          isWindow: windows.has(id),
          alerts,
          feeds: fed.get(id) ?? [],
          needsBody: fields.some((field) => /^(request|response)Object/.test(field)),
          tests: file.replace(/\.ya?ml$/, '.tests.yml'),
        },
      ]
    }),
  )
}
