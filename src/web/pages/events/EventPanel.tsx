import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { EventRow } from '../../../model/answer.ts'
import { findField } from '../../../model/query/index.ts'
import { eventQuery, kindsQuery } from '../../api/queries.ts'
import { inFull } from '../../format/dates.ts'
import { duration } from '../../format/numbers.ts'
import { JsonView } from '../../json/JsonView.tsx'
import { messages } from '../../messages.ts'
import { Fault } from '../../parts/Fault.tsx'
import { FilterButtons, type OnFilter } from '../../parts/FilterButtons.tsx'
import { Icon } from '../../parts/Icon.tsx'
import { ObjectName } from '../../parts/ObjectName.tsx'
import { Progress } from '../../parts/Progress.tsx'
import { SidePanel } from '../../parts/SidePanel.tsx'
import { useNow } from '../../parts/use-now.ts'
import { around, millisOf } from '../../url/time.ts'
import { useTime } from '../../url/use-time.ts'

interface Props {
  readonly id: string
  /** The row, where the list has it: it is shown while the rest is asked for. */
  readonly known: EventRow | undefined
  readonly onClose: () => void
  readonly onFilter: OnFilter
}

/** The detail of one record: the story on top, every value a filter, the whole record below. */
export const EventPanel = ({ id, known, onClose, onFilter }: Props) => {
  const detail = useQuery(eventQuery(id))
  const row = detail.data?.row ?? known
  return (
    <SidePanel label={messages.events.panel} onClose={onClose}>
      <Progress busy={detail.isFetching} />
      {row && <Story row={row} onFilter={onFilter} />}
      {detail.error && <Fault error={detail.error} retry={() => void detail.refetch()} />}
      {detail.data && (
        <section className="pt-5">
          <h3 className="heading pb-1">{messages.events.raw}</h3>
          <JsonView value={detail.data.raw} label={messages.events.raw} onFilter={onFilter} />
          <p className="pt-1 text-12 text-faint">{messages.events.rawNote}</p>
        </section>
      )}
    </SidePanel>
  )
}

/** In the order in which a person asks; empty ones are left out. */
const shownFields = [
  'user',
  'impersonated',
  'verb',
  'resource',
  'ns',
  'name',
  'code',
  'decision',
  'reason',
  'ip',
  'agent',
  'uri',
  'process',
  'container',
  'image',
  'node',
  'level',
  'stage',
  'source',
  'kind',
] as const

const Story = ({ row, onFilter }: { readonly row: EventRow; readonly onFilter: OnFilter }) => {
  const now = useNow(5000)
  const time = useTime()
  const [first, utc, age] = inFull(row.time, now).split('\n')
  const late = millisOf(row.receivedAt) - millisOf(row.time)
  return (
    <>
      <p className="text-14 font-medium break-words">{row.summary}</p>
      <p className="pt-1 text-12 text-dim">
        {first} · {age}
        <br />
        {utc}
        {late > 1 && ` · ${messages.events.fields.received} ${messages.events.lag(duration(late))}`}
      </p>
      <div className="flex flex-wrap gap-2 pt-2.5">
        <button type="button" className="btn" onClick={() => time.set(around(row.time, 5))}>
          <Icon name="clock" className="size-3.5 text-dim" />
          {messages.time.around}
        </button>
        <Link to="/" search={{ at: row.time }} className="btn">
          {messages.time.asOfThis}
        </Link>
      </div>
      <Target row={row} />
      <dl className="pt-3">
        {shownFields.map((field) => {
          const column = findField(field)?.column
          const value = column ? String(row[column]) : ''
          return value === '' || value === '0' ? null : (
            <div key={field} className="group/line flex min-h-6 items-start border-b border-line py-0.5">
              <dt className="w-24 shrink-0 text-dim">{messages.events.fields[field]}</dt>
              <dd className="flex min-w-0 grow items-start justify-between font-mono text-12 leading-5 break-all">
                {value}
                <FilterButtons field={field} value={value} onFilter={onFilter} />
              </dd>
            </div>
          )
        })}
      </dl>
    </>
  )
}

/** The object that the request was about, where we know its kind. */
const Target = ({ row }: { readonly row: EventRow }) => {
  const kinds = useQuery(kindsQuery(undefined))
  const kind = kinds.data?.items.find(({ group, resource }) => group === row.group && resource === row.resource)
  if (!kind || row.name === '' || row.kind === 'gap') return null
  return (
    <p className="flex items-center gap-2 pt-3">
      <ObjectName
        object={{ group: row.group, kind: kind.kind, namespace: row.namespace, name: row.name }}
        at={row.time}
        withCopy
      />
      <span className="text-12 text-faint">{messages.events.openObject}</span>
    </p>
  )
}
