import type { ObjectVersionDetail } from '../../model/answer.ts'
import type { Client } from '../client.ts'
import { clampLimit, readCursor, writeCursor } from '../questions.ts'
import type { ChangeFilter, ObjectName, ObjectVersionPage, PageRequest, StateFilter } from '../store.ts'
import { Bindings } from '../where.ts'
import { joinWrites } from './made-by.ts'
import { parseVersionId, toObjectVersion, toVersion, versionColumns } from './version-columns.ts'

/**
 * Versions of one object over all its lives, each once: an object that is listed again after a restart is no new
 * version.
 */
export const objectVersions = (client: Client, object: ObjectName, page: PageRequest): Promise<ObjectVersionPage> => {
  const bindings = new Bindings()
  const table = `(SELECT * FROM object_versions FINAL WHERE ${stateWhere(object, bindings)}
    ORDER BY time, seq, place LIMIT 1 BY cluster, uid, resource_version, change = 'deleted')`
  return pageOf(client, table, '1', bindings, page)
}

/** Versions of any object in a range; what was only listed is no change, unless the list showed a difference. */
export const changesIn = (client: Client, filter: ChangeFilter, page: PageRequest): Promise<ObjectVersionPage> => {
  const bindings = new Bindings()
  const where = `${stateWhere(filter, bindings)} AND time >= ${bindings.time(filter.from)}
    AND time < ${bindings.time(filter.to)} AND (change != 'listed' OR synthesised)`
  return pageOf(client, 'object_versions FINAL', where, bindings, page)
}

/** One version with its body. */
export const objectVersion = async (client: Client, id: string): Promise<ObjectVersionDetail | undefined> => {
  const key = parseVersionId(id)
  if (key === undefined) return undefined
  const bindings = new Bindings()
  const { rows } = await client.select(
    `SELECT ${versionColumns}, body FROM object_versions
     WHERE time = ${bindings.time(key.time)} AND seq = ${bindings.add(key.seq, 'UInt64')}
       AND place = ${bindings.add(key.place, 'UInt32')} LIMIT 1`,
    bindings.params,
  )
  const [row] = rows
  if (row === undefined) return undefined
  const [version] = await joinWrites(client, [toVersion(row)])
  return version && { version, body: toObjectVersion(row).body }
}

/** Conditions on `object_versions`; parts that are undefined do not restrict. */
export const stateWhere = (filter: StateFilter, bindings: Bindings): string => {
  const parts = [
    ['api_group', filter.group],
    ['kind', filter.kind],
    ['namespace', filter.namespace],
    ['name', filter.name],
  ] as const
  const terms = parts.flatMap(([column, value]) =>
    value === undefined ? [] : [`${column} = ${bindings.add(value.toWellFormed(), 'String')}`],
  )
  return terms.length === 0 ? '1' : terms.join(' AND ')
}

const pageOf = async (
  client: Client,
  table: string,
  where: string,
  bindings: Bindings,
  page: PageRequest,
): Promise<ObjectVersionPage> => {
  const limit = clampLimit(page.limit, 1000)
  const after = readCursor(page.cursor, isKey)
  const [direction, beyond] = page.order === 'oldest' ? ['ASC', '>'] : ['DESC', '<']
  const from = after
    ? `AND (time, seq, place) ${beyond} (${bindings.time(after[0])}, ${bindings.add(after[1], 'UInt64')}, ${bindings.add(after[2], 'UInt32')})`
    : ''
  const { rows } = await client.select(
    `SELECT ${versionColumns} FROM ${table} WHERE ${where} ${from}
     ORDER BY time ${direction}, seq ${direction}, place ${direction} LIMIT ${bindings.add(limit + 1, 'UInt32')}`,
    bindings.params,
  )
  const versions = rows.slice(0, limit).map(toVersion)
  const last = versions.at(-1)
  return {
    items: await joinWrites(client, versions),
    nextCursor: rows.length > limit && last ? writeCursor([last.key.time, last.key.seq, last.key.place]) : undefined,
  }
}

const isKey = (key: readonly unknown[]): key is readonly [time: number, seq: number, place: number] =>
  key.length === 3 && key.every((part) => Number.isSafeInteger(part))
