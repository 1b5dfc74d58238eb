import type { Timeline } from '../../model/answer.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { count, moment, oneOf, text } from '../columns.ts'
import { tables } from '../encode.ts'
import type { RecordWindow, SourceCount } from '../store.ts'
import { Bindings } from '../where.ts'
import { gapsIn } from './gaps-in.ts'
import { gridOf } from './histogram.ts'

/** First and last moment of anything kept, and how much that is. */
export const recordWindow = async (client: Client): Promise<RecordWindow | undefined> => {
  const { rows } = await client.select(
    `SELECT min(first) AS oldest, max(last) AS newest, sumIf(n, t = 'events') AS events, sumIf(n, t = 'object_versions') AS versions
     FROM (
       SELECT 'events' AS t, count() AS n, toUnixTimestamp64Micro(min(time)) AS first, toUnixTimestamp64Micro(max(time)) AS last FROM events FINAL HAVING n > 0
       UNION ALL
       SELECT 'object_versions' AS t, count() AS n, toUnixTimestamp64Micro(min(time)) AS first, toUnixTimestamp64Micro(max(time)) AS last FROM object_versions FINAL HAVING n > 0
     )`,
  )
  const disk = await client.select(
    `SELECT sum(bytes_on_disk) AS bytes FROM system.parts
     WHERE active AND database = currentDatabase() AND table IN (${tables.map((table) => `'${table}'`).join(', ')})`,
  )
  const [row = {}] = rows
  if (count(row.events) + count(row.versions) === 0) return undefined
  return {
    from: moment(row.oldest),
    to: moment(row.newest),
    events: count(row.events),
    objectVersions: count(row.versions),
    bytesOnDisk: count(disk.rows[0]?.bytes),
  }
}

/** What each source gave in a range of the records' own time. */
export const countsBySource = async (client: Client, from: Micros, to: Micros): Promise<readonly SourceCount[]> => {
  const bindings = new Bindings()
  const range = `time >= ${bindings.time(from)} AND time < ${bindings.time(to)}`
  const { rows } = await client.select(
    `SELECT * FROM (
     SELECT source, cluster, kind, count() AS n, toUnixTimestamp64Micro(max(received_at)) AS last
     FROM events FINAL WHERE ${range} GROUP BY source, cluster, kind
     UNION ALL
     SELECT source, cluster, 'object' AS kind, count() AS n, toUnixTimestamp64Micro(max(received_at)) AS last
     FROM object_versions FINAL WHERE ${range} GROUP BY source, cluster
     ) ORDER BY source, cluster, kind`,
    bindings.params,
  )
  return rows.map((row) => ({
    source: text(row.source),
    cluster: text(row.cluster),
    kind: oneOf(row.kind, ['audit', 'event', 'gap', 'object'], 'audit'),
    count: count(row.n),
    lastReceivedAt: moment(row.last),
  }))
}

/** Counts for the strip of the last hours. */
export const timeline = async (client: Client, from: Micros, to: Micros, wanted: number): Promise<Timeline> => {
  const { start, stepSeconds, buckets } = gridOf(from, Math.max(to, from), wanted)
  const bindings = new Bindings()
  const bucket = `intDiv(toUnixTimestamp64Micro(time) - ${bindings.add(start, 'Int64')}, ${bindings.add(stepSeconds * 1_000_000, 'Int64')}) AS bucket`
  const range = `time >= ${bindings.time(start)} AND time < ${bindings.time(to)}`
  const [events, changes, gaps] = await Promise.all([
    client.select(
      `SELECT ${bucket}, count() AS n, countIf(decision = 'forbid' OR code IN (401, 403)) AS refused
       FROM events FINAL WHERE ${range} AND stage != 'RequestReceived' GROUP BY bucket`,
      bindings.params,
    ),
    client.select(
      `SELECT ${bucket}, count() AS n FROM object_versions FINAL
       WHERE ${range} AND (change != 'listed' OR synthesised) GROUP BY bucket`,
      bindings.params,
    ),
    gapsIn(client, from, to, 100),
  ])
  const spread = (rows: typeof events.rows, column: 'n' | 'refused'): readonly number[] => {
    const counts = new Array<number>(buckets).fill(0)
    for (const row of rows) {
      const index = count(row.bucket)
      if (index >= 0 && index < buckets) counts[index] = count(row[column])
    }
    return counts
  }
  return {
    from: formatMicros(start),
    to: formatMicros(Math.max(to, from)),
    stepSeconds,
    records: spread(events.rows, 'n'),
    forbidden: spread(events.rows, 'refused'),
    changes: spread(changes.rows, 'n'),
    gaps,
  }
}
