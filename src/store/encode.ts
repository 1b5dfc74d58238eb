import { type EventLine, eventLineOf, isEventObject } from '../model/event-row.ts'
import { isObject, type JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { BulwarkRecord, PlacedRecord, RecordPosition } from '../model/record.ts'
import type { Micros } from '../model/time.ts'

export const tables = ['events', 'event_bodies', 'gaps', 'object_versions'] as const
export type Table = (typeof tables)[number]

/** Rows of one table that go into one partition, as lines of JSON. */
export interface EncodedPart {
  readonly table: Table
  /** UTC day of receipt as days since 1970: the partition. */
  readonly day: number
  readonly lines: readonly string[]
}

/**
 * The rows of a block, apart by table and partition. The same block always gives the same parts in the same order.
 */
export const encodeBlock = (records: readonly PlacedRecord[]): readonly EncodedPart[] => {
  const parts = new Map<string, { readonly table: Table; readonly day: number; readonly lines: string[] }>()
  const add = (table: Table, receivedAt: Micros, row: Readonly<Record<string, JsonValue>>) => {
    const day = Math.floor(storedTime(receivedAt) / 86_400_000_000)
    const key = `${table}/${day}`
    const part = parts.get(key) ?? { table, day, lines: [] }
    if (part.lines.length === 0) parts.set(key, part)
    part.lines.push(encodeRow(row))
  }
  for (const { position, record } of records) {
    const line = eventLineOf(record)
    if (line) {
      const key = keyColumns(line)
      add('events', record.receivedAt, eventColumns(record, line, key))
      if (record.kind === 'gap') {
        add('gaps', record.receivedAt, {
          ...key,
          gap_from: decimalSeconds(record.from),
          cluster: record.cluster,
          source: record.source,
          reason: record.reason,
          what: record.what,
          estimate: estimateOf(record.estimate),
        })
      } else {
        const { time, mark, received_at } = key
        const body = record.kind === 'audit' ? record.event : record.body
        add('event_bodies', record.receivedAt, { time, mark, received_at, body: JSON.stringify(body) })
      }
    } else if (record.kind === 'object' && !isEventObject(record)) {
      add('object_versions', record.receivedAt, objectColumns(record, position))
    }
  }
  return [...parts.values()]
}

/**
 * A lone half of a surrogate pair has no UTF-8: it becomes U+FFFD. (Inside a body it stands as an escape of the body's
 * own JSON, and stays as it is.)
 */
const encodeRow = (row: Readonly<Record<string, JsonValue>>): string => {
  const line = JSON.stringify(row)
  if (!line.includes('\\ud')) return line
  return JSON.stringify(row, (_, value: unknown) => (typeof value === 'string' ? value.toWellFormed() : value))
}

/** What DateTime64(6) holds and numbers hold exactly: 1970 to 2255. */
const storedTime = (time: Micros): Micros => Math.min(Math.max(Math.trunc(time), 0), 9_000_000_000_000_000)

/** Seconds with six digits: the form of DateTime64 that no time zone and no size of the number makes ambiguous. */
const decimalSeconds = (time: Micros): string => {
  const digits = String(storedTime(time)).padStart(7, '0')
  return `${digits.slice(0, -6)}.${digits.slice(-6)}`
}

const keyColumns = ({ identity, receivedAt }: EventLine) => ({
  time: decimalSeconds(identity.time),
  uid: identity.uid,
  mark: identity.mark,
  received_at: decimalSeconds(receivedAt),
})

const eventColumns = (
  record: BulwarkRecord,
  { identity, fields, message }: EventLine,
  key: ReturnType<typeof keyColumns>,
) => {
  const answered = record.kind === 'audit' ? answeredObject(record.event.responseObject) : undefined
  return {
    ...key,
    kind: identity.kind,
    cluster: fields.cluster,
    source: fields.source,
    user: fields.user,
    impersonated_user: fields.impersonatedUser,
    verb: fields.verb,
    api_group: fields.group,
    resource: fields.resource,
    subresource: fields.subresource,
    namespace: fields.namespace,
    name: fields.name,
    code: fields.code,
    decision: fields.decision,
    reason: fields.reason,
    level: fields.level,
    stage: fields.stage,
    source_ip: fields.sourceIp,
    user_agent: fields.userAgent,
    request_uri: fields.requestUri,
    message,
    response_uid: answered?.uid ?? '',
    response_version: answered?.version ?? '',
  }
}

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

const objectColumns = (version: ObjectVersion, position: RecordPosition) => ({
  cluster: version.cluster,
  source: version.source,
  api_group: version.ref.group,
  api_version: version.ref.version,
  kind: version.ref.kind,
  resource: version.ref.resource,
  namespace: version.ref.namespace,
  name: version.ref.name,
  uid: version.uid,
  resource_version: version.resourceVersion,
  time: decimalSeconds(version.time),
  received_at: decimalSeconds(version.receivedAt),
  seq: position.seq,
  place: position.index,
  change: version.change,
  synthesised: version.synthesised,
  body: JSON.stringify(version.body),
})
