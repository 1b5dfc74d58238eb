import type { Micros } from '../../model/time.ts'

/** An event in a window. `number` is what is measured, `ref` what the caller calls the event by. Never changed. */
export interface Entry {
  readonly time: Micros
  readonly number: number
  readonly ref: string
}

/** The entries of a group, in order of time. */
export interface Entries {
  readonly size: number
  has(key: string): boolean
  /** `key`: the value or rule that the entry stands for; the one before of the same key goes. */
  put(key: string, entry: Entry): void
  /** Leaves those up to a moment out. */
  expire(until: Micros): void
  dropOldest(): void
  /** The newest last. `most`: of these, so many of the newest. */
  all(most?: number): readonly Entry[]
  /** With their keys; an entry without one has the empty text. */
  keyed(): readonly (readonly [key: string, entry: Entry])[]
}

/** What is gone from the start of a list is cut off together, when it is half of it and so much. */
const mostGone = 32

/** Every event by itself. Keys are not looked at. */
export class EventEntries implements Entries {
  #entries: Entry[] = []
  #gone = 0

  get size(): number {
    return this.#entries.length - this.#gone
  }

  has(): boolean {
    return false
  }

  put(_key: string, entry: Entry): void {
    this.#entries.push(entry)
  }

  expire(until: Micros): void {
    for (let first = this.#entries[this.#gone]; first !== undefined && first.time <= until; ) {
      this.#gone += 1
      first = this.#entries[this.#gone]
    }
    this.#cut()
  }

  dropOldest(): void {
    if (this.size > 0) this.#gone += 1
    this.#cut()
  }

  all(most = this.size): readonly Entry[] {
    return this.#entries.slice(Math.max(this.#gone, this.#entries.length - most))
  }

  keyed(): readonly (readonly [string, Entry])[] {
    return this.all().map((entry) => ['', entry])
  }

  #cut(): void {
    if (this.#gone <= mostGone || this.#gone * 2 < this.#entries.length) return
    this.#entries = this.#entries.slice(this.#gone)
    this.#gone = 0
  }
}

/**
 * The latest entry of each key. Their order is kept beside the Map: to find the first entry of a Map from which much was
 * deleted takes as long as all that is gone.
 */
export class LatestEntries implements Entries {
  readonly #latest = new Map<string, Entry>()
  /** An entry that is not the latest of its key any more is passed over. */
  #order: (readonly [key: string, entry: Entry])[] = []
  #gone = 0

  get size(): number {
    return this.#latest.size
  }

  has(key: string): boolean {
    return this.#latest.has(key)
  }

  put(key: string, entry: Entry): void {
    this.#latest.set(key, entry)
    this.#order.push([key, entry])
    if (this.#order.length > 2 * this.#latest.size + mostGone) {
      this.#order = this.#order.slice(this.#gone).filter((one) => this.#isLatest(one))
      this.#gone = 0
    }
  }

  expire(until: Micros): void {
    for (let first = this.#first(); first !== undefined && first[1].time <= until; first = this.#first())
      this.#drop(first)
  }

  dropOldest(): void {
    const first = this.#first()
    if (first !== undefined) this.#drop(first)
  }

  all(most = this.size): readonly Entry[] {
    return this.keyed()
      .slice(-most)
      .map(([, entry]) => entry)
  }

  keyed(): readonly (readonly [string, Entry])[] {
    return this.#order.slice(this.#gone).filter((one) => this.#isLatest(one))
  }

  #isLatest([key, entry]: readonly [string, Entry]): boolean {
    return this.#latest.get(key) === entry
  }

  #first(): readonly [string, Entry] | undefined {
    for (let first = this.#order[this.#gone]; first !== undefined; first = this.#order[this.#gone]) {
      if (this.#isLatest(first)) return first
      this.#gone += 1
    }
    return undefined
  }

  #drop([key]: readonly [string, Entry]): void {
    this.#latest.delete(key)
    this.#gone += 1
  }
}
