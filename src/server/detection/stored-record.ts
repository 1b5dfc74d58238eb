/** Runtime records and Event objects as they were when they came in, made of what the store or a recording keeps of them. */

import { asText, isObject } from '../../model/json.ts'
import { type KubernetesObject, type ObjectVersion, splitApiVersion } from '../../model/object.ts'
import type { RuntimeRecord } from '../../model/record.ts'
import { readFalcoAlert } from '../../sources/falco/index.ts'
import { readTetragonEvent } from '../../sources/tetragon/index.ts'
import type { StoredRecord } from '../../store/index.ts'

/** A text says why it is none. */
export const runtimeRecordOf = (stored: StoredRecord): RuntimeRecord | string => {
  const { agent, body, uid, time } = stored
  const record = agent === 'falco' ? readFalcoAlert(body, stored) : readTetragonEvent(body, stored)
  // The id of what was redacted is not that of what is left, and an event without a time of its own has that of its receipt.
  return typeof record === 'string' ? record : { ...record, time, eventId: uid }
}

/**
 * Its time is that of what it tells: of that the record has it, and not when its version was seen first.
 */
export const eventVersionOf = ({ body, time, receivedAt, cluster, source, uid }: StoredRecord): ObjectVersion => {
  const metadata = isObject(body.metadata) ? body.metadata : {}
  return {
    kind: 'object',
    time,
    receivedAt,
    cluster,
    source,
    ref: {
      ...splitApiVersion(asText(body.apiVersion) || 'v1'),
      kind: 'Event',
      resource: 'events',
      namespace: asText(metadata.namespace),
      name: asText(metadata.name),
    },
    uid: asText(metadata.uid) || uid,
    resourceVersion: asText(metadata.resourceVersion),
    change: 'modified',
    synthesised: false,
    // Kept of an ObjectVersion, so it is an object again.
    body: body as KubernetesObject,
  }
}
