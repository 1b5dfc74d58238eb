import type { ObjectVersionRow } from '../../model/answer.ts'
import type { JsonObject } from '../../model/json.ts'
import { changes, type KubernetesObject, type ObjectRef, type ObjectVersion } from '../../model/object.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import { count, oneOf, text } from '../columns.ts'

/** What to select from `object_versions` for {@link toVersion}; add `body` for {@link toObjectVersion}. */
export const versionColumns = `cluster, source, api_group, api_version, kind, resource, namespace, name, uid,
  resource_version, toUnixTimestamp64Micro(time) AS micros, toUnixTimestamp64Micro(received_at) AS received_micros,
  seq, place, change, synthesised`

/** Where a version stands: its moment, and its place in the spool among those of the same moment. */
export interface VersionKey {
  readonly time: Micros
  readonly seq: number
  readonly place: number
}

/** A version as read, before the request that made it is looked for. */
export interface Version {
  readonly key: VersionKey
  readonly row: Omit<ObjectVersionRow, 'madeBy' | 'madeByHow'>
}

const idForm = /^v([0-9a-z]{1,11})-([0-9a-z]{1,11})-([0-9a-z]{1,7})$/

export const formatVersionId = ({ time, seq, place }: VersionKey): string =>
  `v${time.toString(36)}-${seq.toString(36)}-${place.toString(36)}`

export const parseVersionId = (id: string): VersionKey | undefined => {
  const [, time, seq, place] = idForm.exec(id) ?? []
  if (time === undefined || seq === undefined || place === undefined) return undefined
  return { time: parseInt(time, 36), seq: parseInt(seq, 36), place: parseInt(place, 36) }
}

export const toVersion = (row: JsonObject): Version => {
  const key = { time: count(row.micros), seq: count(row.seq), place: count(row.place) }
  return {
    key,
    row: {
      id: formatVersionId(key),
      ref: refOf(row),
      uid: text(row.uid),
      resourceVersion: text(row.resource_version),
      time: formatMicros(key.time),
      change: oneOf(row.change, changes, 'listed'),
      synthesised: row.synthesised === true,
    },
  }
}

export const toObjectVersion = (row: JsonObject): ObjectVersion => {
  const body: unknown = JSON.parse(text(row.body))
  return {
    kind: 'object',
    time: count(row.micros),
    receivedAt: count(row.received_micros),
    cluster: text(row.cluster),
    source: text(row.source),
    ref: refOf(row),
    uid: text(row.uid),
    resourceVersion: text(row.resource_version),
    change: oneOf(row.change, changes, 'listed'),
    synthesised: row.synthesised === true,
    // Written by `encodeBlock` from an ObjectVersion, so it is an object again.
    body: body as KubernetesObject,
  }
}

const refOf = (row: JsonObject): ObjectRef => ({
  group: text(row.api_group),
  version: text(row.api_version),
  kind: text(row.kind),
  resource: text(row.resource),
  namespace: text(row.namespace),
  name: text(row.name),
})
