import type { EventRow, ObjectVersionRow } from '../../model/answer.ts'
import type { JsonObject } from '../../model/json.ts'
import { parseMicros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { text } from '../columns.ts'
import { Bindings } from '../where.ts'
import { eventColumns, toEventRow } from './event-columns.ts'
import type { Version } from './version-columns.ts'

/** A request that changed something, with what its answer told of the object. */
export interface Write {
  readonly row: EventRow
  readonly responseUid: string
  readonly responseVersion: string
}

/** How far a request and the version it made may lie apart when only name and time join them. */
const nearMicros = 5_000_000
const maxWrites = 5000

/** Subresources whose requests do not change the object itself. */
const harmless = ['exec', 'attach', 'portforward', 'proxy', 'log', 'token']

/** Versions with the requests that made them. */
export const joinWrites = async (
  client: Client,
  versions: readonly Version[],
): Promise<readonly ObjectVersionRow[]> => {
  if (versions.length === 0) return []
  const writes = await readWrites(client, versions)
  const byResource = Map.groupBy(writes, ({ row }) => resourceKey(row.group, row.resource, row.namespace))
  return versions.map(({ row }) => {
    const { group, resource, namespace } = row.ref
    const made = writeOf(row, byResource.get(resourceKey(group, resource, namespace)) ?? [])
    return made === undefined ? { ...row, madeBy: undefined } : { ...row, ...made }
  })
}

const resourceKey = (group: string, resource: string, namespace: string): string => `${group}/${resource}/${namespace}`

/**
 * The request that made a version: the one whose answer carried this uid and resourceVersion, else the nearest
 * successful one of the right verb for this name within five seconds. A request for a name that the API server was yet
 * to make up (generateName), or for many objects at once, has no name and is taken only where no named one fits.
 */
export const writeOf = (
  version: Version['row'],
  writes: readonly Write[],
): { readonly madeBy: EventRow; readonly madeByHow: 'version' | 'near' } | undefined => {
  const exact = writes.find(
    (write) =>
      write.responseVersion !== '' &&
      write.responseVersion === version.resourceVersion &&
      write.responseUid === version.uid,
  )
  if (exact) return { madeBy: exact.row, madeByHow: 'version' }
  // A listed version may be much older than its listing.
  if (version.change === 'listed' || version.synthesised) return undefined
  const time = parseMicros(version.time) ?? 0
  let best: { readonly row: EventRow; readonly distance: number } | undefined
  for (const { row, responseVersion } of writes) {
    // What tells another version did not make this one.
    if (responseVersion !== '' || !verbsOf[version.change].includes(row.verb)) continue
    const named = row.name === version.ref.name
    if (!named && (row.name !== '' || !['create', 'deletecollection'].includes(row.verb))) continue
    const apart = Math.abs((parseMicros(row.time) ?? 0) - time)
    const distance = apart + (named ? 0 : nearMicros)
    if (apart <= nearMicros && (best === undefined || distance < best.distance)) best = { row, distance }
  }
  return best && { madeBy: best.row, madeByHow: 'near' }
}

/** A finalizer's removal deletes by update or patch; a server-side apply creates by patch. */
const verbsOf: Readonly<Record<'added' | 'modified' | 'deleted', readonly string[]>> = {
  added: ['create', 'update', 'patch'],
  modified: ['update', 'patch', 'create', 'delete', 'deletecollection'],
  deleted: ['delete', 'deletecollection', 'update', 'patch'],
}

const readWrites = async (client: Client, versions: readonly Version[]): Promise<readonly Write[]> => {
  const times = versions.map(({ key }) => key.time)
  const oldest = times.reduce((a, b) => Math.min(a, b))
  const newest = times.reduce((a, b) => Math.max(a, b))
  const bindings = new Bindings()
  // The page's own objects, asked by its range and not one by one: a thousand names do not fit into a request.
  const single = versions.every(({ row }) => row.ref.name === versions[0]?.row.ref.name)
  const terms = [`time >= ${bindings.time(oldest)}`, `time <= ${bindings.time(newest)}`]
  const only = versions[0]?.row.ref
  if (single && only) {
    terms.push(`kind = ${bindings.add(only.kind, 'String')}`, `name = ${bindings.add(only.name, 'String')}`)
  }
  const objects = (columns: string) => `(SELECT ${columns} FROM object_versions WHERE ${terms.join(' AND ')})`
  const { rows } = await client.select(
    `SELECT ${eventColumns}, response_uid, response_version FROM events
     WHERE kind = 'audit' AND code < 400 AND stage IN ('ResponseComplete', 'ResponseStarted')
       AND verb IN ('create', 'update', 'patch', 'delete', 'deletecollection')
       AND subresource NOT IN (${harmless.map((name) => `'${name}'`).join(', ')})
       AND time >= ${bindings.time(oldest - 2 * nearMicros)} AND time <= ${bindings.time(newest + 2 * nearMicros)}
       AND (api_group, resource, namespace) IN ${objects('api_group, resource, namespace')}
       AND (name = '' OR name IN ${objects('name')})
     ORDER BY time DESC LIMIT ${maxWrites}`,
    bindings.params,
  )
  return rows.map(toWrite)
}

const toWrite = (row: JsonObject): Write => ({
  row: toEventRow(row),
  responseUid: text(row.response_uid),
  responseVersion: text(row.response_version),
})
