import { Link } from '@tanstack/react-router'
import type { Case } from '../../../model/case.ts'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { Moment } from '../../parts/Moment.tsx'
import { SeverityMark } from '../../parts/Severity.tsx'

interface Props {
  readonly rows: readonly Case[]
  readonly current: string | undefined
  readonly chosen: ReadonlySet<string>
  readonly onCurrent: (id: string) => void
  readonly onToggle: (id: string) => void
}

/** The cases, a line each. */
export const CaseTable = ({ rows, current, chosen, onCurrent, onToggle }: Props) => {
  const { columns } = messages.cases
  return (
    <div className="relative overflow-x-auto">
      <table className="grid-lines w-full" aria-label={messages.cases.rows}>
        <thead>
          <tr>
            <th scope="col" className="w-6 max-md:hidden">
              <span className="sr-only">{messages.cases.select('')}</span>
            </th>
            <th scope="col" className="w-24 max-md:w-6 max-md:p-0!">
              <span className="max-md:sr-only">{columns.severity}</span>
            </th>
            <th scope="col">{columns.what}</th>
            <th scope="col" className="max-lg:hidden">
              {columns.where}
            </th>
            <th scope="col" className="num max-md:hidden">
              {columns.count}
            </th>
            <th scope="col">{columns.last}</th>
            <th scope="col" className="max-md:hidden">
              {columns.state}
            </th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={row.id} className={row.id === current ? 'bg-selected' : ''} onFocus={() => onCurrent(row.id)}>
              <td className="max-md:hidden">
                <input
                  type="checkbox"
                  className="align-[-2px]"
                  tabIndex={-1}
                  checked={chosen.has(row.id)}
                  onChange={() => onToggle(row.id)}
                  aria-label={messages.cases.select(row.title)}
                />
              </td>
              <td className="max-md:pt-2! max-md:align-top">
                <SeverityMark severity={row.severity} wordless="max-md:sr-only" />
              </td>
              <td className="py-1! whitespace-normal">
                <Link
                  id={`case-${row.id}`}
                  to="/cases/$id"
                  params={{ id: row.id }}
                  className="line-clamp-2 wrap-anywhere hover:underline max-md:line-clamp-5"
                  title={row.title}
                >
                  {row.title}
                </Link>
              </td>
              <td
                className="max-w-48 truncate font-mono text-12 text-dim max-lg:hidden"
                title={row.namespaces.join(', ')}
              >
                {row.namespaces.join(', ')}
              </td>
              <td className="num max-md:hidden">{count(row.detections)}</td>
              <td className="text-dim max-md:pt-1! max-md:align-top">
                <Moment time={row.lastTime} />
              </td>
              <td className="max-w-56 truncate text-dim max-md:hidden" title={row.owner}>
                <StateOf one={row} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}

/** The state of a case in a few words: who has it, why it is closed, until when it sleeps. */
export const StateOf = ({ one }: { readonly one: Case }) => (
  <>
    {one.state === 'closed' && one.closingReason !== undefined
      ? messages.cases.page.closedAs(messages.cases.shortReasons[one.closingReason])
      : messages.cases.states[one.state].toLowerCase()}
    {one.state === 'snoozed' && one.snoozedUntil !== undefined && (
      <>
        {' · '}
        <Moment time={one.snoozedUntil} />
      </>
    )}
    {one.owner !== '' && ` · ${one.owner}`}
  </>
)
