import type { PlacedRecord } from '../model/record.ts'

/** Takes records right after they are durable, in order: state, detection, the live stream. Must be quick. */
export interface LiveSink {
  readonly name: string
  take(records: readonly PlacedRecord[]): void
}

/**
 * Keeps records for good. Resolves when a block is durable; rejects when it is not, and is then called again with the
 * same rows and the same token, after a crash too. A store that already has a block of this token must not take it
 * twice.
 */
export interface StoreSink {
  insertBlock(records: readonly PlacedRecord[], token: string): Promise<void>
}

/** Where records go. */
export interface Sinks {
  readonly live: readonly LiveSink[]
  readonly store: StoreSink
}
