import {
  type EventFilter,
  type GapRow,
  type UnusualMethod,
  type UnusualSeries,
  type UnusualVolume,
  unusualSteps,
} from '../../model/answer.ts'
import { BulwarkError } from '../../model/error.ts'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import { formatMicros, type Micros, parseMicros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { count, text } from '../columns.ts'
import { clampLimit, readFilter, searchedOf } from '../questions.ts'
import type { UnusualOptions } from '../store.ts'
import { Bindings, columnOf } from '../where.ts'
import { facetField } from './facets.ts'
import { gapsIn } from './gaps-in.ts'
import { judgedSeries } from './judged-series.ts'

const day: Micros = 86_400_000_000
const longest = 35 * day
const mostBuckets = 1008
const mostValues = 50
const mostGaps = 1000
const mostSources = 20

/**
 * So many whole periods are needed. ClickHouse takes two, but of two different ones nobody can tell which is the odd one: a
 * surge in one then makes the same hour of the other look silent.
 */
const wholePeriods = 3
/** Of fewer buckets nothing is called unusual. */
const fewestBuckets = 8
/** A bucket is unusual from this score on, and only where it differs by so many events. */
const leastScore = 5
const leastEvents = 5

/** How the busiest values of a field went, and what of it is unusual: see {@link UnusualVolume}. */
export const unusualVolume = async (
  client: Client,
  filter: EventFilter,
  options: UnusualOptions,
): Promise<UnusualVolume> => {
  const field = facetField(options.field)
  const step = stepOf(options.stepSeconds)
  const limit = clampLimit(options.limit, mostValues)
  const bindings = new Bindings()
  const asked = readFilter(filter, bindings)
  const { from, to } = await rangeOf(client, asked, step)
  const buckets = (to - from) / step
  const perDay = day / step
  const method = methodOf(buckets, perDay)
  const head = { field, from: formatMicros(from), to: formatMicros(to), stepSeconds: step / 1_000_000, method }
  const learning = learningOf(buckets, perDay)
  const range = { from, to }
  if (buckets === 0)
    return { ...head, learning, series: [], more: false, searched: await searchedOf(client, [], range, false) }

  const where = `${asked.where} AND time >= ${bindings.time(from)} AND time < ${bindings.time(to)}`
  const column = columnOf[field]
  const [began, length] = [bindings.add(from, 'Int64'), bindings.add(step, 'Int64')]
  const counted = `
    SELECT v, sum(n) AS total, groupUniqArrayArray(${mostSources})(sources) AS sources,
           groupArrayInsertAt(0, ${buckets})(n, toUInt32(bucket)) AS counts
    FROM (
      SELECT ${column} AS v, intDiv(toUnixTimestamp64Micro(time) - ${began}, ${length}) AS bucket, count() AS n,
             groupUniqArray(${mostSources})(source) AS sources
      FROM events FINAL
      WHERE ${where} AND ${column} IN (
        SELECT ${column} AS busy FROM events FINAL WHERE ${where}
        GROUP BY busy ORDER BY count() DESC, busy LIMIT ${bindings.add(limit + 1, 'UInt32')}
      )
      GROUP BY v, bucket
    ) GROUP BY v ORDER BY total DESC, v LIMIT ${limit + 1}`
  const period = method === 'weekly' ? perDay * 7 : method === 'daily' ? perDay : undefined
  const answer = await client.select(
    `SELECT toString(v) AS value, total, sources, counts, expected, scores, outliers
     FROM (${judgedSeries(counted, period)}) ORDER BY total DESC, v`,
    bindings.params,
  )
  const gaps = await gapsIn(client, from, to, mostGaps)
  const series = answer.rows.slice(0, limit).map((row) => seriesOf(row, gaps, { from, step, buckets }))
  return {
    ...head,
    learning: gaps.length < mostGaps ? learning : [...learning, `only the newest ${mostGaps} gaps were looked at`],
    series,
    more: answer.rows.length > limit,
    searched: await searchedOf(client, [answer], range, false),
  }
}

const stepOf = (seconds: number): Micros => {
  const step = unusualSteps.find((one) => one === seconds)
  if (step !== undefined) return step * 1_000_000
  throw new BulwarkError('QUERY_SYNTAX', {
    what: `buckets cannot be ${seconds} seconds long`,
    where: 'step',
    mend: `Choose one of ${unusualSteps.join(', ')}`,
  })
}

interface Range {
  readonly from: Micros
  readonly to: Micros
}

/**
 * The whole buckets that were asked for and that the record reaches over, whatever of it matches: what is before its first
 * event or after its last one is unknown, and not silence. An event near the border of a bucket counts as reaching it, and
 * one up to a day outside of the range as reaching all of it.
 */
const rangeOf = async (
  client: Client,
  asked: { readonly from: Micros | undefined; readonly to: Micros | undefined },
  step: Micros,
): Promise<Range> => {
  const border = step / 10
  const whole = (time: Micros): Micros => Math.floor(time / step) * step
  const until = new Bindings()
  const before = asked.to === undefined ? '1' : `time < ${until.time(asked.to + day)}`
  const last = (await momentOf(client, `${before} ORDER BY time DESC`, until)) ?? 0
  const to = asked.to ?? last + border
  const from = asked.from ?? Math.max(0, whole(to) - Math.min(longest, mostBuckets * step))
  checkLength(from, whole(to), step)
  const since = new Bindings()
  const first = (await momentOf(client, `time >= ${since.time(from - day)} ORDER BY time`, since)) ?? to
  const end = whole(Math.min(to, last + border))
  const start = -whole(-Math.max(from, first - border))
  return { from: start, to: Math.max(start, end) }
}

const momentOf = async (client: Client, where: string, bindings: Bindings): Promise<Micros | undefined> => {
  const { rows } = await client.select(
    `SELECT toUnixTimestamp64Micro(time) AS micros FROM events WHERE ${where} LIMIT 1`,
    bindings.params,
  )
  return rows[0] === undefined ? undefined : count(rows[0].micros)
}

const checkLength = (from: Micros, to: Micros, step: Micros): void => {
  if (to - from > longest)
    throw new BulwarkError('QUERY_SYNTAX', {
      what: 'the range is longer than five weeks',
      where: 'from',
      mend: 'Ask for a later start, or for none',
    })
  if ((to - from) / step > mostBuckets)
    throw new BulwarkError('QUERY_SYNTAX', {
      what: `the range has more than ${mostBuckets} buckets`,
      where: 'step',
      mend: 'Ask for longer buckets, or for a later start',
    })
}

const methodOf = (buckets: number, perDay: number): UnusualMethod =>
  buckets >= perDay * 7 * wholePeriods ? 'weekly' : buckets >= perDay * wholePeriods ? 'daily' : 'median'

/** Told by the range alone, because what is unusual in one value is so against the same past for all. */
const learningOf = (buckets: number, perDay: number): readonly string[] => {
  const days = Math.floor((buckets / perDay) * 10) / 10
  const seen = `the record has ${days} days of this range`
  const learning: string[] = []
  if (buckets < fewestBuckets) learning.push(`${buckets} whole buckets are too few to call one unusual`)
  if (buckets < perDay * wholePeriods)
    learning.push(`hours of the day are not told apart: ${seen}, and ${wholePeriods} are needed`)
  if (buckets < perDay * 7 * wholePeriods)
    learning.push(`days of the week are not told apart: ${seen}, and ${7 * wholePeriods} are needed`)
  return learning
}

const seriesOf = (
  row: JsonObject,
  gaps: readonly GapRow[],
  { from, step, buckets }: { readonly from: Micros; readonly step: Micros; readonly buckets: number },
): UnusualSeries => {
  const counts = numbers(row.counts)
  const expected = numbers(row.expected)
  const scores = numbers(row.scores)
  const outliers = numbers(row.outliers)
  const sources = new Set(Array.isArray(row.sources) ? row.sources : [])
  const cut = gaps
    .filter(({ source }) => sources.has(source))
    .map((gap) => ({ from: parseMicros(gap.from) ?? 0, to: parseMicros(gap.to) ?? 0 }))
  const inGap = (bucket: number): boolean => {
    const start = from + bucket * step
    return cut.some((gap) => gap.from < start + step && gap.to >= start)
  }
  const isUnusual = (bucket: number): boolean => {
    const score = scores[bucket] ?? 0
    const difference = Math.abs((counts[bucket] ?? 0) - (expected[bucket] ?? 0))
    if (outliers[bucket] === 0 || Math.abs(score) < leastScore || difference < leastEvents) return false
    return score > 0 || !inGap(bucket)
  }
  return {
    value: text(row.value),
    total: count(row.total),
    counts,
    expected,
    scores,
    unusual: buckets < fewestBuckets ? [] : [...counts.keys()].filter(isUnusual),
  }
}

const numbers = (value: JsonValue | undefined): readonly number[] => (Array.isArray(value) ? value : []).map(count)
