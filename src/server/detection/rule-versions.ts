import { createHash } from 'node:crypto'
import { countedRules } from '../../detect/counted-rules.ts'
import type { RuleSet } from '../../detect/rule-set.ts'

/**
 * By id: another text for each text of the rule, and of all rules that it counts, directly or by way of others. Macros and
 * lists of Falco are not looked at.
 */
export const ruleVersions = (set: RuleSet): ReadonlyMap<string, string> => {
  const known = ofSets.get(set)
  if (known !== undefined) return known
  const versions = versionsOf(set)
  ofSets.set(set, versions)
  return versions
}

/** A set never changes: rules that do are another one. */
const ofSets = new WeakMap<RuleSet, ReadonlyMap<string, string>>()

const versionsOf = (set: RuleSet): ReadonlyMap<string, string> => {
  const texts = new Map(set.entries.map(({ head, text }) => [head.id, text.trim()]))
  const counted = countedRules(set)
  return new Map(
    [...texts.keys()].map((id) => {
      const all = new Set([id])
      // A set is gone through together with what is added on the way.
      for (const one of all) for (const input of counted.get(one) ?? []) all.add(input)
      const hash = createHash('sha256')
      for (const one of all) hash.update(`${JSON.stringify(texts.get(one) ?? '')}\n`)
      return [id, hash.digest('hex').slice(0, 32)]
    }),
  )
}
