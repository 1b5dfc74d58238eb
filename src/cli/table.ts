import { visible } from './terminal.ts'

/** A column of a table: its heading and, for numbers, that it is set to the right. */
export interface Column {
  readonly title: string
  readonly right?: boolean
}

/** Lines of a table as wide as its content, the heading first; the last column is never padded. */
export const tableLines = (columns: readonly Column[], rows: readonly (readonly string[])[]): readonly string[] => {
  const cells = [columns.map(({ title }) => title.toUpperCase()), ...rows.map((row) => row.map(visible))]
  const widths = columns.map((_, index) => Math.max(...cells.map((row) => [...(row[index] ?? '')].length)))
  return cells.map((row) =>
    row
      .map((cell, index) => {
        const padding = ' '.repeat(Math.max(0, (widths[index] ?? 0) - [...cell].length))
        if (columns[index]?.right) return padding + cell
        return index === columns.length - 1 ? cell : cell + padding
      })
      .join('  ')
      .trimEnd(),
  )
}
