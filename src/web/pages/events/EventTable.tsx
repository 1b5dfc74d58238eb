import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useId, useRef, useState } from 'react'
import type { EventRow } from '../../../model/answer.ts'
import { useKey } from '../../keys/use-key.ts'
import { messages } from '../../messages.ts'
import { Moment } from '../../parts/Moment.tsx'
import { Result } from './Result.tsx'

interface Props {
  readonly rows: readonly EventRow[]
  /** Id of the row whose detail is open. */
  readonly selected: string | undefined
  readonly onOpen: (id: string | undefined) => void
  /** How many rows of the tail are held back. */
  readonly held: number
  readonly onRelease: () => void
  readonly onScrolled: (scrolled: boolean) => void
  readonly more: boolean
  readonly onMore: () => void
}

const rowHeight = 28
const columns =
  'grid-cols-[96px_minmax(90px,1.3fr)_minmax(110px,1fr)_minmax(120px,1.8fr)_92px] @3xl:grid-cols-[96px_minmax(110px,1.3fr)_minmax(120px,0.9fr)_minmax(140px,1.8fr)_104px_110px]'

/** The rows, drawn only where they are seen. The keys j, k and Enter move and open. */
export const EventTable = (props: Props) => {
  const { rows, selected, onOpen, held, onRelease, onScrolled, more, onMore } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [current, setCurrent] = useState<string>()
  const id = useId()
  const virtual = useVirtualizer({
    count: rows.length + 1,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 12,
  })
  const items = virtual.getVirtualItems()
  const last = items.at(-1)?.index ?? 0
  useEffect(() => {
    if (more && last >= rows.length - 20) onMore()
  }, [more, last, rows.length, onMore])

  const active = selected ?? current
  const move = (by: 1 | -1): boolean => {
    const here = active === undefined ? -1 : rows.findIndex((row) => row.id === active)
    const next = Math.max(0, Math.min(rows.length - 1, here + by))
    const row = rows[next]
    if (!row) return false
    setCurrent(row.id)
    if (selected) onOpen(row.id)
    virtual.scrollToIndex(next)
    return true
  }
  useKey('next', () => move(1))
  useKey('previous', () => move(-1))
  useKey('open', () => {
    if (!current) return false
    onOpen(current)
    return true
  })

  const { columns: names } = messages.events
  return (
    <div role="grid" aria-label={messages.events.rows} aria-rowcount={rows.length + 1} className="@container relative flex min-h-0 grow flex-col">
      <div role="rowgroup">
        <div role="row" aria-rowindex={1} className={`grid ${columns} h-7 items-center gap-x-3 border-b border-line-strong px-4 text-12 text-dim`}>
          <span role="columnheader">{names.time}</span>
          <span role="columnheader">{names.who}</span>
          <span role="columnheader">{names.what}</span>
          <span role="columnheader">{names.object}</span>
          <span role="columnheader">{names.result}</span>
          <span role="columnheader" className="hidden @3xl:block">
            {names.from}
          </span>
        </div>
      </div>
      {held > 0 && (
        <button
          type="button"
          className="btn btn-primary absolute top-9 left-1/2 z-10 -translate-x-1/2 shadow-lg"
          onClick={() => {
            onRelease()
            scroller.current?.scrollTo({ top: 0 })
          }}
        >
          ↑ {messages.events.held(held)}
        </button>
      )}
      <div
        ref={scroller}
        role="rowgroup"
        tabIndex={0}
        aria-activedescendant={active ? `${id}-${active}` : undefined}
        className="min-h-0 grow overflow-y-auto focus-visible:-outline-offset-2"
        onScroll={(event) => {
          const away = event.currentTarget.scrollTop > rowHeight
          onScrolled(away)
          if (!away && held > 0) onRelease()
        }}
      >
        <div role="presentation" className="relative" style={{ height: virtual.getTotalSize() }}>
          {items.map(({ index, start }) => {
            const row = rows[index]
            return row ? (
              <Row
                key={row.id}
                id={`${id}-${row.id}`}
                row={row}
                index={index}
                top={start}
                active={row.id === active}
                onOpen={() => {
                  setCurrent(row.id)
                  onOpen(row.id === selected ? undefined : row.id)
                }}
              />
            ) : (
              <p
                key="end"
                role="presentation"
                className="absolute w-full px-4 py-1 text-dim"
                style={{ transform: `translateY(${start}px)` }}
              >
                {more ? messages.events.loadMore : messages.events.end}
              </p>
            )
          })}
        </div>
      </div>
    </div>
  )
}

interface RowProps {
  readonly id: string
  readonly row: EventRow
  readonly index: number
  readonly top: number
  readonly active: boolean
  readonly onOpen: () => void
}

const Row = ({ id, row, index, top, active, onOpen }: RowProps) => (
  // biome-ignore lint/a11y/useKeyWithClickEvents: the grid has the keys: j, k and Enter
  // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus and names its active row
  <div
    role="row"
    id={id}
    aria-rowindex={index + 2}
    aria-selected={active}
    onClick={onOpen}
    className={`absolute grid w-full cursor-default ${columns} h-7 items-center gap-x-3 border-b border-line px-4 aria-selected:bg-selected ${
      active ? '' : 'hover:bg-hover'
    } ${row.kind === 'gap' ? 'hatched' : ''}`}
    style={{ transform: `translateY(${top}px)` }}
  >
    <span role="gridcell" className="font-mono text-12 text-dim">
      <Moment time={row.time} as="clock" />
    </span>
    {row.kind === 'audit' ? <Request row={row} /> : <Told row={row} />}
    <span role="gridcell" className="hidden truncate font-mono text-12 text-dim @3xl:block">
      {row.sourceIp || row.source}
    </span>
  </div>
)

/** Who did what to what, with which result. */
const Request = ({ row }: { readonly row: EventRow }) => (
  <>
    <span role="gridcell" className="truncate font-mono text-12" title={row.user}>
      {row.impersonatedUser ? `${row.user} → ${row.impersonatedUser}` : row.user}
    </span>
    <span role="gridcell" className="truncate" title={`${row.verb} ${row.resource}`}>
      <span className="font-medium">{row.verb}</span> {row.resource}
      {row.subresource && <span className="text-dim">/{row.subresource}</span>}
    </span>
    <span role="gridcell" className="truncate font-mono text-12" title={row.requestUri}>
      {row.resource === '' ? (
        <span className="text-dim">{row.requestUri}</span>
      ) : (
        <>
          {row.namespace && <span className="text-dim">{row.namespace}/</span>}
          {row.name || <span className="text-faint">*</span>}
        </>
      )}
    </span>
    <span role="gridcell">
      <Result row={row} />
    </span>
  </>
)

/** A Kubernetes event or a gap: its sentence over the columns. */
const Told = ({ row }: { readonly row: EventRow }) => (
  <span role="gridcell" className="col-span-4 truncate" title={row.summary}>
    <span className={`chip mr-2 text-12 ${row.kind === 'gap' ? 'border-past bg-bg text-past' : 'text-dim'}`}>
      {row.kind === 'gap' ? messages.events.gap : row.reason || row.kind}
    </span>
    {row.summary}
  </span>
)
