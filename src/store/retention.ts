import type { Client } from './client.ts'
import { text } from './columns.ts'
import type { StoreSettings } from './store.ts'
import type { Table } from './tables.ts'
import { Bindings } from './where.ts'

/**
 * Holds the store to its retention. Tables of events end by TTL, which only knows the days set when a part was written,
 * so days that a shorter setting ended are dropped here. Object versions are dropped only here, after the newest version
 * of each live object was carried into today: an object that nobody touched for a year still exists.
 */
export const applyRetention = async (client: Client, settings: StoreSettings): Promise<void> => {
  const days = {
    events: settings.retentionDays,
    gaps: settings.retentionDays,
    event_bodies: Math.min(settings.bodyRetentionDays, settings.retentionDays),
  }
  for (const table of ['events', 'gaps', 'event_bodies'] as const) {
    await setTtl(client, table, days[table])
    for (const day of await daysBefore(client, table, days[table])) await dropDay(client, table, day)
  }
  for (const day of await daysBefore(client, 'object_versions', settings.retentionDays)) {
    await carryForward(client, day)
    await dropDay(client, 'object_versions', day)
  }
}

const setTtl = async (client: Client, table: Table, days: number): Promise<void> => {
  const bindings = new Bindings()
  const { rows } = await client.select(
    `SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = ${bindings.add(table, 'String')}`,
    bindings.params,
  )
  const ttl = `toIntervalDay(${Math.max(1, Math.trunc(days))})`
  if (text(rows[0]?.engine_full).includes(ttl)) return
  // Whole parts are dropped, so nothing needs to be written anew.
  await client.command(
    `ALTER TABLE ${table} MODIFY TTL toDateTime(received_at) + ${ttl} SETTINGS materialize_ttl_after_modify = 0`,
  )
}

/** Partitions received before the retention, oldest first, as `yyyymmdd`. */
const daysBefore = async (client: Client, table: Table, days: number): Promise<readonly string[]> => {
  const bindings = new Bindings()
  const kept = bindings.add(Math.max(1, Math.trunc(days)), 'UInt32')
  const { rows } = await client.select(
    `SELECT DISTINCT partition_id AS day FROM system.parts
     WHERE active AND database = currentDatabase() AND table = ${bindings.add(table, 'String')}
       AND toUInt32OrZero(partition_id) < toYYYYMMDD(toStartOfDay(now('UTC')) - toIntervalDay(${kept}))
     ORDER BY day`,
    bindings.params,
  )
  return rows.map((row) => text(row.day)).filter((day) => /^\d{8}$/.test(day))
}

const dropDay = (client: Client, table: Table, day: string): Promise<void> =>
  client.command(`ALTER TABLE ${table} DROP PARTITION ID '${day}'`)

/** Can be run again after a crash before the day was dropped: what was carried twice is the same row. */
const carryForward = async (client: Client, day: string): Promise<void> => {
  await client.command(
    // The day is chosen inside: outside, received_at is already the new one.
    `INSERT INTO object_versions SELECT * REPLACE (now64(6, 'UTC') AS received_at) FROM (
       SELECT * FROM object_versions
       WHERE toYYYYMMDD(received_at) = ${day} AND change != 'deleted'
         AND (kind, api_group, namespace, name, cluster, time, seq, place) IN (
           SELECT kind, api_group, namespace, name, cluster, last.1, last.2, last.3
           FROM (
             SELECT kind, api_group, namespace, name, cluster, max((time, seq, place)) AS last
             FROM object_versions GROUP BY kind, api_group, namespace, name, cluster
           )
         )
     )`,
  )
}
