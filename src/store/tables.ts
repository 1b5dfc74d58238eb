/** What of a record stands in which column. Names and types are those of schema/. */
import type { EventLine } from '../model/event-row.ts'
import { isObject, type JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { BulwarkRecord, Gap, RecordPosition } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import { type Column, column } from './native/block.ts'
import {
  bool,
  instant,
  nullableUint64,
  repeatedText,
  text,
  uint16,
  uint32,
  uint64,
  uuid,
} from './native/column-types.ts'

export const tables = ['events', 'event_bodies', 'gaps', 'object_versions'] as const
export type Table = (typeof tables)[number]

/** A record that is an event, with its line. */
export interface EventOf<Kind extends BulwarkRecord = BulwarkRecord> {
  readonly record: Kind
  readonly line: EventLine
}

export const eventColumns: readonly Column<EventOf>[] = [
  column('time', instant, ({ line }) => storedTime(line.identity.time)),
  column('uid', uuid, ({ line }) => line.identity.uid),
  column('mark', uint32, ({ line }) => line.identity.mark),
  column('received_at', instant, ({ line }) => storedTime(line.receivedAt)),
  column('kind', repeatedText, ({ line }) => line.identity.kind),
  column('cluster', repeatedText, ({ line }) => line.fields.cluster),
  column('source', repeatedText, ({ line }) => line.fields.source),
  column('user', repeatedText, ({ line }) => line.fields.user),
  column('impersonated_user', repeatedText, ({ line }) => line.fields.impersonatedUser),
  column('verb', repeatedText, ({ line }) => line.fields.verb),
  column('api_group', repeatedText, ({ line }) => line.fields.group),
  column('resource', repeatedText, ({ line }) => line.fields.resource),
  column('subresource', repeatedText, ({ line }) => line.fields.subresource),
  column('namespace', repeatedText, ({ line }) => line.fields.namespace),
  column('name', text, ({ line }) => line.fields.name),
  column('code', uint16, ({ line }) => line.fields.code),
  column('decision', repeatedText, ({ line }) => line.fields.decision),
  column('reason', repeatedText, ({ line }) => line.fields.reason),
  column('level', repeatedText, ({ line }) => line.fields.level),
  column('stage', repeatedText, ({ line }) => line.fields.stage),
  column('source_ip', repeatedText, ({ line }) => line.fields.sourceIp),
  column('user_agent', repeatedText, ({ line }) => line.fields.userAgent),
  column('request_uri', text, ({ line }) => line.fields.requestUri),
  column('message', text, ({ line }) => line.message),
  column('response_uid', text, ({ record }) => answeredObject(record)?.uid ?? ''),
  column('response_version', text, ({ record }) => answeredObject(record)?.version ?? ''),
  column('node', repeatedText, ({ line }) => line.fields.node),
  column('container', repeatedText, ({ line }) => line.fields.container),
  column('image', repeatedText, ({ line }) => line.fields.image),
  column('process', text, ({ line }) => line.fields.process),
]

export const bodyColumns: readonly Column<EventOf<Exclude<BulwarkRecord, Gap>>>[] = [
  column('time', instant, ({ line }) => storedTime(line.identity.time)),
  column('mark', uint32, ({ line }) => line.identity.mark),
  column('received_at', instant, ({ line }) => storedTime(line.receivedAt)),
  // A lone half of a surrogate pair stands in it as an escape of JSON, and stays as it is.
  column('body', text, ({ record }) => JSON.stringify(record.kind === 'object' ? record.body : record.event)),
]

export const gapColumns: readonly Column<EventOf<Gap>>[] = [
  column('time', instant, ({ line }) => storedTime(line.identity.time)),
  column('uid', uuid, ({ line }) => line.identity.uid),
  column('mark', uint32, ({ line }) => line.identity.mark),
  column('received_at', instant, ({ line }) => storedTime(line.receivedAt)),
  column('gap_from', instant, ({ record }) => storedTime(record.from)),
  column('cluster', repeatedText, ({ record }) => record.cluster),
  column('source', repeatedText, ({ record }) => record.source),
  column('reason', repeatedText, ({ record }) => record.reason),
  column('what', text, ({ record }) => record.what),
  column('estimate', nullableUint64, ({ record }) => estimateOf(record.estimate)),
]

/** A version of an object with its place in the spool. */
export interface PlacedVersion {
  readonly version: ObjectVersion
  readonly position: RecordPosition
}

export const versionColumns: readonly Column<PlacedVersion>[] = [
  column('cluster', repeatedText, ({ version }) => version.cluster),
  column('source', repeatedText, ({ version }) => version.source),
  column('api_group', repeatedText, ({ version }) => version.ref.group),
  column('api_version', repeatedText, ({ version }) => version.ref.version),
  column('kind', repeatedText, ({ version }) => version.ref.kind),
  column('resource', repeatedText, ({ version }) => version.ref.resource),
  column('namespace', repeatedText, ({ version }) => version.ref.namespace),
  column('name', text, ({ version }) => version.ref.name),
  column('uid', text, ({ version }) => version.uid),
  column('resource_version', text, ({ version }) => version.resourceVersion),
  column('time', instant, ({ version }) => storedTime(version.time)),
  column('received_at', instant, ({ version }) => storedTime(version.receivedAt)),
  column('seq', uint64, ({ position }) => position.seq),
  column('place', uint32, ({ position }) => position.index),
  column('change', repeatedText, ({ version }) => version.change),
  column('synthesised', bool, ({ version }) => version.synthesised),
  column('body', text, ({ version }) => JSON.stringify(version.body)),
]

/** What DateTime64(6) holds and numbers hold exactly: 1970 to 2255. */
export const storedTime = (time: Micros): Micros => Math.min(Math.max(Math.trunc(time), 0), 9_000_000_000_000_000)

/** The object that the answer of a request carries, where the audit level has it and it is one. */
const answeredObject = (record: BulwarkRecord): { readonly uid: string; readonly version: string } | undefined => {
  const answer: JsonValue | undefined = record.kind === 'audit' ? record.event.responseObject : undefined
  const metadata = isObject(answer) ? answer.metadata : undefined
  if (!isObject(metadata)) return undefined
  const { uid, resourceVersion } = metadata
  return typeof uid === 'string' && typeof resourceVersion === 'string' ? { uid, version: resourceVersion } : undefined
}

const estimateOf = (estimate: number | undefined): number | undefined =>
  estimate !== undefined && estimate >= 0 ? Math.min(Math.round(estimate), Number.MAX_SAFE_INTEGER) : undefined
