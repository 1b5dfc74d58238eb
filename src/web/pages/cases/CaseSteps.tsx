import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect } from 'react'
import type { Case, CaseStep } from '../../../model/case.ts'
import { eventQuery } from '../../api/queries.ts'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { Moment } from '../../parts/Moment.tsx'
import { SeverityShape } from '../../parts/Severity.tsx'
import { UserName } from '../../parts/UserName.tsx'
import { around, timeSearch } from '../../url/time.ts'

interface Props {
  readonly one: Case
  readonly steps: readonly CaseStep[]
  readonly selected: string | undefined
  readonly onSelect: (step: string | undefined) => void
  readonly onSplit: (step: string) => void
  readonly locked: boolean
}

/** The steps in order of time; each opens to the events that are its evidence. */
export const CaseSteps = ({ one, steps, selected, onSelect, onSplit, locked }: Props) => {
  const { columns, refused } = messages.cases.page
  return (
    <table className="grid-lines w-full">
      <thead>
        <tr>
          <th scope="col">{columns.time}</th>
          <th scope="col">{columns.what}</th>
          <th scope="col">{columns.who}</th>
          <th scope="col" className="max-lg:hidden">
            {columns.from}
          </th>
          <th scope="col" className="num">
            {columns.count}
          </th>
        </tr>
      </thead>
      <tbody>
        {steps.map((step) => (
          <StepRows key={step.id}>
            <tr className={step.id === selected ? 'joined bg-selected' : ''}>
              <td className="align-top text-dim">
                <Moment time={step.firstTime} as="clock" />
              </td>
              <td className="py-1! align-top whitespace-normal">
                <button
                  type="button"
                  data-row
                  aria-expanded={step.id === selected}
                  className="flex items-start gap-2 text-left hover:underline"
                  onClick={() => onSelect(step.id === selected ? undefined : step.id)}
                >
                  <span className="pt-1">
                    <SeverityShape severity={step.severity} />
                  </span>
                  <span className="min-w-0 break-words">
                    {step.title}
                    {step.refused && <span className="pl-2 text-12 text-dim">{refused}</span>}
                    <span className="block text-12 text-dim">{sentenceOf(step)}</span>
                  </span>
                </button>
              </td>
              <td className="max-w-52 truncate align-top font-mono text-12" title={step.principal}>
                <UserName user={step.principal} />
              </td>
              <td className="align-top font-mono text-12 text-dim max-lg:hidden">{step.sourceIp}</td>
              <td className="num align-top">{count(step.count)}</td>
            </tr>
            {step.id === selected && (
              <tr className="bg-selected">
                <td />
                <td colSpan={4} className="pb-2! whitespace-normal">
                  <Evidence step={step} />
                  <div className="flex flex-wrap gap-2 pt-2">
                    <Link
                      to="/events"
                      search={{ ...eventsOf(step), ...timeSearch(around(step.firstTime, 5)) }}
                      className="btn"
                    >
                      {messages.cases.page.showEvents}
                    </Link>
                    {steps.length > 1 && one.state !== 'closed' && (
                      <button type="button" className="btn" disabled={locked} onClick={() => onSplit(step.id)}>
                        {messages.cases.actions.split}
                      </button>
                    )}
                  </div>
                </td>
              </tr>
            )}
          </StepRows>
        ))}
      </tbody>
    </table>
  )
}

/** What was seen, without the rule's title, which stands above it. */
const sentenceOf = ({ title, message }: CaseStep): string =>
  message.startsWith(`${title}: `) ? message.slice(title.length + 2) : message

/** Brings a step that a link names into sight. */
const StepRows = ({ children }: { readonly children: React.ReactNode }) => {
  useEffect(() => {
    document.querySelector('[aria-expanded="true"][data-row]')?.scrollIntoView({ block: 'nearest' })
  }, [])
  return <>{children}</>
}

const eventsOf = ({ principal, sourceIp }: CaseStep): { readonly q: string } => ({
  q: [
    principal === '' ? '' : `user:${JSON.stringify(principal)}`,
    principal === '' && sourceIp !== '' ? `ip:${sourceIp}` : '',
  ]
    .filter((term) => term !== '')
    .join(' '),
})

const shownEvidence = 6

const Evidence = ({ step }: { readonly step: CaseStep }) => {
  const shown = step.evidence.slice(0, shownEvidence)
  const events = useQueries({ queries: shown.map((id) => eventQuery(id)) })
  return (
    <>
      <p className="text-12 text-dim">{messages.cases.page.evidenceOf(step.count)}</p>
      <ul>
        {shown.map((id, index) => {
          const row = events[index]?.data?.row
          return (
            <li key={id} className="flex min-w-0 items-baseline gap-3">
              {row ? (
                <>
                  <span className="shrink-0 text-dim">
                    <Moment time={row.time} as="clock" />
                  </span>
                  <Link
                    to="/events"
                    search={{ row: id, ...timeSearch(around(row.time, 5)) }}
                    className="min-w-0 truncate hover:underline"
                  >
                    {row.summary}
                  </Link>
                  {row.code > 0 && <span className="shrink-0 font-mono text-12 text-dim">{row.code}</span>}
                </>
              ) : (
                <span className="font-mono text-12 text-faint">
                  {events[index]?.error ? events[index].error.message : id}
                </span>
              )}
            </li>
          )
        })}
      </ul>
    </>
  )
}
