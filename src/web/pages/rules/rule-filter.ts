/** Which rules a person wants to see, and in which order. Pure. */
import type { RuleCoverage, RuleRow } from '../../../api/contract/detection.ts'
import { compareSeverity, type Severity } from '../../../model/finding.ts'
import { ruleLanguages, ruleOrigins, techniquesOf } from '../../../model/rule.ts'
import { wordFilter } from '../../filters/words.ts'

/** Kinds of coverage in the order of how much a rule sees. */
export const coverageKinds = [
  'fires',
  'could-fire',
  'learning',
  'cannot',
  'off',
] as const satisfies readonly RuleCoverage['kind'][]

/** What the filter for origin and language offers: `origin:user`, `language:sigma`. */
export const fromChoices = [
  ...ruleOrigins.map((origin) => `origin:${origin}` as const),
  ...ruleLanguages.map((language) => `language:${language}` as const),
]
export type FromChoice = (typeof fromChoices)[number]

export const coverageChoices = [...coverageKinds, 'problems'] as const

export interface RuleFilter {
  readonly text: string | undefined
  readonly from: FromChoice | undefined
  /** The mildest that is wanted. */
  readonly severity: Severity | undefined
  readonly coverage: (typeof coverageChoices)[number] | undefined
}

/** Rules that fit, the gravest first; among equals those that fired more, then by title. */
export const shownRules = (rows: readonly RuleRow[], filter: RuleFilter): readonly RuleRow[] => {
  const hasWords = wordFilter(filter.text)
  return rows
    .filter(
      (row) =>
        (filter.severity === undefined || compareSeverity(row.rule.severity, filter.severity) >= 0) &&
        isFrom(row, filter.from) &&
        isCovered(row, filter.coverage) &&
        hasWords(textsOf(row)),
    )
    .toSorted(
      (a, b) =>
        compareSeverity(b.rule.severity, a.rule.severity) ||
        b.fired - a.fired ||
        (a.rule.title < b.rule.title ? -1 : a.rule.title > b.rule.title ? 1 : 0),
    )
}

const isFrom = ({ rule }: RuleRow, from: FromChoice | undefined): boolean =>
  from === undefined || from === `origin:${rule.origin}` || from === `language:${rule.language}`

const isCovered = (row: RuleRow, wanted: RuleFilter['coverage']): boolean =>
  wanted === undefined || (wanted === 'problems' ? row.problems.length > 0 : row.coverage.kind === wanted)

const textsOf = ({ rule }: RuleRow): readonly string[] => [
  rule.title,
  rule.id,
  rule.description,
  ...techniquesOf(rule.tags),
  ...rule.tags,
]
