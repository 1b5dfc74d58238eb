import type { CoverageAnswer } from '../../api/contract/detection.ts'
import {
  type CoverageFacts,
  type CoverageSource,
  coverageRows,
  coverageSources,
} from '../../detect/coverage/coverage.ts'
import type { SourceStatus } from '../../model/source.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { Desk } from '../../store/desk/index.ts'
import type { Flow } from './flow.ts'
import type { RuleKeeper } from './rule-keeper.ts'

export interface CoverageParts {
  readonly desk: Desk
  readonly keeper: RuleKeeper
  readonly flow: Flow
  readonly sources: () => readonly SourceStatus[]
}

/** Rule by source, of the moment. */
export const coverageOf = (parts: CoverageParts, now: Micros): CoverageAnswer => {
  const facts = coverageFacts(parts)
  return {
    at: formatMicros(now),
    sources: coverageSources(facts.sources).map(({ id, title, state }) => ({ id, title, state })),
    rows: coverageRows(facts),
  }
}

export const coverageFacts = ({ desk, keeper, flow, sources }: CoverageParts): CoverageFacts => {
  const { set, enabled } = keeper.running()
  const learning = flow.status().baselines.filter(({ groups, learning: young }) => young >= groups)
  return {
    set,
    enabled: ({ head }) => enabled(head),
    lastFired: new Map(
      [...desk.rules.totals()]
        .filter(([, { fired }]) => fired > 0)
        .map(([rule, { lastFired }]) => [rule, formatMicros(lastFired)]),
    ),
    learning: new Map(
      learning.map(({ rule, groups }) => [
        rule.id ?? '',
        groups === 0
          ? 'it has not seen an event yet'
          : `none of ${groups} groups has been seen for as long as it learns`,
      ]),
    ),
    sources: sources().flatMap(sourceOf),
    seen: undefined,
  }
}

const sourceOf = ({ id, type, state, message }: SourceStatus): readonly CoverageSource[] => {
  const kind = /^(?:audit|replay)/.test(type) ? 'audit' : /^(?:falco|tetragon)/.test(type) ? 'sensor' : undefined
  if (kind === undefined) return []
  const isWell = state === 'connected' || state === 'partial' || state === 'ended' || state === 'starting'
  const trouble = isWell ? undefined : { why: message, mend: 'See the page Sources' }
  return [{ id, title: id, kind, state, trouble }]
}
