/** What kinds of requests the audit log of a range tells of: what coverage and back-tests are judged by. */
import { hiddenStage, lowerAscii } from '../../model/query/index.ts'
import type { Micros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { count, text } from '../columns.ts'
import { clampLimit } from '../questions.ts'
import type { RecordKind, SeenField, SeenRequest } from '../store.ts'
import { Bindings, columnOf } from '../where.ts'

const mostRows = 5000

/**
 * Whether an event has its bodies is told by its level: Request and RequestResponse keep that of the request,
 * RequestResponse that of the answer (k8s.io/apiserver pkg/apis/audit/types.go).
 */
export const seenRequests = async (client: Client, from: Micros, to: Micros): Promise<readonly SeenRequest[]> => {
  const bindings = new Bindings()
  const { rows } = await client.select(
    `WITH (SELECT if(count() = 0, toDateTime64('2299-01-01 00:00:00', 6, 'UTC'), min(received_at)) FROM event_bodies) AS kept
     SELECT resource, subresource, verb, count() AS events,
            countIf(level IN ('Request', 'RequestResponse')) AS with_request,
            countIf(level = 'RequestResponse') AS with_response,
            countIf(received_at < kept) AS without_body
     FROM events WHERE ${auditIn(from, to, bindings)} AND stage != '${hiddenStage}'
     GROUP BY resource, subresource, verb ORDER BY events DESC LIMIT ${mostRows}`,
    bindings.params,
  )
  return rows.map((row) => ({
    resource: text(row.resource),
    subresource: text(row.subresource),
    verb: text(row.verb),
    events: count(row.events),
    withRequest: count(row.with_request),
    withResponse: count(row.with_response),
    withoutBody: count(row.without_body),
  }))
}

const valuesOfQuery = 500

export const seenValues = async (
  client: Client,
  kind: RecordKind,
  field: SeenField,
  values: readonly string[],
  from: Micros,
  to: Micros,
): Promise<ReadonlySet<string>> => {
  const seen = new Set<string>()
  for (let start = 0; start < values.length; start += valuesOfQuery) {
    const bindings = new Bindings()
    const asked = values.slice(start, start + valuesOfQuery)
    const list = asked.map((value) => bindings.add(lowerAscii(value), 'String')).join(', ')
    const { rows } = await client.select(
      `SELECT DISTINCT lower(${columnOf[field]}) AS value FROM events
       WHERE ${kindIn(kind, from, to, bindings)} AND lower(${columnOf[field]}) IN (${list})`,
      bindings.params,
    )
    const found = new Set(rows.map((row) => text(row.value)))
    for (const value of asked) if (found.has(lowerAscii(value))) seen.add(value)
  }
  return seen
}

export const seenClusters = async (
  client: Client,
  kind: RecordKind,
  from: Micros,
  to: Micros,
): Promise<readonly string[]> => {
  const bindings = new Bindings()
  const { rows } = await client.select(
    `SELECT DISTINCT cluster FROM events WHERE ${kindIn(kind, from, to, bindings)} ORDER BY cluster`,
    bindings.params,
  )
  return rows.map((row) => text(row.cluster))
}

export const recordCounts = async (
  client: Client,
  kind: RecordKind,
  from: Micros,
  to: Micros,
  parts: number,
): Promise<readonly number[]> => {
  const counts = new Array<number>(clampLimit(parts, 500)).fill(0)
  const bindings = new Bindings()
  const [began, length] = [bindings.add(from, 'Int64'), bindings.add(Math.max(to - from, 1), 'Int64')]
  const { rows } = await client.select(
    `SELECT intDiv((toUnixTimestamp64Micro(time) - ${began}) * ${counts.length}, ${length}) AS part, count() AS n
     FROM events WHERE ${kindIn(kind, from, to, bindings)} GROUP BY part`,
    bindings.params,
  )
  for (const row of rows) counts[count(row.part)] = count(row.n)
  return counts
}

/** Received before the oldest body that is still kept. */
export const withoutBodies = async (client: Client, kind: RecordKind, from: Micros, to: Micros): Promise<number> => {
  const bindings = new Bindings()
  const { rows } = await client.select(
    `SELECT count() AS n FROM events WHERE ${kindIn(kind, from, to, bindings)}
     AND received_at < (SELECT if(count() = 0, toDateTime64('2299-01-01 00:00:00', 6, 'UTC'), min(received_at)) FROM event_bodies)`,
    bindings.params,
  )
  return count(rows[0]?.n ?? 0)
}

const auditIn = (from: Micros, to: Micros, bindings: Bindings): string => kindIn('audit', from, to, bindings)

/** The condition on table `events` that says: of this kind, and of this half-open range. */
export const kindIn = (kind: RecordKind, from: Micros, to: Micros, bindings: Bindings): string =>
  `kind = ${bindings.add(kind, 'String')} AND time >= ${bindings.time(from)} AND time < ${bindings.time(to)}`
