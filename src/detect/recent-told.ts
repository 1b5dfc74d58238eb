import type { JsonValue } from '../model/json.ts'
import { JsonList } from '../model/json-draft.ts'
import type { Micros } from '../model/time.ts'
import { readTold, savedTold, type Told } from './told.ts'

/** What of the completing events is kept for detections of windows. */
const most = 40_000

/**
 * What events told that a window may still be completed by, those that came last at the end. Order is kept in a list of
 * its own: to find the first entry of a Map from which much was deleted takes as long as all that is gone.
 */
export class RecentTold {
  readonly #told = new Map<string, Told>()
  #order: string[] = []
  /** So many at the start of `order` are gone. */
  #gone = 0

  get(event: string): Told | undefined {
    return this.#told.get(event)
  }

  keep(told: Told): void {
    if (!this.#told.has(told.event)) this.#order.push(told.event)
    this.#told.set(told.event, told)
    if (this.#told.size > most) this.#forgetFirst()
  }

  /** Forgets those at the start that are older. */
  forgetBefore(moment: Micros): void {
    for (let first = this.#first(); first !== undefined; first = this.#first()) {
      if (Math.min(first.time, first.receivedAt) >= moment) return
      this.#forgetFirst()
    }
  }

  /** What was told is never changed: it may be saved later. */
  checkpoint(): JsonList {
    return new JsonList(saved([...this.#told.values()]))
  }

  restore(saved: JsonValue | undefined): void {
    for (const one of Array.isArray(saved) ? saved : []) {
      const told = readTold(one)
      if (told !== undefined) this.keep(told)
    }
  }

  #first(): Told | undefined {
    const event = this.#order[this.#gone]
    return event === undefined ? undefined : this.#told.get(event)
  }

  #forgetFirst(): void {
    const event = this.#order[this.#gone]
    if (event !== undefined) this.#told.delete(event)
    this.#gone += 1
    if (this.#gone > 1000 && this.#gone * 2 > this.#order.length) {
      this.#order = this.#order.slice(this.#gone)
      this.#gone = 0
    }
  }
}

function* saved(all: readonly Told[]): Generator<JsonValue> {
  for (const told of all) yield savedTold(told)
}
