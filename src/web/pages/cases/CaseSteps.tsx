import { useQueries } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { useEffect, useState } from 'react'
import type { Case, CaseStep } from '../../../model/case.ts'
import { serverNow } from '../../api/clock.ts'
import { eventQuery } from '../../api/queries.ts'
import { clock, day, inFull } from '../../format/dates.ts'
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

/** More steps than this are drawn only when asked for. */
const firstSteps = 200

/** The steps in order of time; each opens to the events that are its evidence. */
export const CaseSteps = ({ one, steps, selected, onSelect, onSplit, locked }: Props) => {
  const { columns, refused } = messages.cases.page
  const days = new Set(steps.map(({ firstTime }) => day(Date.parse(firstTime)))).size > 1
  const [all, setAll] = useState(false)
  const shown = all || steps.slice(firstSteps).some(({ id }) => id === selected) ? steps : steps.slice(0, firstSteps)
  return (
    <>
      <table className="grid-lines w-full">
        <thead>
          <tr>
            <th scope="col" className="w-24">
              {columns.time}
            </th>
            <th scope="col">{columns.what}</th>
            <th scope="col" className="max-md:hidden">
              {columns.who}
            </th>
            <th scope="col" className="max-lg:hidden">
              {columns.from}
            </th>
            <th scope="col" className="num">
              {columns.count}
            </th>
          </tr>
        </thead>
        <tbody>
          {shown.map((step) => (
            <StepRows key={step.id}>
              <tr className={step.id === selected ? 'joined bg-selected' : ''}>
                <td className="py-1! align-top whitespace-nowrap text-dim">
                  <StepTime time={step.firstTime} days={days} />
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
                    <span className="min-w-0 wrap-anywhere">
                      {step.title}
                      {step.refused && <span className="pl-2 text-12 text-dim">{refused}</span>}
                      <span className="line-clamp-6 text-12 text-dim">{sentenceOf(step)}</span>
                    </span>
                  </button>
                </td>
                <td
                  className="max-w-52 truncate py-1! align-top font-mono text-12 leading-5 max-md:hidden"
                  title={step.principal}
                >
                  <UserName user={step.principal} />
                </td>
                <td className="py-1! align-top font-mono text-12 leading-5 text-dim max-lg:hidden">{step.sourceIp}</td>
                <td className="num py-1! align-top">{count(step.count)}</td>
              </tr>
              {step.id === selected && (
                <tr className="bg-selected">
                  <td className="max-md:hidden" />
                  <td colSpan={4} className="max-w-0 pb-2! whitespace-normal max-md:px-2!">
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
      {shown.length < steps.length && (
        <button type="button" className="btn mt-3" onClick={() => setAll(true)}>
          {messages.cases.page.allSteps(steps.length)}
        </button>
      )}
    </>
  )
}

/** To the second, as the axis above; with the day where the steps are of several. The rest stands behind it. */
const StepTime = ({ time, days }: { readonly time: string; readonly days: boolean }) => {
  const millis = Date.parse(time)
  return (
    <time dateTime={time} title={inFull(time, serverNow())}>
      {days && <span className="block text-12">{day(millis)}</span>}
      {clock(millis)}
    </time>
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
      <p className="text-12 text-dim">{messages.cases.page.evidenceOf(step.count, shown.length)}</p>
      <ul>
        {shown.map((id, index) => {
          const row = events[index]?.data?.row
          return (
            <li key={id} className="flex min-w-0 items-baseline gap-3 max-md:flex-wrap max-md:gap-x-2">
              {row ? (
                <>
                  <span className="shrink-0 text-dim">
                    <Moment time={row.time} as="clock" />
                  </span>
                  <Link
                    to="/events"
                    search={{ row: id, ...timeSearch(around(row.time, 5)) }}
                    className="min-w-0 truncate hover:underline max-md:whitespace-normal max-md:wrap-anywhere"
                    title={row.summary}
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
