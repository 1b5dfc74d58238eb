import { type Severity, severities } from '../../model/finding.ts'
import type { SeverityCounts } from '../../model/posture.ts'
import { count } from '../format/numbers.ts'
import { messages } from '../messages.ts'

const colours: Readonly<Record<Severity, string>> = {
  critical: 'text-critical',
  high: 'text-high',
  medium: 'text-medium',
  low: 'text-low',
  info: 'text-info',
}

const worstFirst: readonly Severity[] = [...severities].reverse()

/** The shape of a severity: each has its own, so that colour is never the only sign. */
export const SeverityShape = ({ severity }: { readonly severity: Severity }) => (
  <svg viewBox="0 0 12 12" className={`size-3 shrink-0 ${colours[severity]}`} aria-hidden="true" fill="currentColor">
    {severity === 'critical' && <path d="M6 .5 11.5 6 6 11.5.5 6z" />}
    {severity === 'high' && <path d="M6 1 11.5 11H.5z" />}
    {severity === 'medium' && <rect x="1.5" y="1.5" width="9" height="9" />}
    {severity === 'low' && <circle cx="6" cy="6" r="4.5" />}
    {severity === 'info' && <circle cx="6" cy="6" r="4" fill="none" stroke="currentColor" strokeWidth="1.5" />}
  </svg>
)

interface MarkProps {
  readonly severity: Severity
  /** Classes under which the word is only read aloud, for tables that have little room. */
  readonly wordless?: string
}

/** Shape and word. */
export const SeverityMark = ({ severity, wordless }: MarkProps) => (
  <span className={`sign ${colours[severity]}`}>
    <SeverityShape severity={severity} />
    <span className={wordless}>{messages.signs[severity]}</span>
  </span>
)

/** How many of each severity, worst first; those with none are left out. */
export const SeverityTally = ({ counts }: { readonly counts: SeverityCounts }) => {
  const shown = worstFirst.filter((severity) => counts[severity] > 0)
  if (shown.length === 0) return <span className="text-faint">–</span>
  return (
    <span className="inline-flex items-baseline gap-3 whitespace-nowrap">
      {shown.map((severity) => (
        <span
          key={severity}
          className={`sign gap-1! ${colours[severity]}`}
          title={`${count(counts[severity])} ${messages.signs[severity]}`}
        >
          <SeverityShape severity={severity} />
          {count(counts[severity])}
          <span className="sr-only"> {messages.signs[severity]}</span>
        </span>
      ))}
    </span>
  )
}
