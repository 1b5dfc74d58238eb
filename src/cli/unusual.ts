import type { UnusualMethod } from '../model/answer.ts'
import { isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import { formatMicros, parseMicros } from '../model/time.ts'
import { searchedText } from './searched.ts'
import { tableLines } from './table.ts'

/** So many buckets are listed. */
const mostRows = 100

const comparedWith: Readonly<Record<UnusualMethod, string>> = {
  weekly: 'the same hour of the week',
  daily: 'the same hour of the day',
  median: 'the median of the range',
}

/**
 * What is unusual in an `UnusualVolume`: a table of its buckets, the most unusual first, and the lines that say what it was
 * compared with and what was not seen enough of. The server is ours; an answer of another version shows what it has.
 */
export const unusualLines = (
  given: JsonValue,
): { readonly table: readonly string[]; readonly notes: readonly string[] } => {
  const answer = isObject(given) ? given : {}
  const field = typeof answer.field === 'string' ? answer.field : 'value'
  const series = Array.isArray(answer.series) ? answer.series.filter(isObject) : []
  const rows = series
    .flatMap((one) => rowsOf(one, answer))
    .sort((a, b) => Math.abs(b.score) - Math.abs(a.score) || (a.time < b.time ? -1 : 1))
  const columns = [
    { title: 'from' },
    { title: 'count', right: true },
    { title: 'expected', right: true },
    { title: 'score', right: true },
    { title: field },
  ]
  const cells = rows
    .slice(0, mostRows)
    .map(({ time, count, expected, score, value }) => [
      time.slice(0, 16).replace('T', ' '),
      String(count),
      String(expected),
      `${score > 0 ? '+' : ''}${score.toFixed(1)}`,
      value === '' ? '(none)' : value,
    ])
  const more = rows.length > mostRows ? [`and ${rows.length - mostRows} more (--output json has all)`] : []
  return { table: rows.length === 0 ? [] : tableLines(columns, cells), notes: [...more, ...notesOf(answer, series)] }
}

interface Row {
  readonly value: string
  readonly time: string
  readonly count: number
  readonly expected: number
  readonly score: number
}

const rowsOf = (series: JsonObject, answer: JsonObject): readonly Row[] => {
  const start = typeof answer.from === 'string' ? (parseMicros(answer.from) ?? 0) : 0
  const step = typeof answer.stepSeconds === 'number' ? answer.stepSeconds * 1_000_000 : 0
  const at = (list: JsonValue | undefined, place: number): number =>
    Array.isArray(list) && typeof list[place] === 'number' ? list[place] : 0
  return (Array.isArray(series.unusual) ? series.unusual : [])
    .filter((place) => typeof place === 'number')
    .map((place) => ({
      value: typeof series.value === 'string' ? series.value : '',
      time: formatMicros(start + place * step),
      count: at(series.counts, place),
      expected: at(series.expected, place),
      score: at(series.scores, place),
    }))
}

const notesOf = (answer: JsonObject, series: readonly JsonObject[]): readonly string[] => {
  const method = Object.entries(comparedWith).find(([name]) => name === answer.method)?.[1] ?? String(answer.method)
  const learning = (Array.isArray(answer.learning) ? answer.learning : []).filter((one) => typeof one === 'string')
  const times = [answer.from, answer.to].map((time) => String(time).slice(0, 16).replace('T', ' '))
  const values = `${answer.more === true ? `the ${series.length} busiest values` : `${series.length} values`} of ${answer.field}`
  return [
    `looked at ${values}, ${times.join(' to ')} UTC, compared with ${method}`,
    ...learning.map((one) => `still learning: ${one}`),
    searchedText(answer),
  ]
}
