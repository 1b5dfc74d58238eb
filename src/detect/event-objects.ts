import { eventLineOf } from '../model/event-row.ts'
import type { JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { Predicate } from '../model/predicate.ts'
import type { RecordPosition } from '../model/record.ts'
import { eventView } from './event-view.ts'
import { asksOf, type Lane, type Matched } from './lane.ts'
import { Occurrences } from './occurrences.ts'
import type { SubjectOf } from './subject.ts'
import { sentenceOf, toldOfEvent } from './told.ts'

/** Objects of kind Event: each time that one tells of something that happened (again). */
export class EventObjects {
  readonly #lane: Lane
  readonly #subjectOf: SubjectOf
  readonly #occurrences = new Occurrences()

  constructor(lane: Lane, subjectOf: SubjectOf) {
    this.#lane = lane
    this.#subjectOf = subjectOf
  }

  /** `skipped`: no rule looks at it, or nothing happened. `quiet`: none matched. */
  judge(version: ObjectVersion, position: RecordPosition): Matched | 'quiet' | 'skipped' {
    const lane = this.#lane
    const line = eventLineOf(version)
    if (lane.rules.length === 0 || line === undefined) return 'skipped'
    const occurrences = this.#occurrences.count(version, line.identity.time)
    if (occurrences === 0) return 'skipped'
    const subject = this.#subjectOf(version)
    const event = eventView(version, subject, occurrences)
    const places = lane.matcher.matches(event)
    if (places.length === 0) return 'quiet'
    const told = toldOfEvent(version, position, subject)
    return { lane, places, event, told, sentence: () => sentenceOf(version) }
  }

  /** See `Asks` of the detector. */
  asks(): Predicate | undefined {
    return asksOf(this.#lane)
  }

  checkpoint(): JsonValue {
    return this.#occurrences.checkpoint()
  }

  restore(saved: JsonValue | undefined): void {
    this.#occurrences.restore(saved)
  }
}
