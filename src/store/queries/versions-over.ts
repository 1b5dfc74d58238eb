import type { ObjectVersion } from '../../model/object.ts'
import type { Micros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { count, text } from '../columns.ts'
import type { BodyMembers, ResourceName, VersionsQuestion } from '../store.ts'
import { Bindings } from '../where.ts'
import { stateSql } from './state-at.ts'
import { toObjectVersion, versionColumns } from './version-columns.ts'

/** A query looks at so many versions, and is over before any of them is handed out. */
const versionsOfSlice = 2000
/** Of the objects at the beginning, those that changed last. */
const mostObjects = 20_000

/** Versions of some kinds over a range; see `Store.versionsOver`. */
export async function* versionsOver(
  client: Client,
  question: VersionsQuestion,
  from: Micros,
  to: Micros,
): AsyncGenerator<ObjectVersion> {
  yield* stateOf(client, question, from)
  for (let after: Key | undefined = { time: from, seq: Number.MAX_SAFE_INTEGER, place: 0 }; after !== undefined; ) {
    const last: Key | undefined = await lastOfSlice(client, question, after, to)
    yield* await changesIn(client, question, after, last ?? { time: to, seq: 0, place: 0 })
    after = last
  }
}

/** The first moment at which an object of these kinds was seen, by cluster. */
export const firstVersions = async (
  client: Client,
  resources: readonly ResourceName[],
): Promise<ReadonlyMap<string, Micros>> => {
  const bindings = new Bindings()
  const { rows } = await client.select(
    `SELECT cluster, toUnixTimestamp64Micro(min(time)) AS first FROM object_versions
     WHERE ${ofResources(resources, bindings)} GROUP BY cluster`,
    bindings.params,
  )
  return new Map(rows.map((row) => [text(row.cluster), count(row.first)]))
}

async function* stateOf(
  client: Client,
  { resources, members }: VersionsQuestion,
  moment: Micros,
): AsyncGenerator<ObjectVersion> {
  const bindings = new Bindings()
  const where = `${ofResources(resources, bindings)} AND time <= ${bindings.time(moment)}`
  const rows = client.stream(stateSql(where, `${bodyOf(members, bindings)} AS kept`, mostObjects), bindings.params)
  for await (const { kept, ...row } of rows) yield toObjectVersion({ ...row, body: kept })
}

interface Key {
  readonly time: Micros
  readonly seq: number
  readonly place: number
}

/** Where a slice ends, with that version in it; undefined where it is the last one. */
const lastOfSlice = async (
  client: Client,
  { resources }: VersionsQuestion,
  after: Key,
  to: Micros,
): Promise<Key | undefined> => {
  const bindings = new Bindings()
  const { rows } = await client.select(
    `SELECT toUnixTimestamp64Micro(time) AS micros, seq, place FROM object_versions
     WHERE ${ofResources(resources, bindings)} AND time >= ${bindings.time(after.time)} AND time < ${bindings.time(to)}
       AND (time, seq, place) > ${keyOf(after, bindings)}
     ORDER BY time, seq, place LIMIT 1 OFFSET ${versionsOfSlice - 1}`,
    bindings.params,
  )
  const [row] = rows
  return row && { time: count(row.micros), seq: count(row.seq), place: count(row.place) }
}

/** Those in which a member changed, or that are the first in the slice. */
const changesIn = async (
  client: Client,
  { resources, members }: VersionsQuestion,
  after: Key,
  last: Key,
): Promise<readonly ObjectVersion[]> => {
  const bindings = new Bindings()
  const { rows } = await client.select(
    `SELECT * FROM (
       SELECT *, row_number() OVER of_object AS number, lagInFrame(kept) OVER of_object AS kept_before,
              lagInFrame(change) OVER of_object AS change_before
       FROM (
         SELECT ${versionColumns}, time, ${bodyOf(members, bindings)} AS kept FROM object_versions
         WHERE ${ofResources(resources, bindings)}
           AND time >= ${bindings.time(after.time)} AND time <= ${bindings.time(last.time)}
           AND (time, seq, place) > ${keyOf(after, bindings)} AND (time, seq, place) <= ${keyOf(last, bindings)}
         LIMIT 1 BY time, seq, place
       )
       WINDOW of_object AS (PARTITION BY kind, api_group, namespace, name, cluster ORDER BY time, seq, place
         ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW)
     )
     WHERE number = 1 OR change = 'deleted' OR change_before = 'deleted' OR kept != kept_before
     ORDER BY time, seq, place`,
    bindings.params,
  )
  return rows.map(({ kept, ...row }) => toObjectVersion({ ...row, body: kept ?? null }))
}

const keyOf = ({ time, seq, place }: Key, bindings: Bindings): string =>
  `(${bindings.time(time)}, ${bindings.add(seq, 'UInt64')}, ${bindings.add(place, 'UInt32')})`

const ofResources = (resources: readonly ResourceName[], bindings: Bindings): string => {
  const terms = resources.map(({ group, resource }) => {
    const ofGroup = `api_group = ${bindings.add(group, 'String')}`
    return resource === '*' ? ofGroup : `(${ofGroup} AND resource = ${bindings.add(resource, 'String')})`
  })
  return terms.length === 0 ? '0' : `(${terms.join(' OR ')})`
}

/** The body with these members alone, as JSON; what it does not have is left out. Each is looked for once. */
const bodyOf = (members: BodyMembers, bindings: Bindings, path: readonly string[] = []): string => {
  const parts = Object.entries(members).map(([name, inner]) => {
    const at = [...path, name]
    const keys = at.map((key) => bindings.add(key, 'String')).join(', ')
    const value = inner === true ? `JSONExtractRaw(body, ${keys})` : bodyOf(inner, bindings, at)
    const label = bindings.add(`${JSON.stringify(name)}:`, 'String')
    return `(${value} AS ${`value_${at.join('_')}`}) IN ('', '{}') ? [] : [concat(${label}, ${`value_${at.join('_')}`})]`
  })
  return `concat('{', arrayStringConcat(arrayConcat(${parts.join(', ')}), ','), '}')`
}
