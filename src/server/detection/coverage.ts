/** What coverage is told from, as the server knows it: its sources, its rules, what fired, and what the record holds. */
import type { CoverageAnswer } from '../../api/contract/detection.ts'
import type { BaselineStatus } from '../../detect/baseline/index.ts'
import {
  type CoverageFacts,
  type CoverageSource,
  coverageOfRule,
  coverageRows,
  coverageSources,
} from '../../detect/coverage/coverage.ts'
import { documentKey } from '../../detect/heads.ts'
import type { RuleCoverage } from '../../model/rule.ts'
import type { RuleSelftest } from '../../model/selftest.ts'
import type { SourceStatus } from '../../model/source.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { RuleTotals } from '../../store/desk/index.ts'
import type { SeenRequest } from '../../store/index.ts'
import type { Running } from './judge.ts'

export interface CoverageParts {
  readonly lastFired: () => ReadonlyMap<string, Pick<RuleTotals, 'fired' | 'lastFired'>>
  readonly running: () => Running
  readonly baselines: () => readonly BaselineStatus[]
  readonly sources: () => readonly SourceStatus[]
  readonly seenRequests: (from: Micros, to: Micros) => Promise<readonly SeenRequest[]>
  /** What the last self-test found, by rule. */
  readonly selftests: () => ReadonlyMap<string, RuleSelftest>
  readonly now: () => Micros
}

export interface CoverageView {
  /** Rule by source. Waits for the store at most some hundred milliseconds: it then tells without what the record holds. */
  answer(): Promise<CoverageAnswer>
  /** By rule. Rules that only feed others have none of their own. */
  byRule(): Promise<ReadonlyMap<string, RuleCoverage>>
}

const lookBack: Micros = 7 * 86_400_000_000
/** What the record holds changes slowly, and to count it reads a week. */
const freshMillis = 30_000
const patienceMillis = 700

export const createCoverage = (parts: CoverageParts): CoverageView => {
  const seen = cached(async () => parts.seenRequests(parts.now() - lookBack, parts.now()))
  const facts = async (): Promise<CoverageFacts> => factsOf(parts, await seen())
  return {
    answer: async () => {
      const told = await facts()
      const selftests = parts.selftests()
      return {
        at: formatMicros(parts.now()),
        sources: coverageSources(told.sources).map(({ id, title, state }) => ({ id, title, state })),
        rows: coverageRows(told).map((row) => ({ ...row, selftest: selftests.get(row.rule) })),
      }
    },
    byRule: async () => new Map(coverageRows(await facts()).map((row) => [row.rule, coverageOfRule(row)])),
  }
}

/** The last answer, asked for again behind it when it is old. Undefined while there is none. */
const cached = <T>(ask: () => Promise<T>): (() => Promise<T | undefined>) => {
  let last: T | undefined
  let askedAt = Number.NEGATIVE_INFINITY
  let asking: Promise<void> | undefined
  return async () => {
    if (asking === undefined && performance.now() - askedAt > freshMillis) {
      askedAt = performance.now()
      asking = ask()
        .then((answer) => {
          last = answer
        })
        // A store that does not answer is told of on the page Sources.
        .catch(() => {
          askedAt = Number.NEGATIVE_INFINITY
        })
        .finally(() => {
          asking = undefined
        })
    }
    if (last === undefined && asking !== undefined) await within(patienceMillis, asking)
    return last
  }
}

const within = async (millis: number, work: Promise<void>): Promise<void> => {
  const late = Promise.withResolvers<void>()
  const timer = setTimeout(late.resolve, millis)
  await Promise.race([work, late.promise])
  clearTimeout(timer)
}

const factsOf = (
  { lastFired, running, baselines, sources }: CoverageParts,
  seen: readonly SeenRequest[] | undefined,
): CoverageFacts => {
  const { set, enabled } = running()
  const fired = [...lastFired()].filter(([, totals]) => totals.fired > 0)
  return {
    set,
    enabled: ({ head }) => enabled(head),
    lastFired: new Map(fired.map(([rule, totals]) => [rule, formatMicros(totals.lastFired)])),
    learning: new Map(
      baselines()
        .filter(({ groups, learning }) => learning >= groups)
        .map(({ rule, groups }) => [
          documentKey(rule),
          groups === 0
            ? 'it has seen no event yet, so nothing of what is usual'
            : groups === 1
              ? 'the one group that it has seen has not been seen for as long as it learns'
              : `none of ${groups} groups has been seen for as long as it learns`,
        ]),
    ),
    sources: sources().flatMap(sourceOf),
    seen,
  }
}

/** By the beginning of a source's type. `mend`: the command that connects it, or that tells more. */
const known: readonly {
  readonly type: RegExp
  readonly kinds: CoverageSource['kinds']
  readonly title: string
  readonly mend: string
}[] = [
  {
    type: /^audit-webhook/,
    kinds: ['audit'],
    title: 'Audit log (webhook)',
    mend: 'npx bulwark audit-kubeconfig > audit-webhook.kubeconfig, then give it to kube-apiserver: docs/connect.md',
  },
  {
    type: /^audit-file/,
    kinds: ['audit'],
    title: 'Audit log (file)',
    mend: 'npm start -- --audit-log FILE with the file that --audit-log-path of kube-apiserver names',
  },
  {
    type: /^replay/,
    kinds: ['audit', 'objects'],
    title: 'Recording',
    mend: 'npx bulwark replay FILE with a recording that is whole',
  },
  {
    type: /^cluster/,
    kinds: ['objects'],
    title: 'Cluster',
    mend: 'npm start -- --kubeconfig FILE of one who may list and watch events: docs/connect.md',
  },
  { type: /^falco/, kinds: ['sensor'], title: 'Falco', mend: 'npx bulwark connect falco' },
  { type: /^tetragon/, kinds: ['sensor'], title: 'Tetragon', mend: 'npx bulwark connect tetragon' },
]

const sourceOf = ({ id, type, state, message }: SourceStatus): readonly CoverageSource[] => {
  const found = known.find((one) => one.type.test(type))
  if (found === undefined) return []
  const { kinds, title, mend } = found
  const isWell = state === 'connected' || state === 'partial' || state === 'ended'
  return [{ id, title, kinds, state, trouble: isWell ? undefined : { why: `${title}: ${message}`, mend } }]
}
