/** The series of the histogram as the chart draws them: in which order, which colour, which word. Pure. */
import type { Histogram, HistogramSplit } from '../../../model/answer.ts'
import type { Series } from '../../charts/buckets.ts'
import { messages } from '../../messages.ts'

/** A series with the value of the field that it counts. */
export interface ValueSeries extends Series {
  readonly value: string
  readonly sum: number
}

const tones: readonly Series['tone'][] = ['plain', 'change', 'low', 'medium', 'high']

/** Refused requests lie at the bottom, where their height can be compared; the rest by size, largest on top of them. */
export const histogramSeries = (histogram: Histogram, split: HistogramSplit): readonly ValueSeries[] => {
  const all = histogram.series.map((series) => ({
    value: series.label,
    counts: series.counts,
    sum: series.counts.reduce((sum, value) => sum + value, 0),
    refused: refusedValue(split, series.label),
  }))
  const refused = all.filter((series) => series.refused).sort((a, b) => b.sum - a.sum)
  const rest = all.filter((series) => !series.refused).sort((a, b) => b.sum - a.sum)
  return [...refused, ...rest].map(({ value, counts, sum, refused: isRefused }, index) => ({
    value,
    counts,
    sum,
    label: labelOf(split, value),
    tone: isRefused ? 'forbid' : (tones[(index - refused.length) % tones.length] ?? 'plain'),
  }))
}

const refusedValue = (split: HistogramSplit, value: string): boolean =>
  (split === 'decision' && value === 'forbid') || (split === 'code' && (value === '401' || value === '403'))

const labelOf = (split: HistogramSplit, value: string): string => {
  if (split !== 'decision') return value === '' ? messages.events.facetEmpty : value
  const words: Readonly<Record<string, string>> = messages.events.decisions
  return Object.hasOwn(words, value) ? (words[value] ?? value) : value
}
