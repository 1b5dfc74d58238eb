import type { EventFilter, Histogram, HistogramSplit } from '../../model/answer.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import type { Client } from '../client.ts'
import { count, text } from '../columns.ts'
import { clampLimit, readFilter, searchedOf } from '../questions.ts'
import type { HistogramOptions } from '../store.ts'
import { Bindings } from '../where.ts'

/** Series of a split: what the label of a row is. Answers of the same hundred (4xx) go together. */
const labels: Readonly<Record<HistogramSplit, string>> = {
  decision: 'decision',
  code: "if(code = 0, 'none', concat(toString(intDiv(code, 100)), 'xx'))",
  verb: 'verb',
  kind: 'kind',
  source: 'source',
}

const maxSeries = 20

/** Counts of records over time. Labels beyond the twenty most frequent go together as `other`. */
export const histogram = async (client: Client, filter: EventFilter, options: HistogramOptions): Promise<Histogram> => {
  const bindings = new Bindings()
  const asked = readFilter(filter, bindings)
  const bounds = await boundsOf(client, asked.where, bindings, asked)
  const { start, stepSeconds, buckets } = gridOf(bounds.from, bounds.to, options.buckets)
  const began = bindings.add(start, 'Int64')
  const step = bindings.add(stepSeconds * 1_000_000, 'Int64')
  const answer = await client.select(
    `SELECT intDiv(toUnixTimestamp64Micro(time) - ${began}, ${step}) AS bucket, ${labels[options.split]} AS label, count() AS n
     FROM events FINAL WHERE ${asked.where} AND time >= ${bindings.time(start)}
     GROUP BY bucket, label ORDER BY bucket, label`,
    bindings.params,
    partialAllowed,
  )
  const totals = new Map<string, number>()
  for (const row of answer.rows) totals.set(text(row.label), (totals.get(text(row.label)) ?? 0) + count(row.n))
  const frequent = [...totals].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  const shown = new Map(frequent.slice(0, maxSeries).map(([label]) => [label, zeros(buckets)]))
  const other = zeros(buckets)
  for (const row of answer.rows) {
    const counts = shown.get(text(row.label)) ?? other
    const bucket = count(row.bucket)
    if (bucket >= 0 && bucket < buckets) counts[bucket] = (counts[bucket] ?? 0) + count(row.n)
  }
  const series = [...shown].map(([label, counts]) => ({ label, counts }))
  if (frequent.length > maxSeries) series.push({ label: 'other', counts: other })
  return {
    from: formatMicros(start),
    to: formatMicros(bounds.to),
    stepSeconds,
    series,
    total: frequent.reduce((sum, [, n]) => sum + n, 0),
    searched: await searchedOf(client, [answer], asked, stoppedEarly(answer.elapsedMillis)),
  }
}

const zeros = (length: number): number[] => new Array<number>(length).fill(0)

/** Counting may end at its time with what it has: the answer then says that it is partial. */
export const partialSeconds = 10
export const partialAllowed = { max_execution_time: partialSeconds, timeout_overflow_mode: 'break' as const }
export const stoppedEarly = (elapsedMillis: number): boolean => elapsedMillis >= partialSeconds * 1000

interface Range {
  readonly from: Micros
  readonly to: Micros
}

/** The range asked for, open ends closed by the first and the last matching record. */
const boundsOf = async (
  client: Client,
  where: string,
  bindings: Bindings,
  { from, to }: { readonly from: Micros | undefined; readonly to: Micros | undefined },
): Promise<Range> => {
  if (from !== undefined && to !== undefined) return { from, to: Math.max(to, from) }
  const { rows } = await client.select(
    `SELECT toUnixTimestamp64Micro(min(time)) AS first, toUnixTimestamp64Micro(max(time)) AS last, count() AS n
     FROM events WHERE ${where}`,
    bindings.params,
    partialAllowed,
  )
  const [row = {}] = rows
  const empty = count(row.n) === 0
  const start = from ?? (empty ? (to ?? 0) : count(row.first))
  const end = to ?? (empty ? start : count(row.last) + 1)
  return { from: start, to: Math.max(end, start) }
}

/** Widths of a bucket in seconds that divide minutes, hours and days. */
const niceSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400]

/** At most `wanted` buckets (500 at most) over the range; the first begins on a whole step not after the range. */
export const gridOf = (
  from: Micros,
  to: Micros,
  wanted: number,
): { readonly start: Micros; readonly stepSeconds: number; readonly buckets: number } => {
  const most = clampLimit(wanted, 500)
  const seconds = Math.max(1, (to - from) / 1_000_000)
  const days = (step: number) => Math.ceil(step / 86_400) * 86_400
  const fits = (step: number) => gridLength(from, to, step) <= most
  let stepSeconds = niceSteps.find(fits) ?? days(seconds / most)
  while (!fits(stepSeconds)) stepSeconds += 86_400 * Math.max(1, Math.floor(stepSeconds / 86_400 / 8))
  return { start: startOf(from, stepSeconds), stepSeconds, buckets: gridLength(from, to, stepSeconds) }
}

const startOf = (from: Micros, stepSeconds: number): Micros => {
  const step = stepSeconds * 1_000_000
  return Math.floor(from / step) * step
}

const gridLength = (from: Micros, to: Micros, stepSeconds: number): number =>
  Math.max(1, Math.ceil((to - startOf(from, stepSeconds)) / (stepSeconds * 1_000_000)))
