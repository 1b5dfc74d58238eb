/**
 * Leaves out what was delivered twice: a sender that did not get our answer sends the same batch again, and the same
 * request may reach us by webhook and by log file. An answer depends only on what came before in the spool, not on how
 * often it is asked, so that an entry may be processed again.
 */
import type { AuditRecord, RuntimeRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'

const contentWindow: Micros = 10 * 60_000_000
const mostContents = 100_000
const eventWindow: Micros = 7.5 * 60_000_000
const mostSlots = 2 ** 21
const firstSlots = 2 ** 14

/** What is remembered of the last minutes. */
export class Dedup {
  readonly #contents = new Map<string, { readonly seq: number; readonly at: Micros }>()
  readonly #seed: number
  #current = new EventTable(firstSlots)
  #previous = new EventTable(firstSlots)
  #currentSince: Micros | undefined

  /** `seed` makes hashes unpredictable, so that nobody can make an event that is taken for another. */
  constructor(seed: number) {
    this.#seed = seed
  }

  /** True when an entry with the same contents stands before `seq`. `key` holds the digest and what it was told of. */
  isKnownContent(key: string, seq: number, at: Micros): boolean {
    const known = this.#contents.get(key)
    if (known && known.seq < seq && at - known.at <= contentWindow) return true
    this.#contents.delete(key)
    this.#contents.set(key, { seq, at })
    for (const [oldest, { at: then }] of this.#contents) {
      if (this.#contents.size <= mostContents && at - then <= contentWindow) break
      this.#contents.delete(oldest)
    }
    return false
  }

  /**
   * True when the same event stands before this place. The same event is more than the same auditID and stage: anyone
   * may choose the id of a request by the header Audit-ID, and would otherwise hide one behind another.
   */
  isKnownEvent(event: AuditRecord | RuntimeRecord, seq: number, index: number): boolean {
    const position = seq * 2 ** 17 + Math.min(index, 2 ** 17 - 1)
    this.#currentSince ??= event.receivedAt
    if (this.#current.isFull || event.receivedAt - this.#currentSince > eventWindow) {
      this.#previous = this.#current
      this.#current = new EventTable(firstSlots)
      this.#currentSince = event.receivedAt
    }
    const { low, high } = eventHash(event, this.#seed)
    // Entries may be asked for out of order: what is kept is the first place in the spool, whoever comes first.
    if (this.#previous.find(low, high) !== undefined) return this.#previous.put(low, high, position) < position
    return this.#current.put(low, high, position) < position
  }
}

const textsOf = (event: AuditRecord | RuntimeRecord): readonly string[] =>
  event.kind === 'audit'
    ? [event.auditId, event.stage, event.verb, event.user, event.requestUri, event.cluster]
    : [event.eventId, event.sensor, event.cluster]

/** 64 bits in two halves, which begin differently: each text is walked once for both. */
const eventHash = (
  event: AuditRecord | RuntimeRecord,
  seed: number,
): { readonly low: number; readonly high: number } => {
  let low = seed | 0
  let high = ~seed
  for (const text of textsOf(event)) {
    for (let at = 0; at < text.length; at++) {
      const unit = text.charCodeAt(at)
      low = Math.imul(low ^ unit, 0x01000193)
      high = Math.imul(high ^ unit, 0x01000193)
    }
    low = Math.imul(low ^ (low >>> 15) ^ 0xff, 0x85ebca6b)
    high = Math.imul(high ^ (high >>> 15) ^ 0xff, 0x85ebca6b)
  }
  const time = (event.time % 2 ** 32) | 0
  low = Math.imul(low ^ time, 0xc2b2ae35)
  high = Math.imul(high ^ time, 0xc2b2ae35)
  return { low: (low ^ (low >>> 13)) >>> 0, high: (high ^ (high >>> 13)) >>> 0 }
}

/** 64-bit hash to position, open addressing; 16 bytes a slot. Grows up to `mostSlots`, then says it is full. */
class EventTable {
  #low: Uint32Array
  #high: Uint32Array
  /** Positions are at least 2^17, so 0 is an empty slot. */
  #position: Float64Array
  #used = 0

  constructor(slots: number) {
    this.#low = new Uint32Array(slots)
    this.#high = new Uint32Array(slots)
    this.#position = new Float64Array(slots)
  }

  get isFull(): boolean {
    return this.#position.length >= mostSlots && this.#isLoaded
  }

  get #isLoaded(): boolean {
    return this.#used * 10 > this.#position.length * 7
  }

  find(low: number, high: number): number | undefined {
    const slot = this.#slot(low, high)
    return this.#position[slot] === 0 ? undefined : this.#position[slot]
  }

  /** The lowest position known for the hash, this one included. */
  put(low: number, high: number, position: number): number {
    if (this.#isLoaded && this.#position.length < mostSlots) this.#grow()
    const slot = this.#slot(low, high)
    const known = this.#position[slot] ?? 0
    if (known !== 0 && known <= position) return known
    if (known === 0) this.#used++
    this.#low[slot] = low
    this.#high[slot] = high
    this.#position[slot] = position
    return position
  }

  #slot(low: number, high: number): number {
    const mask = this.#position.length - 1
    let slot = low & mask
    while (this.#position[slot] !== 0 && !(this.#low[slot] === low && this.#high[slot] === high))
      slot = (slot + 1) & mask
    return slot
  }

  #grow(): void {
    const larger = new EventTable(this.#position.length * 2)
    for (let slot = 0; slot < this.#position.length; slot++) {
      const position = this.#position[slot] ?? 0
      if (position !== 0) larger.put(this.#low[slot] ?? 0, this.#high[slot] ?? 0, position)
    }
    this.#low = larger.#low
    this.#high = larger.#high
    this.#position = larger.#position
  }
}
