import { Link } from '@tanstack/react-router'
import type { CoverageAnswer } from '../../../api/contract/detection.ts'
import { messages } from '../../messages.ts'
import { CopyBlock } from '../../parts/CopyButton.tsx'
import { CoverageShape } from '../../parts/CoverageMark.tsx'
import { Empty } from '../../parts/Empty.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { SelftestResult } from '../../parts/SelftestResult.tsx'
import { SeverityMark } from '../../parts/Severity.tsx'
import { SidePanel } from '../../parts/SidePanel.tsx'
import type { CoverageRow } from './coverage-rows.ts'
import { techniqueName } from './technique-names.ts'

interface Props {
  /** Undefined where the id of the URL is of no rule that alerts. */
  readonly row: CoverageRow | undefined
  readonly sources: CoverageAnswer['sources']
  readonly onClose: () => void
}

/** One rule by source: what holds, why, and the change that would mend it. */
export const CoveragePanel = ({ row, sources, onClose }: Props) => (
  <SidePanel label={messages.coverage.panel.label} onClose={onClose}>
    {row ? <Detail row={row} sources={sources} /> : <Empty kind="noMatch">{messages.rules.panel.unknown}</Empty>}
  </SidePanel>
)

const Detail = ({ row, sources }: { readonly row: CoverageRow; readonly sources: CoverageAnswer['sources'] }) => (
  <>
    <h3 className="text-14 font-semibold wrap-anywhere">{row.title}</h3>
    <p className="flex items-center gap-3 pt-1">
      <SeverityMark severity={row.severity} />
      <Link to="/rules" search={{ rule: row.rule }} className="link">
        {messages.coverage.panel.open}
      </Link>
    </p>
    {sources.map((source) => {
      const cell = row.cells[source.id]
      return (
        cell && (
          <section key={source.id} className="pt-4">
            <h4 className="heading">{source.title}</h4>
            <p className="flex items-center gap-1.5">
              <CoverageShape kind={cell.kind} />
              {messages.coverage.words[cell.kind]}
            </p>
            {cell.kind === 'fires' && (
              <p className="text-dim">
                {messages.coverage.panel.last} <Moment time={cell.lastFired} as="age" />
              </p>
            )}
            {'why' in cell && <p className="text-dim wrap-anywhere">{cell.why}</p>}
            {cell.kind === 'cannot' && cell.mend !== '' && (
              <div className="pt-1.5">
                <CopyBlock text={cell.mend} label={messages.coverage.panel.mend} />
              </div>
            )}
          </section>
        )
      )
    })}
    <section className="pt-4">
      <h4 className="heading">{messages.coverage.selftest.column}</h4>
      <SelftestResult rule={row.rule} origin={row.origin} selftest={row.selftest} />
    </section>
    {row.techniques.length > 0 && (
      <section className="pt-4">
        <h4 className="heading">{messages.coverage.technique}</h4>
        <ul>
          {row.techniques.map((technique) => (
            <li key={technique} className="min-h-6">
              <Link to="/coverage" search={{ view: 'techniques', technique }} className="link">
                <span className="font-mono text-12">{technique}</span> {techniqueName(technique)}
              </Link>
            </li>
          ))}
        </ul>
      </section>
    )}
  </>
)
