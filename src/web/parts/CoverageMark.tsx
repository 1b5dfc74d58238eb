import type { RuleCoverage } from '../../api/contract/detection.ts'
import { messages } from '../messages.ts'

type Kind = RuleCoverage['kind']

const colours: Readonly<Record<Kind, string>> = {
  fires: 'text-proven',
  'could-fire': 'text-text',
  learning: 'text-accent',
  cannot: 'text-high',
  off: 'text-faint',
}

/** The sign of a coverage: each has its own shape, so that colour is never the only sign. */
export const CoverageShape = ({ kind }: { readonly kind: Kind }) => (
  <svg
    viewBox="0 0 12 12"
    className={`size-3 shrink-0 ${colours[kind]}`}
    aria-hidden="true"
    fill="none"
    stroke="currentColor"
    strokeWidth="1.5"
    strokeLinecap="round"
  >
    {kind === 'fires' && <circle cx="6" cy="6" r="4.5" fill="currentColor" />}
    {kind === 'could-fire' && <circle cx="6" cy="6" r="4" />}
    {kind === 'learning' && (
      <>
        <circle cx="6" cy="6" r="4" />
        <path d="M6 2a4 4 0 0 0 0 8z" fill="currentColor" />
      </>
    )}
    {kind === 'cannot' && <path d="m2.5 2.5 7 7M9.5 2.5l-7 7" strokeWidth="1.8" />}
    {kind === 'off' && <path d="M3 6h6" />}
  </svg>
)

interface MarkProps {
  readonly coverage: RuleCoverage
  /** Classes under which the word is only read aloud, for tables that have little room. */
  readonly wordless?: string
}

/** Sign and word; the reason stands behind it. */
export const CoverageMark = ({ coverage, wordless }: MarkProps) => (
  <span
    className={`sign ${coverage.kind === 'cannot' ? 'text-high' : coverage.kind === 'off' ? 'text-faint' : ''}`}
    title={coverageReason(coverage)}
  >
    <CoverageShape kind={coverage.kind} />
    <span className={wordless}>{messages.coverage.words[coverage.kind]}</span>
  </span>
)

/** Why a rule has this coverage, and what mends it; empty where the word says it all. */
export const coverageReason = (coverage: RuleCoverage): string => {
  switch (coverage.kind) {
    case 'fires':
    case 'could-fire':
      return ''
    case 'learning':
    case 'off':
      return coverage.why
    case 'cannot':
      return coverage.mend === '' ? coverage.why : `${coverage.why}\n${coverage.mend}`
  }
}
