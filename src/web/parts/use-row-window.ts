import { useVirtualizer } from '@tanstack/react-virtual'
import { type RefObject, useEffect, useLayoutEffect, useRef, useState } from 'react'

/** What of a long table is drawn, and how many pixels stand empty above and below it. */
export interface RowWindow {
  /** First drawn row, and the one behind the last. */
  readonly first: number
  readonly end: number
  readonly above: number
  readonly below: number
}

const rowHeight = 28
/** Up to so many rows all are drawn: the browser's own search finds them, and nothing has to be measured. */
const wholeUpTo = 400

/**
 * Draws of a table of thousands only the rows that are near to sight. All rows must be one line high. `opened` is the place
 * of the row that the address names: it is brought into sight once.
 */
export const useRowWindow = (
  count: number,
  scroller: RefObject<HTMLElement | null>,
  table: RefObject<HTMLElement | null>,
  opened: number,
): RowWindow => {
  const [margin, setMargin] = useState(0)
  useLayoutEffect(() => {
    const [outer, inner] = [scroller.current, table.current]
    if (!outer || !inner) return
    setMargin(Math.round(inner.getBoundingClientRect().top - outer.getBoundingClientRect().top + outer.scrollTop))
  })
  const whole = count <= wholeUpTo
  const virtual = useVirtualizer({
    count: whole ? 0 : count,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 20,
    scrollMargin: margin,
  })
  const brought = useRef(false)
  useEffect(() => {
    if (brought.current || opened < 0) return
    brought.current = true
    if (whole) table.current?.querySelector('[aria-expanded="true"][data-row]')?.scrollIntoView({ block: 'nearest' })
    else virtual.scrollToIndex(opened, { align: 'center' })
  }, [opened, whole, virtual, table])
  if (whole) return { first: 0, end: count, above: 0, below: 0 }
  const items = virtual.getVirtualItems()
  const [begin, last] = [items[0], items.at(-1)]
  if (begin === undefined || last === undefined) return { first: 0, end: Math.min(count, 60), above: 0, below: 0 }
  return {
    first: begin.index,
    end: last.index + 1,
    above: begin.start - margin,
    below: virtual.getTotalSize() - (last.end - margin),
  }
}
