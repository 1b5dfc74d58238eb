import type { Client } from './client.ts'
import { text } from './columns.ts'
import type { StoreSettings } from './store.ts'
import { Bindings } from './where.ts'

/**
 * Holds the store to its retention. Tables of events end by TTL; object versions are dropped by the day, after the
 * newest version of each live object was carried into today: an object that nobody touched for a year still exists.
 */
export const applyRetention = async (client: Client, settings: StoreSettings): Promise<void> => {
  await setTtl(client, 'events', settings.retentionDays)
  await setTtl(client, 'gaps', settings.retentionDays)
  await setTtl(client, 'event_bodies', Math.min(settings.bodyRetentionDays, settings.retentionDays))
  await dropOldVersions(client, settings.retentionDays)
}

const setTtl = async (client: Client, table: 'events' | 'gaps' | 'event_bodies', days: number): Promise<void> => {
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

const dropOldVersions = async (client: Client, days: number): Promise<void> => {
  const bindings = new Bindings()
  const { rows } = await client.select(
    `SELECT DISTINCT partition_id AS day FROM system.parts
     WHERE active AND database = currentDatabase() AND table = 'object_versions'
       AND toUInt32OrZero(partition_id) < toYYYYMMDD(toStartOfDay(now('UTC')) - toIntervalDay(${bindings.add(Math.trunc(days), 'UInt32')}))
     ORDER BY day`,
    bindings.params,
  )
  for (const row of rows) {
    const day = text(row.day)
    if (/^\d{8}$/.test(day)) await dropDay(client, day)
  }
}

/** Both steps can be run again after a crash between them: what was carried twice is the same row. */
const dropDay = async (client: Client, day: string): Promise<void> => {
  await client.command(
    `INSERT INTO object_versions SELECT * REPLACE (now64(6, 'UTC') AS received_at) FROM object_versions
     WHERE toYYYYMMDD(received_at) = ${day} AND change != 'deleted'
       AND (kind, api_group, namespace, name, cluster, time, seq, place) IN (
         SELECT kind, api_group, namespace, name, cluster, last.1, last.2, last.3
         FROM (
           SELECT kind, api_group, namespace, name, cluster, max((time, seq, place)) AS last
           FROM object_versions GROUP BY kind, api_group, namespace, name, cluster
         )
       )`,
  )
  await client.command(`ALTER TABLE object_versions DROP PARTITION ID '${day}'`)
}
