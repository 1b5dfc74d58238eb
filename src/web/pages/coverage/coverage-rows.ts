/** Rules and techniques by what can be seen of them. Pure. */
import type { CoverageAnswer, RuleCoverage } from '../../../api/contract/detection.ts'
import { compareSeverity } from '../../../model/finding.ts'
import { wordFilter } from '../../filters/words.ts'
import { type SelftestState, selftestState } from '../../parts/selftest-state.ts'
import { coverageKinds } from '../rules/rule-filter.ts'
import { matrixTechniques, techniqueName } from './technique-names.ts'

export type CoverageRow = CoverageAnswer['rows'][number]
export type CoverageKind = RuleCoverage['kind']

/** The best that any source gives a rule. A rule that looks at nothing that is there cannot fire. */
export const bestOf = (row: CoverageRow): CoverageKind => bestKind(Object.values(row.cells).map(({ kind }) => kind))

const bestKind = (kinds: readonly CoverageKind[]): CoverageKind =>
  // Off stands before what cannot: a rule that somebody switched off has that as its reason.
  (['fires', 'could-fire', 'learning', 'off', 'cannot'] as const).find((kind) => kinds.includes(kind)) ?? 'cannot'

/** True where a rule says something, or would. */
export const isSeen = (kind: CoverageKind): boolean => kind === 'fires' || kind === 'could-fire'

export interface CoverageFilter {
  readonly text: string | undefined
  readonly state: CoverageKind | undefined
  readonly selftest: SelftestState | undefined
  readonly technique: string | undefined
}

/** Rules that fit, the gravest first, then by title. */
export const shownRows = (rows: readonly CoverageRow[], filter: CoverageFilter): readonly CoverageRow[] => {
  const hasWords = wordFilter(filter.text)
  return rows
    .filter(
      (row) =>
        (filter.state === undefined || bestOf(row) === filter.state) &&
        (filter.selftest === undefined || selftestState(row.selftest) === filter.selftest) &&
        (filter.technique === undefined || row.techniques.includes(filter.technique)) &&
        hasWords([row.title, row.rule, ...row.techniques]),
    )
    .toSorted((a, b) => compareSeverity(b.severity, a.severity) || compare(a.title, b.title))
}

export interface CoverageSum {
  readonly all: number
  readonly counts: Readonly<Record<CoverageKind, number>>
  readonly selftests: Readonly<Record<SelftestState, number>>
  /** Why rules cannot fire, the most common reason first. */
  readonly reasons: readonly { readonly why: string; readonly rules: number }[]
}

export const sumOf = (rows: readonly CoverageRow[]): CoverageSum => {
  const counts: Record<CoverageKind, number> = { fires: 0, 'could-fire': 0, learning: 0, cannot: 0, off: 0 }
  const selftests: Record<SelftestState, number> = {
    failed: 0,
    cannot: 0,
    replayed: 0,
    fired: 0,
    outdated: 0,
    never: 0,
  }
  const reasons = new Map<string, number>()
  for (const row of rows) {
    selftests[selftestState(row.selftest)] += 1
    const kind = bestOf(row)
    counts[kind] += 1
    if (kind !== 'cannot') continue
    const cell = Object.values(row.cells).find((each) => each.kind === 'cannot')
    if (cell?.kind === 'cannot') reasons.set(cell.why, (reasons.get(cell.why) ?? 0) + 1)
  }
  return {
    all: rows.length,
    counts,
    selftests,
    reasons: [...reasons]
      .map(([why, rules]) => ({ why, rules }))
      .toSorted((a, b) => b.rules - a.rules || compare(a.why, b.why)),
  }
}

export interface TechniqueRow {
  readonly technique: string
  readonly name: string
  /** Undefined where no rule names it. */
  readonly best: CoverageKind | undefined
  /** The best first. */
  readonly rules: readonly { readonly row: CoverageRow; readonly kind: CoverageKind }[]
}

/** Techniques that rules name, and those of the Threat matrix for Kubernetes that none does; by number. */
export const techniqueRows = (rows: readonly CoverageRow[]): readonly TechniqueRow[] => {
  const named = new Map<string, CoverageRow[]>(matrixTechniques.map((technique) => [technique, []]))
  for (const row of rows) {
    for (const technique of row.techniques) {
      const known = named.get(technique)
      if (known) known.push(row)
      else named.set(technique, [row])
    }
  }
  return [...named]
    .map(([technique, own]): TechniqueRow => {
      const rules = own
        .map((row) => ({ row, kind: bestOf(row) }))
        .toSorted(
          (a, b) =>
            coverageKinds.indexOf(a.kind) - coverageKinds.indexOf(b.kind) ||
            compareSeverity(b.row.severity, a.row.severity) ||
            compare(a.row.title, b.row.title),
        )
      return {
        technique,
        name: techniqueName(technique),
        best: rules.length === 0 ? undefined : bestKind(rules.map(({ kind }) => kind)),
        rules,
      }
    })
    .toSorted((a, b) => compare(a.technique, b.technique))
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0)
