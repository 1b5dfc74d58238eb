import type { ObjectVersion } from '../../model/object.ts'
import type { Micros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import type { StateFilter } from '../store.ts'
import { Bindings } from '../where.ts'
import { stateWhere } from './object-versions.ts'
import { toObjectVersion, versionColumns } from './version-columns.ts'

/**
 * The objects that existed at a moment, as a stream. First the newest version of each object is found from the small
 * columns, then only those bodies are read.
 */
export async function* stateAt(client: Client, time: Micros, filter: StateFilter): AsyncGenerator<ObjectVersion> {
  const bindings = new Bindings()
  const where = `${stateWhere(filter, bindings)} AND time <= ${bindings.time(time)}`
  for await (const row of client.stream(stateSql(where), bindings.params)) yield toObjectVersion(row)
}

/**
 * The newest version of each object that a condition is true of and that was not deleted by it. `body`: what is selected of
 * its body. `most`: so many objects at most, those that changed last.
 */
export const stateSql = (where: string, body = 'body', most?: number): string => `SELECT ${versionColumns}, ${body}
     FROM object_versions
     WHERE ${where} AND (kind, api_group, namespace, name, cluster, time, seq, place) IN (
       SELECT kind, api_group, namespace, name, cluster, last.1, last.2, last.3
       FROM (
         SELECT kind, api_group, namespace, name, cluster, max((time, seq, place)) AS last,
                argMax(change, (time, seq, place)) AS last_change
         FROM object_versions WHERE ${where}
         GROUP BY kind, api_group, namespace, name, cluster
       )
       WHERE last_change != 'deleted' ${most === undefined ? '' : `ORDER BY last DESC LIMIT ${most}`}
     )
     LIMIT 1 BY kind, api_group, namespace, name, cluster`
