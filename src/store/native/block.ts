import { Bytes } from './bytes.ts'
import type { ColumnType } from './column-types.ts'

/** A column of a table whose rows are made from a `Row`. */
export interface Column<Row> {
  readonly name: string
  readonly type: string
  /** Begins the column of one block. */
  begin(): { add(rows: readonly Row[]): void; chunks(): readonly Uint8Array[] }
}

/** A column of a name and type; `of` says which of a row's values stands in it. */
export const column = <Row, Value>(name: string, type: ColumnType<Value>, of: (row: Row) => Value): Column<Row> => ({
  name,
  type: type.name,
  begin: () => {
    const writer = type.writer()
    return {
      add: (rows) => {
        for (const row of rows) writer.add(of(row))
      },
      chunks: () => writer.chunks(),
    }
  },
})

/** Rows of one table in ClickHouse's Native format, column by column, as one block. */
export class NativeBlock<Row> {
  readonly #columns: readonly { readonly column: Column<Row>; readonly values: ReturnType<Column<Row>['begin']> }[]
  #rows = 0

  constructor(columns: readonly Column<Row>[]) {
    this.#columns = columns.map((column) => ({ column, values: column.begin() }))
  }

  add(rows: readonly Row[]): void {
    for (const { values } of this.#columns) values.add(rows)
    this.#rows += rows.length
  }

  chunks(): readonly Uint8Array[] {
    const head = new Bytes()
    head.varUint(this.#columns.length)
    head.varUint(this.#rows)
    return [
      ...head.chunks(),
      ...this.#columns.flatMap(({ column, values }) => {
        const name = new Bytes()
        name.text(column.name)
        name.text(column.type)
        // A column without rows has no bytes at all, not even those that stand before the values of some types.
        return [...name.chunks(), ...(this.#rows === 0 ? [] : values.chunks())]
      }),
    ]
  }
}
