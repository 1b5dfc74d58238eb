import type { EventFilter, Facets } from '../../model/answer.ts'
import { BulwarkError } from '../../model/error.ts'
import { findField } from '../../model/query/index.ts'
import type { Client } from '../client.ts'
import { count, text } from '../columns.ts'
import { clampLimit, readFilter, searchedOf } from '../questions.ts'
import type { FieldValue } from '../store.ts'
import { Bindings, columnOf } from '../where.ts'
import { partialAllowed, stoppedEarly } from './histogram.ts'

/** The most frequent values of some fields under a filter. */
export const facets = async (
  client: Client,
  filter: EventFilter,
  fields: readonly string[],
  limit: number,
): Promise<Facets> => {
  const bindings = new Bindings()
  const asked = readFilter(filter, bindings)
  const most = clampLimit(limit, 100)
  const names = [...new Set(fields.map((field) => facetField(field)))]
  if (names.length === 0) return { fields: [], searched: await searchedOf(client, [], asked, false) }
  const shown = bindings.add(most + 1, 'UInt32')
  // A pass for each field: grouping by its own column, as a dictionary, is far quicker than grouping sets over texts.
  const passes = names.map(
    (name, index) =>
      `SELECT ${index} AS field, toString(v) AS value, n FROM (
         SELECT ${columnOf[name]} AS v, count() AS n FROM events FINAL WHERE ${asked.where}
         GROUP BY v ORDER BY n DESC, v LIMIT ${shown}
       )`,
  )
  const answer = await client.select(
    `SELECT field, value, n FROM (${passes.join(' UNION ALL ')}) ORDER BY field, n DESC, value`,
    bindings.params,
    partialAllowed,
  )
  const onePass = { ...answer, rowsRead: Math.round(answer.rowsRead / names.length) }
  return {
    fields: names.map((name, index) => {
      const values = answer.rows.filter((row) => count(row.field) === index)
      return {
        field: name,
        values: values.slice(0, most).map((row) => ({ value: text(row.value), count: count(row.n) })),
        more: values.length > most,
      }
    }),
    searched: await searchedOf(client, [onePass], asked, stoppedEarly(answer.elapsedMillis)),
  }
}

/** Values of one field that begin with `prefix`, most frequent first, over the newest million of records. */
export const fieldValues = async (
  client: Client,
  field: string,
  prefix: string,
  limit: number,
): Promise<readonly FieldValue[]> => {
  const bindings = new Bindings()
  const column = columnOf[facetField(field)]
  const { rows } = await client.select(
    `SELECT toString(value) AS value, count() AS n
     FROM (SELECT ${column} AS value FROM events ORDER BY time DESC LIMIT 1000000)
     WHERE startsWith(toString(value), ${bindings.add(prefix.toWellFormed().slice(0, 500), 'String')})
     GROUP BY value ORDER BY n DESC, value LIMIT ${bindings.add(clampLimit(limit, 100), 'UInt32')}`,
    bindings.params,
  )
  return rows.map((row) => ({ value: text(row.value), count: count(row.n) }))
}

/** The field of this name. Throws QUERY_SYNTAX where there is none, or none that values are counted of. */
export const facetField = (name: string): keyof typeof columnOf => {
  const info = findField(name)
  if (info?.facet && info.field !== 'id') return info.field
  throw new BulwarkError('QUERY_SYNTAX', {
    what: `“${name.slice(0, 40)}” has no list of values`,
    mend: `Fields with values are ${Object.keys(columnOf).join(', ')}`,
  })
}
