import { type EventLine, eventLineOf, isEventObject } from '../model/event-row.ts'
import { isObject, type JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { AuditRecord, BulwarkRecord, Gap, PlacedRecord, RecordPosition } from '../model/record.ts'
import type { Micros } from '../model/time.ts'

export const tables = ['events', 'event_bodies', 'gaps', 'object_versions'] as const
export type Table = (typeof tables)[number]

/** Columns of a table in the order of the values of an encoded line. */
export const columnsOf: Readonly<Record<Table, readonly string[]>> = {
  events: [
    'time',
    'uid',
    'mark',
    'received_at',
    'kind',
    'cluster',
    'source',
    'user',
    'impersonated_user',
    'verb',
    'api_group',
    'resource',
    'subresource',
    'namespace',
    'name',
    'code',
    'decision',
    'reason',
    'level',
    'stage',
    'source_ip',
    'user_agent',
    'request_uri',
    'message',
    'response_uid',
    'response_version',
  ],
  event_bodies: ['time', 'mark', 'received_at', 'body'],
  gaps: ['time', 'uid', 'mark', 'received_at', 'gap_from', 'cluster', 'source', 'reason', 'what', 'estimate'],
  object_versions: [
    'cluster',
    'source',
    'api_group',
    'api_version',
    'kind',
    'resource',
    'namespace',
    'name',
    'uid',
    'resource_version',
    'time',
    'received_at',
    'seq',
    'place',
    'change',
    'synthesised',
    'body',
  ],
}

/** Rows of one table that go into one partition, each a line of JSON with the values of {@link columnsOf}. */
export interface EncodedPart {
  readonly table: Table
  /** UTC day of receipt as days since 1970: the partition. */
  readonly day: number
  readonly lines: readonly string[]
}

type Values = readonly (string | number | boolean | null)[]

/**
 * The rows of a block, apart by table and partition. The same block always gives the same parts in the same order.
 */
export const encodeBlock = (records: readonly PlacedRecord[]): readonly EncodedPart[] => {
  const parts = new Map<string, { readonly table: Table; readonly day: number; readonly lines: string[] }>()
  const add = (table: Table, receivedAt: Micros, values: Values) => {
    const day = Math.floor(storedTime(receivedAt) / 86_400_000_000)
    const key = `${table}/${day}`
    const part = parts.get(key)
    if (part) part.lines.push(encodeRow(values))
    else parts.set(key, { table, day, lines: [encodeRow(values)] })
  }
  for (const { position, record } of records) {
    const line = eventLineOf(record)
    if (line) {
      add('events', record.receivedAt, eventValues(record, line))
      if (record.kind === 'gap') add('gaps', record.receivedAt, gapValues(record, line))
      else add('event_bodies', record.receivedAt, bodyValues(record, line))
    } else if (record.kind === 'object' && !isEventObject(record)) {
      add('object_versions', record.receivedAt, objectValues(record, position))
    }
  }
  return [...parts.values()]
}

/**
 * A lone half of a surrogate pair has no UTF-8: it becomes U+FFFD. (Inside a body it stands as an escape of the body's
 * own JSON, and stays as it is.)
 */
const encodeRow = (values: Values): string => {
  const line = JSON.stringify(values)
  if (!line.includes('\\ud')) return line
  return JSON.stringify(values.map((value) => (typeof value === 'string' ? value.toWellFormed() : value)))
}

/** What DateTime64(6) holds and numbers hold exactly: 1970 to 2255. */
const storedTime = (time: Micros): Micros => Math.min(Math.max(Math.trunc(time), 0), 9_000_000_000_000_000)

/** Seconds with six digits: the form of DateTime64 that no time zone and no size of the number makes ambiguous. */
const decimalSeconds = (time: Micros): string => {
  const digits = String(storedTime(time)).padStart(7, '0')
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`
}

const eventValues = (record: BulwarkRecord, { identity, receivedAt, fields, message }: EventLine): Values => {
  const answered = record.kind === 'audit' ? answeredObject(record.event.responseObject) : undefined
  return [
    decimalSeconds(identity.time),
    identity.uid,
    identity.mark,
    decimalSeconds(receivedAt),
    identity.kind,
    fields.cluster,
    fields.source,
    fields.user,
    fields.impersonatedUser,
    fields.verb,
    fields.group,
    fields.resource,
    fields.subresource,
    fields.namespace,
    fields.name,
    fields.code,
    fields.decision,
    fields.reason,
    fields.level,
    fields.stage,
    fields.sourceIp,
    fields.userAgent,
    fields.requestUri,
    message,
    answered?.uid ?? '',
    answered?.version ?? '',
  ]
}

const bodyValues = (record: AuditRecord | ObjectVersion, { identity, receivedAt }: EventLine): Values => [
  decimalSeconds(identity.time),
  identity.mark,
  decimalSeconds(receivedAt),
  JSON.stringify(record.kind === 'audit' ? record.event : record.body),
]

const gapValues = (gap: Gap, { identity, receivedAt }: EventLine): Values => [
  decimalSeconds(identity.time),
  identity.uid,
  identity.mark,
  decimalSeconds(receivedAt),
  decimalSeconds(gap.from),
  gap.cluster,
  gap.source,
  gap.reason,
  gap.what,
  estimateOf(gap.estimate),
]

const answeredObject = (
  answer: JsonValue | undefined,
): { readonly uid: string; readonly version: string } | undefined => {
  const metadata = isObject(answer) ? answer.metadata : undefined
  if (!isObject(metadata)) return undefined
  const { uid, resourceVersion } = metadata
  return typeof uid === 'string' && typeof resourceVersion === 'string' ? { uid, version: resourceVersion } : undefined
}

const estimateOf = (estimate: number | undefined): number | null =>
  estimate !== undefined && estimate >= 0 && Number.isFinite(estimate) ? Math.round(estimate) : null

const objectValues = (version: ObjectVersion, position: RecordPosition): Values => [
  version.cluster,
  version.source,
  version.ref.group,
  version.ref.version,
  version.ref.kind,
  version.ref.resource,
  version.ref.namespace,
  version.ref.name,
  version.uid,
  version.resourceVersion,
  decimalSeconds(version.time),
  decimalSeconds(version.receivedAt),
  position.seq,
  position.index,
  version.change,
  version.synthesised,
  JSON.stringify(version.body),
]
