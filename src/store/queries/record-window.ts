import { eventKinds, type Timeline } from '../../model/answer.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { count, moment, oneOf, text } from '../columns.ts'
import type { RecordWindow, SourceCount } from '../store.ts'
import { tables } from '../tables.ts'
import { Bindings } from '../where.ts'
import { gapsIn } from './gaps-in.ts'
import { gridOf } from './histogram.ts'

/**
 * First and last moment of anything kept, and how much that is. It is asked often, so it looks at no rows that it can
 * do without: a record that was delivered twice counts twice until it is merged.
 */
export const recordWindow = async (client: Client): Promise<RecordWindow | undefined> => {
  const { rows } = await client.select(
    `SELECT (SELECT count() FROM events) AS events, (SELECT count() FROM object_versions) AS versions,
            (SELECT toUnixTimestamp64Micro(time) FROM events ORDER BY time LIMIT 1) AS first_event,
            (SELECT toUnixTimestamp64Micro(time) FROM events ORDER BY time DESC LIMIT 1) AS last_event,
            (SELECT toUnixTimestamp64Micro(min(time)) FROM object_versions) AS first_version,
            (SELECT toUnixTimestamp64Micro(max(time)) FROM object_versions) AS last_version,
            (SELECT sum(bytes_on_disk) FROM system.parts
             WHERE active AND database = currentDatabase() AND table IN (${tables.map((table) => `'${table}'`).join(', ')})) AS bytes`,
  )
  const [row = {}] = rows
  const events = count(row.events)
  const objectVersions = count(row.versions)
  const known = [
    ...(events > 0 ? [count(row.first_event), count(row.last_event)] : []),
    ...(objectVersions > 0 ? [count(row.first_version), count(row.last_version)] : []),
  ]
  if (known.length === 0) return undefined
  return {
    from: formatMicros(Math.min(...known)),
    to: formatMicros(Math.max(...known)),
    events,
    objectVersions,
    bytesOnDisk: count(row.bytes),
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
    kind: oneOf(row.kind, [...eventKinds, 'object'] as const, 'audit'),
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
