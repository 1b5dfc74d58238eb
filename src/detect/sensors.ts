import type { Detection } from '../model/detection.ts'
import type { Predicate } from '../model/predicate.ts'
import { type RecordPosition, type RuntimeRecord, severityOfPriority } from '../model/record.ts'
import type { RuleHead } from '../model/rule.ts'
import { detectionOf } from './detections.ts'
import { sensorHead } from './heads.ts'
import { asksOf, type Lane, type Matched } from './lane.ts'
import { runtimeView } from './runtime-view.ts'
import type { SubjectOf } from './subject.ts'
import { sentenceOf, type Told, toldOfRuntime } from './told.ts'

/** What runtime sensors tell. Falco judged on the node: its alert is a detection. Tetragon only tells what happened. */
export class Sensors {
  readonly #lane: Lane
  readonly #enabled: (head: RuleHead) => boolean
  readonly #subjectOf: SubjectOf

  constructor(lane: Lane, enabled: (head: RuleHead) => boolean, subjectOf: SubjectOf) {
    this.#lane = lane
    this.#enabled = enabled
    this.#subjectOf = subjectOf
  }

  /** See `Asks` of the detector. */
  asks(): Predicate | undefined {
    return asksOf(this.#lane)
  }

  /** Adds the sensor's own detection to `found`. Undefined where no rule over what sensors tell matched. */
  judge(record: RuntimeRecord, position: RecordPosition, found: Detection[]): Matched | undefined {
    const lane = this.#lane
    if (record.priority === undefined && lane.rules.length === 0) return undefined
    const subject = this.#subjectOf(record)
    let told: Told | undefined
    const tell = (): Told => {
      told ??= toldOfRuntime(record, position, subject)
      return told
    }
    if (record.priority !== undefined) {
      const head = sensorHead(record.type, severityOfPriority[record.priority], record.tags)
      if (this.#enabled(head)) found.push(detectionOf(head, tell(), record.message || head.title))
    }
    if (lane.rules.length === 0) return undefined
    const event = runtimeView(record, subject)
    const places = lane.matcher.matches(event)
    return places.length === 0 ? undefined : { lane, places, event, told: tell(), sentence: () => sentenceOf(record) }
  }
}
