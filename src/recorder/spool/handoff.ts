import type { CommittedEntry } from './committer.ts'

/**
 * The newest committed entries, in memory, for readers that keep up. Bounded by the size of their payloads: the oldest
 * go first, and whoever still needs them reads them from the segments.
 */
export class Handoff {
  readonly #limit: number
  readonly #entries = new Map<number, CommittedEntry>()
  #bytes = 0

  constructor(limitBytes: number) {
    this.#limit = limitBytes
  }

  add(entry: CommittedEntry): void {
    this.#entries.set(entry.seq, entry)
    this.#bytes += entry.entry.payload.length
    for (const seq of this.#entries.keys()) {
      if (this.#bytes <= this.#limit) break
      this.drop(seq)
    }
  }

  get(seq: number): CommittedEntry | undefined {
    return this.#entries.get(seq)
  }

  drop(seq: number): void {
    const entry = this.#entries.get(seq)
    if (!entry) return
    this.#entries.delete(seq)
    this.#bytes -= entry.entry.payload.length
  }

  clear(): void {
    this.#entries.clear()
    this.#bytes = 0
  }
}
