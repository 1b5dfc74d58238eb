import { eventLineOf, isEventObject } from '../model/event-row.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import { type Column, NativeBlock } from './native/block.ts'
import { bodyColumns, eventColumns, gapColumns, storedTime, type Table, versionColumns } from './tables.ts'

/** Rows of one table that go into one partition, as a block of ClickHouse's Native format. */
export interface EncodedPart {
  readonly table: Table
  readonly columns: readonly string[]
  /** UTC day of receipt as days since 1970: the partition. */
  readonly day: number
  readonly chunks: readonly Uint8Array[]
}

/**
 * Makes the rows of a block, apart by table and partition. The same records give the same parts in the same order,
 * in however many steps they are added.
 */
export class BlockEncoder {
  readonly #events = new TableRows('events', eventColumns)
  readonly #bodies = new TableRows('event_bodies', bodyColumns)
  readonly #gaps = new TableRows('gaps', gapColumns)
  readonly #versions = new TableRows('object_versions', versionColumns)

  add(records: readonly PlacedRecord[]): void {
    for (const { position, record } of records) {
      const { receivedAt } = record
      const line = eventLineOf(record)
      if (line) {
        this.#events.put(receivedAt, { record, line })
        if (record.kind === 'gap') this.#gaps.put(receivedAt, { record, line })
        else this.#bodies.put(receivedAt, { record, line })
      } else if (record.kind === 'object' && !isEventObject(record)) {
        this.#versions.put(receivedAt, { version: record, position })
      }
    }
    for (const rows of this.#tables()) rows.encode()
  }

  parts(): readonly EncodedPart[] {
    return this.#tables().flatMap((rows) => rows.parts())
  }

  #tables() {
    return [this.#events, this.#bodies, this.#gaps, this.#versions]
  }
}

interface DayRows<Row> {
  readonly block: NativeBlock<Row>
  /** Not encoded yet. */
  rows: Row[]
}

/** Rows for one table, each with the others of its partition. */
class TableRows<Row> {
  readonly #table: Table
  readonly #columns: readonly Column<Row>[]
  readonly #days = new Map<number, DayRows<Row>>()

  constructor(table: Table, columns: readonly Column<Row>[]) {
    this.#table = table
    this.#columns = columns
  }

  put(receivedAt: Micros, row: Row): void {
    const day = Math.floor(storedTime(receivedAt) / 86_400_000_000)
    const known = this.#days.get(day)
    if (known) known.rows.push(row)
    else this.#days.set(day, { block: new NativeBlock(this.#columns), rows: [row] })
  }

  encode(): void {
    for (const day of this.#days.values()) {
      day.block.add(day.rows)
      day.rows = []
    }
  }

  parts(): readonly EncodedPart[] {
    const columns = this.#columns.map(({ name }) => name)
    return [...this.#days].map(([day, { block }]) => ({ table: this.#table, columns, day, chunks: block.chunks() }))
  }
}
