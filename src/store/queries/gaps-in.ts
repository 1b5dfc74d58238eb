import type { GapRow } from '../../model/answer.ts'
import { formatEventId } from '../../model/event-id.ts'
import type { JsonObject } from '../../model/json.ts'
import type { Micros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { count, moment, text } from '../columns.ts'
import { Bindings } from '../where.ts'

/** Gaps that overlap the range, newest first, at most `limit`. */
export const gapsIn = async (client: Client, from: Micros, to: Micros, limit: number): Promise<readonly GapRow[]> => {
  const bindings = new Bindings()
  const { rows } = await client.select(
    `SELECT toUnixTimestamp64Micro(time) AS ended, toUnixTimestamp64Micro(gap_from) AS began,
            toString(uid) AS id, mark, source, reason, what, estimate
     FROM gaps FINAL
     WHERE time >= ${bindings.time(from)} AND gap_from < ${bindings.time(Math.min(to, 9_000_000_000_000_000))}
     ORDER BY time DESC, uid, mark LIMIT ${bindings.add(limit, 'UInt32')}`,
    bindings.params,
  )
  return rows.map(gapRow)
}

const gapRow = (row: JsonObject): GapRow => ({
  id: formatEventId({
    kind: 'gap',
    time: count(row.ended),
    uid: text(row.id).replaceAll('-', ''),
    mark: count(row.mark),
  }),
  source: text(row.source),
  from: moment(row.began),
  to: moment(row.ended),
  reason: text(row.reason),
  what: text(row.what),
  estimate: row.estimate === null ? undefined : count(row.estimate),
})
