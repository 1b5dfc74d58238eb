import type { Processed } from './process.ts'
import { Waiters } from './waiters.ts'

/**
 * Processed entries on their way to the store, so that nothing is parsed twice while the store keeps up. When it is
 * full, new ones are not taken: the store reads them back from the spool when it comes to them.
 */
export class ParsedCache {
  readonly #limit: number
  readonly #entries = new Map<number, Processed>()
  readonly #waiters = new Waiters()
  #bytes = 0
  #newest = 0

  /** `limitBytes` counts the payloads; parsed records take a few times as much. */
  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  /** Whether one more as large as the newest would not be taken. */
  get isFull(): boolean {
    return this.#bytes > 0 && this.#bytes + this.#newest > this.#limit
  }

  offer(processed: Processed): void {
    this.#newest = processed.bytes
    if (this.isFull) return
    this.#entries.set(processed.seq, processed)
    this.#bytes += processed.bytes
  }

  take(seq: number): Processed | undefined {
    const processed = this.#entries.get(seq)
    if (!processed) return undefined
    this.#entries.delete(seq)
    this.#bytes -= processed.bytes
    this.#waiters.wake()
    return processed
  }

  /** Waits until something was taken, or so many milliseconds; resolves with whether it is full no more. */
  async room(millis: number): Promise<boolean> {
    if (!this.isFull) return true
    await this.#waiters.wait(millis)
    return !this.isFull
  }
}
