import { type ComponentProps, type ReactNode, type RefObject, useRef } from 'react'
import { useRowWindow } from './use-row-window.ts'

interface Props<Row> extends Pick<ComponentProps<'table'>, 'onKeyDown' | 'onMouseLeave'> {
  readonly label: string
  readonly rows: readonly Row[]
  readonly idOf: (row: Row) => string
  /** Id of the row whose detail is open. Its button has `aria-expanded`. */
  readonly opened: string | undefined
  /** What scrolls the table. */
  readonly scroller: RefObject<HTMLElement | null>
  readonly head: ReactNode
  /** Class of where the head stays when the rows are scrolled. */
  readonly headTop?: string
  /** The cells of a row, one line high. */
  readonly children: (row: Row, isOpened: boolean) => ReactNode
}

/** A table that may have thousands of rows: only those near to sight are drawn, and each knows its place among all. */
export const LongTable = <Row,>({
  label,
  rows,
  idOf,
  opened,
  scroller,
  head,
  headTop = 'top-0',
  children,
  ...handlers
}: Props<Row>) => {
  const table = useRef<HTMLTableElement>(null)
  const { first, end, above, below } = useRowWindow(
    rows.length,
    scroller,
    table,
    rows.findIndex((row) => idOf(row) === opened),
  )
  return (
    <table
      ref={table}
      className="grid-lines w-full table-fixed"
      aria-label={label}
      aria-rowcount={rows.length + 1}
      {...handlers}
    >
      <thead className={`sticky z-10 bg-bg ${headTop}`}>
        <tr>{head}</tr>
      </thead>
      <tbody>
        <Space pixels={above} />
        {rows.slice(first, end).map((row, index) => {
          const id = idOf(row)
          return (
            <tr key={id} aria-rowindex={first + index + 2} className={id === opened ? 'bg-selected' : ''}>
              {children(row, id === opened)}
            </tr>
          )
        })}
        <Space pixels={below} />
      </tbody>
    </table>
  )
}

/** The room of rows that are not drawn. */
const Space = ({ pixels }: { readonly pixels: number }) => (pixels > 0 ? <tr style={{ height: pixels }} /> : null)
