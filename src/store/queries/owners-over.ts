import type { ObjectVersion } from '../../model/object.ts'
import type { Micros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { count } from '../columns.ts'
import { Bindings } from '../where.ts'
import { stateSql } from './state-at.ts'
import { toObjectVersion, versionColumns } from './version-columns.ts'

/** Pods, what makes them, and objects of custom kinds, which may own those. */
const owners = `(kind IN ('Pod', 'ReplicationController', 'Deployment', 'ReplicaSet', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob')
  OR (position(api_group, '.') > 0 AND NOT endsWith(api_group, '.k8s.io')))`

/** A query holds so many versions, and is over before any of them is looked at. */
const versionsOfSlice = 2000

/**
 * Pods and what may own them: those that there were at `from`, then their versions until `to`, in the order in which they
 * were observed.
 */
export async function* ownersOver(client: Client, from: Micros, to: Micros): AsyncGenerator<ObjectVersion> {
  const bindings = new Bindings()
  const before = stateSql(`${owners} AND time <= ${bindings.time(from)}`)
  for await (const row of client.stream(before, bindings.params)) yield toObjectVersion(row)
  for (let after = { time: from, seq: Number.MAX_SAFE_INTEGER, place: 0 }; ; ) {
    const next = await slice(client, after, to)
    yield* next.map(({ version }) => version)
    const last = next.at(-1)
    if (last === undefined || next.length < versionsOfSlice) return
    after = last.key
  }
}

interface Key {
  readonly time: Micros
  readonly seq: number
  readonly place: number
}

const slice = async (
  client: Client,
  { time, seq, place }: Key,
  to: Micros,
): Promise<readonly { readonly key: Key; readonly version: ObjectVersion }[]> => {
  const bindings = new Bindings()
  const { rows } = await client.select(
    `SELECT ${versionColumns}, body FROM object_versions
     WHERE ${owners} AND time >= ${bindings.time(time)} AND time < ${bindings.time(to)}
       AND (time, seq, place) > (${bindings.time(time)}, ${bindings.add(seq, 'UInt64')}, ${bindings.add(place, 'UInt32')})
     ORDER BY time, seq, place LIMIT ${versionsOfSlice}`,
    bindings.params,
  )
  return rows.map((row) => ({
    key: { time: count(row.micros), seq: count(row.seq), place: count(row.place) },
    version: toObjectVersion(row),
  }))
}
