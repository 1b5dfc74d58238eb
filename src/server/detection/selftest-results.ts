/** What self-tests found: the last result of each rule, kept in the desk with the version of the rule that was tried. */
import type { SelftestFired, SelftestKept, SelftestResult } from '../../api/contract/detection.ts'
import { countedRules } from '../../detect/counted-rules.ts'
import type { RuleSet } from '../../detect/rule-set.ts'
import type { RuleSelftest } from '../../model/selftest.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { Desk, KeptSelftest } from '../../store/desk/index.ts'
import { ruleVersions } from './rule-versions.ts'

export interface SelftestResultParts {
  readonly desk: Pick<Desk, 'selftests' | 'durably'>
  /** The rules that run now. */
  readonly set: () => RuleSet
  readonly now: () => Micros
}

/** A self-test, as far as its results are judged by it. */
export interface TriedRun {
  readonly by: string
  /** Versions of the rules as they were when it began. */
  readonly versions: ReadonlyMap<string, string>
  /** What the server itself saw of it. */
  readonly fired: readonly SelftestFired[]
}

export interface SelftestResults {
  /** Of the rules that run now. */
  versions(): ReadonlyMap<string, string>
  /** What is not to be believed is refused by itself, with the reason. Throws BulwarkError DESK_FAILED. */
  keep(run: TriedRun, results: readonly SelftestResult[]): SelftestKept
  /** By id of the rule. */
  byRule(): ReadonlyMap<string, RuleSelftest>
}

export const createSelftestResults = ({ desk, set, now }: SelftestResultParts): SelftestResults => ({
  versions: () => ruleVersions(set()),
  keep: ({ by, versions, fired }, results) => {
    const at = now()
    const seen = seenRules(set(), fired)
    const kept = new Map<string, KeptSelftest>()
    const refused: { readonly rule: string; readonly why: string }[] = []
    for (const result of results) {
      const { rule } = result
      const version = versions.get(rule)
      if (version === undefined) refused.push({ rule, why: 'there was no such rule when the self-test began' })
      else if (kept.has(rule)) refused.push({ rule, why: 'it has a result already: the first one counts' })
      else if (result.kind === 'fired' && !seen.has(rule))
        refused.push({ rule, why: 'the server saw nothing of it in this self-test that a rule tells of' })
      else kept.set(rule, { ...result, version, by, at })
    }
    desk.durably(() => desk.selftests.save([...kept.values()]))
    return { kept: kept.size, refused }
  },
  byRule: () => {
    const versions = ruleVersions(set())
    return new Map(
      desk.selftests
        .all()
        .map(({ rule, version, at, ...found }) => [
          rule,
          { ...found, at: formatMicros(at), isOutdated: versions.get(rule) !== version },
        ]),
    )
  },
})

/** Ids of rules that fired and were not hidden; one that tells of nothing alone fired where one that counts it did. */
const seenRules = (set: RuleSet, fired: readonly SelftestFired[]): ReadonlySet<string> => {
  const told = new Set(fired.filter(({ suppression }) => suppression === '').map(({ rule }) => rule))
  const silent = new Set(set.entries.filter(({ alerts }) => !alerts).map(({ head }) => head.id))
  const counting = [...countedRules(set)].filter(([by]) => told.has(by))
  return new Set([...told, ...counting.flatMap(([, counted]) => counted.filter((rule) => silent.has(rule)))])
}
