import { compareSeverity, type Finding } from '../../model/finding.ts'
import { messages } from '../messages.ts'
import { CopyButton } from './CopyButton.tsx'
import { SeverityMark } from './Severity.tsx'

/** Findings, worst first: the standard's words, where it stands, what to set. */
export const FindingList = ({ findings }: { readonly findings: readonly Finding[] }) => (
  <ul className="flex flex-col">
    {[...findings]
      .sort((a, b) => compareSeverity(b.severity, a.severity) || (a.check < b.check ? -1 : 1))
      .map((finding) => (
        <li key={finding.id} className="flex flex-col gap-0.5 border-b border-line py-2">
          <div className="flex items-baseline gap-2">
            <SeverityMark severity={finding.severity} />
            <span className="min-w-0 font-medium wrap-anywhere" title={finding.check}>
              {finding.title}
            </span>
          </div>
          {finding.message !== finding.title && <p className="wrap-anywhere">{finding.message}</p>}
          {finding.paths.map((path) => (
            <p key={path} className="flex items-start gap-1 font-mono text-12 text-dim">
              <span className="break-all">{path}</span>
              <CopyButton text={path} label={`${messages.copy.copy} ${path}`} />
            </p>
          ))}
          {finding.remediation && (
            <p className="wrap-anywhere text-dim">
              <span className="font-medium">{messages.workloads.mend}</span> {finding.remediation}
            </p>
          )}
        </li>
      ))}
  </ul>
)
