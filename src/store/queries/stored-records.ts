import { isObject } from '../../model/json.ts'
import type { Micros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { count, text } from '../columns.ts'
import type { StoredRecord, StoredRecordQuestion } from '../store.ts'
import { viewColumnsNeeded } from '../view-columns.ts'
import { Bindings } from '../where.ts'
import { kindIn } from './seen.ts'

/** Whether another version of an Event matched is asked of so much time around it: the API server keeps one for an hour. */
const eventMicros: Micros = 3_600_000_000

/**
 * Runtime records or Event objects of a range with their bodies, in order of time; those of one moment as they were received, versions
 * of one moment as they were made. At least those that the predicate is true of: it is over what rules see, and only what
 * columns say of that narrows the search. Of an Event object each version comes where one of them is meant.
 */
export async function* storedRecords(client: Client, question: StoredRecordQuestion): AsyncGenerator<StoredRecord> {
  const { kind, predicate, from, to } = question
  const bindings = new Bindings()
  const needed = viewColumnsNeeded(kind, predicate, bindings)
  const narrowed =
    needed === undefined
      ? ''
      : kind === 'runtime'
        ? ` AND ${needed}`
        : ` AND uid IN (SELECT uid FROM events WHERE ${kindIn(kind, from - eventMicros, to + eventMicros, bindings)} AND ${needed})`
  const range = `time >= ${bindings.time(from)} AND time < ${bindings.time(to)}`
  // Bodies are kept by time and mark alone: those of other kinds are told apart by what they hold.
  const isOfKind = `NOT JSONHas(body, 'auditID') AND JSONExtractString(body, 'kind') ${kind === 'event' ? '=' : '!='} 'Event'`
  const rows = client.stream(
    `WITH told AS (
       SELECT time, mark, any(received_at) AS received, any(cluster) AS of_cluster, any(source) AS of_source,
              any(user_agent) AS agent, any(lower(hex(uid))) AS digits
       FROM events WHERE ${kindIn(kind, from, to, bindings)}${narrowed} GROUP BY time, mark
     )
     SELECT toUnixTimestamp64Micro(time) AS micros, body, toUnixTimestamp64Micro(received) AS received_micros, of_cluster,
            of_source, agent, digits,
            ${kind === 'event' ? `toUInt64OrZero(JSONExtractString(body, 'metadata', 'resourceVersion'))` : '0'} AS version
     FROM (
       SELECT time, mark, body FROM event_bodies
       PREWHERE ${range} AND (time, mark) IN (SELECT time, mark FROM told)
       WHERE ${isOfKind}
       LIMIT 1 BY time, mark
     ) AS bodies
     ANY INNER JOIN told USING (time, mark)
     ORDER BY time, received, version, mark`,
    bindings.params,
  )
  for await (const row of rows) {
    const body: unknown = JSON.parse(text(row.body))
    if (!isObject(body)) continue
    yield {
      uid: text(row.digits),
      time: count(row.micros),
      receivedAt: count(row.received_micros),
      cluster: text(row.of_cluster),
      source: text(row.of_source),
      agent: text(row.agent),
      body,
    }
  }
}
