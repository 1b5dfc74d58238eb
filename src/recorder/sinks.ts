import type { PlacedRecord } from '../model/record.ts'

/** Takes records right after they are durable, in order: state, detection, the live stream. Must be quick. */
export interface LiveSink {
  readonly name: string
  take(records: readonly PlacedRecord[]): void
  /**
   * The last entry that it has seen, where it keeps a position of its own over restarts. It is handed what comes after,
   * each record once: from the spool where that was stored meanwhile, and not again where it was not stored yet. Without
   * a position it begins with what is not stored.
   */
  readonly after?: number
  /** Entries after its position, from one to another, that the spool no longer has. */
  readonly missed?: (from: number, to: number) => void
}

/** Keeps records for good, block by block. */
export interface StoreSink {
  /** Begins a block. One may be filled while another is inserted. */
  block(): StoreBlock
}

/** A block on its way to the store. */
export interface StoreBlock {
  /**
   * Takes over what the store needs of the records, in order: they are not kept, so that what waits for a slow store is
   * as small as its rows.
   */
  add(records: readonly PlacedRecord[]): void
  /**
   * Resolves when the block is durable; rejects when it is not, and is then called again with the same token. After a
   * crash a block of the same records comes with it. A store that already has a block of this token must not take it
   * twice.
   */
  insert(token: string): Promise<void>
}

/** A store that takes all records of a block at once. */
export const wholeBlocks = (
  insertBlock: (records: readonly PlacedRecord[], token: string) => Promise<void>,
): StoreSink => ({
  block: () => {
    const all: PlacedRecord[] = []
    return {
      add: (records) => {
        for (const record of records) all.push(record)
      },
      insert: (token) => insertBlock(all, token),
    }
  },
})

/** Where records go. */
export interface Sinks {
  readonly live: readonly LiveSink[]
  readonly store: StoreSink
}
