import { isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { Predicate } from '../model/predicate.ts'
import type { AuditRecord, RecordPosition } from '../model/record.ts'
import { fieldsOfPredicate } from './fields.ts'
import { Guards, type Lowering } from './guards/index.ts'
import { asksOf, type Lane, type Matched, type Runnable } from './lane.ts'
import { readTold, savedTold, sentenceOf, type Told, toldOfAudit } from './told.ts'

/** A rule that names `lowered` is asked only about requests that made something guard the cluster less. */
export const asksForLowered = ({ loaded }: Runnable): boolean =>
  fieldsOfPredicate(loaded.predicate).some((field) => field === 'lowered' || field.startsWith('lowered.'))

/** What is put by of a request that is judged when the version that it made is seen. */
interface Kept extends JsonObject {
  readonly told: JsonObject
  readonly event: JsonObject
  readonly sentence: string
}

/** Requests that made something guard the cluster less, for the rules that look at these. */
export class LoweredGuards {
  readonly #lane: Lane
  readonly #guards = new Guards<Kept>()

  /** Of `lane` every rule is one that {@link asksForLowered}. */
  constructor(lane: Lane) {
    this.#lane = lane
  }

  judge(record: AuditRecord, position: RecordPosition): Matched | undefined {
    const lowerings = this.#guards.judge(record, () => keptOf(record, position))
    if (lowerings.length === 0) return undefined
    return this.#matched(
      record.event,
      lowerings,
      () => toldOfAudit(record, position),
      () => sentenceOf(record),
    )
  }

  /** An object as it is now; returns the requests that waited for it. */
  learn(version: ObjectVersion): readonly Matched[] {
    return this.#guards.learn(version).flatMap(({ kept: { told: saved, event, sentence }, lowerings }) => {
      const told = readTold(saved)
      const match =
        told &&
        this.#matched(
          event,
          lowerings,
          () => told,
          () => sentence,
        )
      return match ?? []
    })
  }

  /** Remembers what a request changed, and tells of nothing. */
  recall(record: AuditRecord, position: RecordPosition): void {
    this.#guards.judge(record, () => keptOf(record, position))
  }

  /** What its rules ask of a request, with what it lowered. */
  asks(): Predicate | undefined {
    return asksOf(this.#lane)
  }

  checkpoint(): JsonObject {
    return this.#guards.checkpoint()
  }

  restore(saved: JsonValue | undefined): void {
    this.#guards.restore(saved, readKept)
  }

  #matched(
    request: JsonObject,
    lowerings: readonly Lowering[],
    tell: () => Told,
    sentence: () => string,
  ): Matched | undefined {
    const lane = this.#lane
    const event = { ...request, lowered: lowerings.map((one) => ({ ...one })) }
    const places = lane.matcher.matches(event)
    if (places.length === 0) return undefined
    return { lane, places, event, told: tell(), sentence: () => `${sentence()}: ${lowerings.map(wordsOf).join('; ')}` }
  }
}

const keptOf = (record: AuditRecord, position: RecordPosition): Kept => {
  const { requestObject: _, responseObject: __, ...event } = record.event
  return { told: savedTold(toldOfAudit(record, position)), event, sentence: sentenceOf(record) }
}

const wordsOf = ({ guard, from, to }: Lowering): string => `${guard} was ${from}, is ${to}`

const readKept = (saved: JsonValue | undefined): Kept | undefined =>
  isObject(saved) && isObject(saved.told) && isObject(saved.event) && typeof saved.sentence === 'string'
    ? { told: saved.told, event: saved.event, sentence: saved.sentence }
    : undefined
