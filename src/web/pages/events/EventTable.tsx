// biome-ignore-all lint/a11y/useSemanticElements: rows that are drawn only where they are seen cannot be a <table>
// biome-ignore-all lint/a11y/useFocusableInteractive: the rows take the focus, their cells need not
import { useVirtualizer } from '@tanstack/react-virtual'
import { useEffect, useId, useRef, useState } from 'react'
import type { EventRow } from '../../../model/answer.ts'
import { useKey } from '../../keys/use-key.ts'
import { messages } from '../../messages.ts'
import { EventLine, eventColumns } from './EventLine.tsx'

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

/** The rows, drawn only where they are seen. The keys j, k and Enter move and open. */
export const EventTable = (props: Props) => {
  const { rows, selected, onOpen, held, onRelease, onScrolled, more, onMore } = props
  const scroller = useRef<HTMLDivElement>(null)
  const [current, setCurrent] = useState<string>()
  const toFocus = useRef<string>(undefined)
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
  // A row that a key moved to may be drawn only after the list has scrolled: it gets the focus as soon as it is there.
  useEffect(() => {
    if (toFocus.current === undefined) return
    const row = document.getElementById(`${id}-${toFocus.current}`)
    if (!row) return
    toFocus.current = undefined
    row.focus({ preventScroll: true })
  })

  const active = current ?? selected
  const move = (by: 1 | -1): boolean => {
    const here = active === undefined ? -1 : rows.findIndex((row) => row.id === active)
    const next = Math.max(0, Math.min(rows.length - 1, here + by))
    const row = rows[next]
    if (!row) return false
    setCurrent(row.id)
    if (selected) onOpen(row.id)
    virtual.scrollToIndex(next)
    toFocus.current = row.id
    return true
  }
  useKey('next', () => move(1))
  useKey('previous', () => move(-1))
  useKey('open', () => {
    if (!current) return false
    onOpen(current)
    return true
  })

  // One row can be reached by Tab: the one in use, or the first.
  const activeIsDrawn = active !== undefined && items.some(({ index }) => rows[index]?.id === active)
  const tabbable = activeIsDrawn ? active : rows[items[0]?.index ?? 0]?.id
  return (
    <div
      role="grid"
      aria-label={messages.events.rows}
      aria-rowcount={rows.length + 1}
      className="@container relative flex min-h-0 grow flex-col max-md:min-w-[600px]"
    >
      <Head />
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
        className="min-h-0 grow overflow-y-auto"
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
              <EventLine
                key={row.id}
                id={`${id}-${row.id}`}
                row={row}
                index={index}
                top={start}
                active={row.id === active}
                tabbable={row.id === tabbable}
                onFocus={() => setCurrent(row.id)}
                onOpen={() => {
                  setCurrent(row.id)
                  onOpen(row.id === selected ? undefined : row.id)
                }}
              />
            ) : (
              <div
                key="end"
                role="row"
                className="absolute w-full px-4 py-1 text-dim"
                style={{ transform: `translateY(${start}px)` }}
              >
                <span role="gridcell">{more ? messages.events.loadMore : messages.events.end}</span>
              </div>
            )
          })}
        </div>
      </div>
    </div>
  )
}

const Head = () => {
  const names = messages.events.columns
  return (
    <div role="rowgroup">
      <div
        role="row"
        aria-rowindex={1}
        className={`grid ${eventColumns} h-7 items-center gap-x-3 border-b border-line-strong px-4 text-12 text-dim`}
      >
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
  )
}
