import type { Processed } from './process.ts'

/**
 * Processed entries on their way to the store, so that nothing is parsed twice while the store keeps up. When it is
 * full, new ones are not taken: the store reads them back from the spool when it comes to them.
 */
export class ParsedCache {
  readonly #limit: number
  readonly #entries = new Map<number, Processed>()
  #bytes = 0

  /** `limitBytes` counts the payloads; parsed records take a few times as much. */
  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  offer(processed: Processed): void {
    if (this.#bytes > 0 && this.#bytes + processed.bytes > this.#limit) return
    this.#entries.set(processed.seq, processed)
    this.#bytes += processed.bytes
  }

  take(seq: number): Processed | undefined {
    const processed = this.#entries.get(seq)
    if (!processed) return undefined
    this.#entries.delete(seq)
    this.#bytes -= processed.bytes
    return processed
  }
}
