import type { EventFilter, EventPage } from '../../model/answer.ts'
import { formatEventId } from '../../model/event-id.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Client } from '../client.ts'
import { clampLimit, readCursor, readFilter, searchedOf, writeCursor } from '../questions.ts'
import type { PageRequest } from '../store.ts'
import { Bindings, uuidOf } from '../where.ts'
import { eventColumns, identityOf, toEventRow } from './event-columns.ts'

/**
 * One page of records under a filter. A record that is kept twice stands next to itself in the order, and is shown
 * once: so a page can have fewer rows than asked for and still not be the last.
 */
export const searchEvents = async (client: Client, filter: EventFilter, page: PageRequest): Promise<EventPage> => {
  const bindings = new Bindings()
  const asked = readFilter(filter, bindings)
  const limit = clampLimit(page.limit, 1000)
  const after = readCursor(page.cursor, isKey)
  const [direction, beyond, upTo] = page.order === 'oldest' ? ['ASC', '>', '>='] : ['DESC', '<', '<=']
  const terms = [asked.where]
  if (after) {
    const [time, uid, mark] = after
    // The first condition is for the primary key, which has only the time.
    terms.push(`time ${upTo} ${bindings.time(time)}`)
    const key = `(${bindings.time(time)}, ${bindings.add(uuidOf(uid), 'UUID')}, ${bindings.add(mark, 'UInt32')})`
    terms.push(`(time, uid, mark) ${beyond} ${key}`)
  }
  const answer = await client.select(
    `SELECT ${eventColumns} FROM events WHERE ${terms.join(' AND ')}
     ORDER BY time ${direction}, uid ${direction}, mark ${direction} LIMIT ${bindings.add(limit + 1, 'UInt32')}`,
    bindings.params,
  )
  const shown = answer.rows.slice(0, limit)
  const last = shown.at(-1)
  return {
    items: withoutTwins(shown).map(toEventRow),
    nextCursor: answer.rows.length > limit && last ? cursorOf(last) : undefined,
    searched: await searchedOf(client, [answer], asked, false),
  }
}

const withoutTwins = (rows: readonly JsonObject[]): readonly JsonObject[] => {
  const ids = rows.map((row) => formatEventId(identityOf(row)))
  return rows.filter((_, index) => index === 0 || ids[index] !== ids[index - 1])
}

const cursorOf = (row: JsonObject): string => {
  const { time, uid, mark } = identityOf(row)
  return writeCursor([time, uid, mark])
}

const isKey = (key: readonly unknown[]): key is readonly [time: number, uid: string, mark: number] =>
  key.length === 3 &&
  Number.isSafeInteger(key[0]) &&
  typeof key[1] === 'string' &&
  /^[0-9a-f]{32}$/.test(key[1]) &&
  Number.isSafeInteger(key[2])
