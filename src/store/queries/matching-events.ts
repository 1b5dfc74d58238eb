import { formatEventId, uidDigits } from '../../model/event-id.ts'
import { asString, isObject } from '../../model/json.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { count, text } from '../columns.ts'
import { columnsNeeded } from '../predicate-columns.ts'
import { predicateSql } from '../predicate-sql.ts'
import { clampLimit } from '../questions.ts'
import type { MatchingCounts, MatchingEvent, MatchingQuestion, NarrowingField, PrincipalCounts } from '../store.ts'
import { Bindings, type Bindings as Bound, columnOf } from '../where.ts'
import { gridOf } from './histogram.ts'

/**
 * The audit events that a predicate is true of, in order of time. The range is gone through in slices of so many
 * candidates, those whose columns are as the predicate needs them; only their bodies are opened.
 */
export async function* matchingEvents(client: Client, question: MatchingQuestion): AsyncGenerator<MatchingEvent> {
  for await (const { from, to } of slices(client, question)) {
    const bindings = new Bindings()
    const rows = client.stream(
      `${matchingSql(question, from, to, bindings)}
       SELECT toUnixTimestamp64Micro(time) AS micros, mark, body, toUnixTimestamp64Micro(received) AS receivedAt, cluster, source
       FROM found
       ANY LEFT JOIN (
         SELECT time, mark, received_at AS received, cluster, source FROM events WHERE ${candidatesWhere(question, from, to, bindings)}
       ) AS told USING (time, mark)
       ORDER BY time, received, mark`,
      bindings.params,
    )
    for await (const row of rows) {
      const event: unknown = JSON.parse(text(row.body))
      if (!isObject(event)) continue
      const [time, uid] = [count(row.micros), uidDigits(asString(event.auditID) ?? '')]
      yield {
        id: formatEventId({ kind: 'audit', time, uid, mark: count(row.mark) }),
        time,
        receivedAt: count(row.receivedAt),
        cluster: text(row.cluster),
        source: text(row.source),
        event,
      }
    }
  }
}

/** How many there are over time, by who did it. */
export const matchingCounts = async (
  client: Client,
  question: MatchingQuestion,
  wanted: number,
): Promise<MatchingCounts> => {
  const { start, stepSeconds, buckets } = gridOf(question.from, question.to, wanted)
  const principals = new Map<string, number[]>()
  const other = new Array<number>(buckets).fill(0)
  let total = 0
  for await (const { from, to } of slices(client, question)) {
    const bindings = new Bindings()
    const [began, step] = [bindings.add(start, 'Int64'), bindings.add(stepSeconds * 1_000_000, 'Int64')]
    const { rows } = await client.select(
      `${matchingSql(question, from, to, bindings)}
       SELECT intDiv(toUnixTimestamp64Micro(time) - ${began}, ${step}) AS bucket,
              JSONExtractString(body, 'user', 'username') AS principal, count() AS n
       FROM found GROUP BY bucket, principal`,
      bindings.params,
    )
    for (const row of rows) {
      const principal = text(row.principal)
      const isKnown = principals.has(principal) || principals.size < mostPrincipals
      const counts = isKnown ? (principals.get(principal) ?? new Array<number>(buckets).fill(0)) : other
      if (isKnown) principals.set(principal, counts)
      const bucket = count(row.bucket)
      counts[bucket] = (counts[bucket] ?? 0) + count(row.n)
      total += count(row.n)
    }
  }
  const sorted = [...principals]
    .map(([principal, counts]): PrincipalCounts => ({ principal, counts, total: sumOf(counts) }))
    .toSorted((a, b) => b.total - a.total || (a.principal < b.principal ? -1 : 1))
  for (const { counts } of sorted.slice(mostShown)) {
    for (const [bucket, n] of counts.entries()) other[bucket] = (other[bucket] ?? 0) + n
  }
  return {
    from: formatMicros(start),
    stepSeconds,
    buckets,
    total,
    principals: sorted.slice(0, mostShown),
    other,
    withoutBody: await withoutBody(client, question),
  }
}

/** Beyond this many, who did it is not told apart. */
const mostPrincipals = 10_000
const mostShown = 100

const sumOf = (counts: readonly number[]): number => counts.reduce((sum, n) => sum + n, 0)

/** A query then ends within its time and memory even where a predicate asks much of each body. */
const candidatesOfSlice = 10_000
const mostCandidates = 100_000

/** Parts of the range, in order, with so many candidates each; those of one moment stay together. */
async function* slices(
  client: Client,
  question: MatchingQuestion,
): AsyncGenerator<{ readonly from: Micros; readonly to: Micros }> {
  const end = question.to
  const candidates = clampLimit(question.candidates ?? candidatesOfSlice, mostCandidates)
  for (let from = Math.max(question.from, 0); from < end; ) {
    const bindings = new Bindings()
    const { rows } = await client.select(
      `SELECT toUnixTimestamp64Micro(time) AS micros FROM events
       WHERE ${candidatesWhere(question, from, end, bindings)}
       ORDER BY time LIMIT 1 OFFSET ${bindings.add(candidates, 'UInt32')}`,
      bindings.params,
    )
    const [last] = rows
    const to = last === undefined ? end : Math.min(end, count(last.micros) + 1)
    yield { from, to }
    from = to
  }
}

const narrowingFields: readonly NarrowingField[] = ['cluster', 'source', 'verb', 'resource', 'ns', 'user', 'stage']

/** The condition on `events` that every matching event meets. */
const candidatesWhere = ({ predicate, only }: MatchingQuestion, from: Micros, to: Micros, bindings: Bound): string => {
  const terms = [`kind = 'audit'`, `time >= ${bindings.time(from)}`, `time < ${bindings.time(to)}`]
  for (const field of narrowingFields) {
    const values = only?.[field]
    if (values === undefined) continue
    const any = values.map((value) => `${columnOf[field]} = ${bindings.add(value, 'String')}`)
    terms.push(any.length === 0 ? '0' : `(${any.join(' OR ')})`)
  }
  const needed = columnsNeeded(predicate, bindings)
  if (needed !== undefined) terms.push(needed)
  return terms.join(' AND ')
}

/** `found`: time, mark and body of what matches in a slice; a body that is kept twice counts once. */
const matchingSql = (question: MatchingQuestion, from: Micros, to: Micros, bindings: Bound): string => {
  const { definitions, condition } = predicateSql(question.predicate, 'body', bindings)
  const candidates = candidatesWhere(question, from, to, bindings)
  const range = `time >= ${bindings.time(from)} AND time < ${bindings.time(to)}`
  return `WITH found AS (
    WITH ${[...definitions, '1 AS whole'].join(', ')}
    SELECT time, mark, body FROM event_bodies
    PREWHERE ${range} AND (time, mark) IN (SELECT time, mark FROM events WHERE ${candidates})
    WHERE JSONHas(body, 'auditID') AND ${condition}
    LIMIT 1 BY time, mark, body
  )`
}

/** Candidates that were received before the oldest body that is still kept. */
const withoutBody = async (client: Client, question: MatchingQuestion): Promise<number> => {
  const bindings = new Bindings()
  const where = candidatesWhere(question, question.from, question.to, bindings)
  const { rows } = await client.select(
    `SELECT count() AS n FROM events WHERE ${where}
     AND received_at < (SELECT if(count() = 0, toDateTime64('2299-01-01 00:00:00', 6, 'UTC'), min(received_at)) FROM event_bodies)`,
    bindings.params,
  )
  return count(rows[0]?.n ?? 0)
}
