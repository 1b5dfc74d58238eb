import type { EventDetail } from '../../model/answer.ts'
import { parseEventId, uidDigits } from '../../model/event-id.ts'
import { isObject, type JsonValue } from '../../model/json.ts'
import type { Client } from '../client.ts'
import { text } from '../columns.ts'
import { Bindings, uuidOf } from '../where.ts'
import { eventColumns, toEventRow } from './event-columns.ts'
import { gapsIn } from './gaps-in.ts'

/** One record with its body; `raw` is null where only the body is not kept any more. */
export const eventDetail = async (client: Client, id: string): Promise<EventDetail | undefined> => {
  const identity = parseEventId(id)
  if (identity === undefined) return undefined
  const bindings = new Bindings()
  const time = bindings.time(identity.time)
  const mark = bindings.add(identity.mark, 'UInt32')
  const { rows } = await client.select(
    `SELECT ${eventColumns} FROM events
     WHERE time = ${time} AND uid = ${bindings.add(uuidOf(identity.uid), 'UUID')} AND mark = ${mark}
       AND kind = ${bindings.add(identity.kind, 'String')} LIMIT 1`,
    bindings.params,
  )
  const [row] = rows
  if (row === undefined) return undefined
  if (identity.kind === 'gap') {
    const gaps = await gapsIn(client, identity.time, identity.time + 1, 1000)
    const gap = gaps.find((one) => one.id === id)
    return { row: toEventRow(row), raw: gap === undefined ? null : { ...gap } }
  }
  const bodies = await client.select(
    `SELECT body FROM event_bodies WHERE time = ${time} AND mark = ${mark} LIMIT 10`,
    bindings.params,
  )
  const told = bodies.rows.map((body): unknown => JSON.parse(text(body.body)))
  // The mark of a runtime event depends on its uid, so several bodies are the same one delivered twice.
  const isOne = told.length === 1 || identity.kind === 'runtime'
  const found = isOne ? told[0] : told.find((body) => uidOf(body) === identity.uid)
  return { row: toEventRow(row), raw: isObject(found) ? found : null }
}

/** The uid that the body tells: two bodies may share time and mark by chance. */
const uidOf = (body: unknown): string => {
  if (!isObject(body)) return ''
  const metadata = body.metadata
  const told: JsonValue | undefined = body.auditID ?? (isObject(metadata) ? metadata.uid : undefined)
  return typeof told === 'string' ? uidDigits(told) : ''
}
