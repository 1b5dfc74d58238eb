import { type Glance, lastMoment, occurrences } from '../intake/glance.ts'

/** Looks at a batch of audit events, as the API server or a cloud writes it: in text within JSON quotes are escaped. */
export const glance = (bytes: Buffer): Glance => {
  const plain = occurrences(bytes, '"auditID"')
  const events = plain > 0 ? plain : occurrences(bytes, '\\"auditID\\"') + occurrences(bytes, '"protoPayload"')
  const isEmptyList = events === 0 && bytes.subarray(0, 512).includes('"EventList"')
  return { isExpected: events > 0 || isEmptyList, events, newest: lastMoment(bytes, 'stageTimestamp') }
}
