import type { Gap, RuntimeRecord } from '../../model/record.ts'
import type { Micros } from '../../model/time.ts'

/** What a sensor left out, as one of its own notices tells. */
export interface LeftOut {
  /** For a person, behind the name of the sensor and its node: `could not keep up and dropped system calls`. */
  readonly what: string
  /** Undefined where it does not say how many. */
  readonly events: number | undefined
  /** The time up to the notice in which it was left out. */
  readonly micros: Micros
}

/** The gap that a notice tells of. */
export const gapOf = (
  { time, receivedAt, cluster, source, node }: RuntimeRecord,
  sensor: string,
  { what, events, micros }: LeftOut,
): Gap => ({
  kind: 'gap',
  time,
  receivedAt,
  cluster,
  source,
  from: time - micros,
  to: time,
  reason: 'dropped-at-source',
  what: `${sensor} on ${node === '' ? 'a node' : node} ${what}`,
  estimate: events,
})
