import { changesGuard } from '../detect/guards/index.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { AuditRecord, PlacedRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'

/** A request that came in later than this is one of a record that was made up for, and not one of a slow audit log. */
export const longestDelay: Micros = 900_000_000
/** So many requests at most wait for their turn. */
const mostHeld = 5000
const mostOfPart = 500

/** What is to be done next: to judge records, or to compare requests and versions of what guards the clusters. */
export interface Turn {
  readonly kind: 'records' | 'compared'
  readonly records: readonly PlacedRecord[]
}

interface Held {
  readonly arrival: Micros
  readonly record: AuditRecord
}

/**
 * Beside records in the order of their time, the requests that changed what guards the clusters, each when it came in, among
 * the versions of these objects that came in before and after it: what a request is compared with is what was known then.
 * It goes along with the records and never back.
 */
export class PastGuards {
  readonly #versions: AsyncIterator<ObjectVersion>
  #next: ObjectVersion | undefined
  #isBegun = false
  /** Requests that had not come in yet at the time of the last record, by their arrival. */
  readonly #held: Held[] = []
  #part: PlacedRecord[] = []
  #parts = 0

  /** `versions`: those that there were at the beginning, then all others in the order of `receivedAt`. */
  constructor(versions: AsyncIterable<ObjectVersion>) {
    this.#versions = versions[Symbol.asyncIterator]()
  }

  /** The records of a batch, with what came in by then, in turns: each to be done before the next one is asked for. */
  async *turns(batch: readonly PlacedRecord[]): AsyncGenerator<Turn> {
    let done = 0
    for (const [place, { record }] of batch.entries()) {
      if (this.#isDue(record.time)) {
        if (place > done) yield { kind: 'records', records: batch.slice(done, place) }
        done = place
        for await (const records of this.rest(record.time)) yield { kind: 'compared', records }
      }
      if (record.kind === 'audit' && changesGuard(record)) this.#hold({ arrival: arrivalOf(record), record })
    }
    yield { kind: 'records', records: batch.slice(done) }
  }

  /**
   * What came in by a moment, and was not told yet, in parts. In a part no version stands behind a request, so that what a
   * version tells of a request is told of one of an earlier part. Positions are those in the parts, each the only one.
   */
  async *rest(moment: Micros): AsyncGenerator<readonly PlacedRecord[]> {
    if (!this.#isBegun) {
      this.#isBegun = true
      await this.#advance()
    }
    while (this.#isDue(moment)) {
      const request = this.#held[0]
      const isRequest = request !== undefined && !(this.#next !== undefined && this.#next.receivedAt <= request.arrival)
      const record = isRequest ? request.record : this.#next
      if (record === undefined) break
      const isBehind = !isRequest && this.#part.at(-1)?.record.kind === 'audit'
      if (isBehind || this.#part.length >= mostOfPart) yield this.#cut()
      this.#part.push({ position: { seq: this.#parts, index: this.#part.length }, record })
      if (isRequest) this.#held.shift()
      else await this.#advance()
    }
    if (this.#part.length > 0) yield this.#cut()
  }

  /** Nothing more is asked of the record. */
  async close(): Promise<void> {
    await this.#versions.return?.()
  }

  #isDue(moment: Micros): boolean {
    const [request] = this.#held
    if (request !== undefined && (request.arrival <= moment || this.#held.length > mostHeld)) return true
    return !this.#isBegun || (this.#next !== undefined && this.#next.receivedAt <= moment)
  }

  #hold(one: Held): void {
    let place = this.#held.length
    while (place > 0 && (this.#held[place - 1]?.arrival ?? 0) > one.arrival) place -= 1
    this.#held.splice(place, 0, one)
  }

  #cut(): readonly PlacedRecord[] {
    const part = this.#part
    this.#part = []
    this.#parts += 1
    return part
  }

  async #advance(): Promise<void> {
    const next = await this.#versions.next()
    this.#next = next.done === true ? undefined : next.value
  }
}

const arrivalOf = ({ time, receivedAt }: AuditRecord): Micros =>
  receivedAt > time && receivedAt <= time + longestDelay ? receivedAt : time
