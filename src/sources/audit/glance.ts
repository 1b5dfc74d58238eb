import { type Micros, parseMicros } from '../../model/time.ts'

/** What can be told of a batch without parsing it. */
export interface Glance {
  readonly isEventList: boolean
  readonly events: number
  /** `stageTimestamp` of the last event in it. */
  readonly newest: Micros | undefined
}

const stamp = '"stageTimestamp":"'

/** Looks at a batch as the API server writes it; a hundred times cheaper than parsing, and good enough for a status. */
export const glance = (bytes: Buffer): Glance => {
  let events = 0
  for (let at = bytes.indexOf('"auditID":'); at >= 0; at = bytes.indexOf('"auditID":', at + 10)) events++
  const last = bytes.lastIndexOf(stamp)
  const from = last + stamp.length
  const to = last < 0 ? -1 : bytes.indexOf('"', from)
  return {
    isEventList: bytes.subarray(0, 512).includes('"EventList"'),
    events,
    newest: to < 0 || to - from > 40 ? undefined : parseMicros(bytes.toString('latin1', from, to)),
  }
}
