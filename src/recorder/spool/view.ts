import type { ReadableSpool, SpoolItem, SpoolReader } from './reader.ts'

/** The spool as those see it who read it: in its own thread, or in another (mirror.ts). */
export interface SpoolView extends ReadableSpool {
  /** Entries that wait to become durable in this thread. */
  readonly waiting: number
  /** Resolves when none waits, or when the time is over (milliseconds). */
  idle(millis: number): Promise<void>
  /** What stands at a committed number: from memory where it is still there, else by the reader from disk. */
  read(seq: number, reader: SpoolReader): Promise<SpoolItem>
  /** Says that nobody needs this entry in memory any more. */
  release(seq: number): void
  reader(): SpoolReader
  /** Resolves when `seq` is committed, when the time is over (milliseconds), or when the spool closes. */
  waitFor(seq: number, millis: number): Promise<void>
  /** Everything up to `seq` is stored. */
  stored(seq: number): Promise<void>
}
