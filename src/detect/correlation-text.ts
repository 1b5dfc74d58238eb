import type { SigmaCorrelation } from '../engines/sigma/index.ts'
import type { BaselineDetection } from './baseline/index.ts'

/** One sentence: for whom, how many of what, within what time. */
export const correlationSentence = (
  correlation: SigmaCorrelation,
  group: Readonly<Record<string, string>>,
  measured: number,
): string => {
  const within = `within ${spanText(correlation.timespanSeconds)}`
  return `${correlation.title}: ${whatOf(correlation, measured)} ${within}${forWhom(group)}`
}

/** One sentence: for whom, how many or what new, and what is usual. */
export const baselineSentence = ({ rule, group, values, measured, usual }: BaselineDetection): string => {
  const { watch } = rule
  if (watch.type === 'volume') {
    const within = `within ${spanText(watch.timespanSeconds)}`
    const most = usual === undefined ? '' : `, usually at most ${Math.floor(usual)}`
    return `${rule.title}: ${measured} events ${within}${most}${forWhom(group)}`
  }
  return `${rule.title}: ${pairsText(values)} for the first time${forWhom(group)}`
}

const forWhom = (group: Readonly<Record<string, string>>): string => {
  const who = pairsText(group)
  return who === '' ? '' : `, for ${who}`
}

const pairsText = (fields: Readonly<Record<string, string>>): string =>
  Object.entries(fields)
    .map(([field, value]) => `${field} ${value === '' ? '(empty)' : value}`)
    .join(', ')

const whatOf = ({ type, fields, rules, percentile }: SigmaCorrelation, measured: number): string => {
  const field = fields.join(' and ')
  const number = Number.isInteger(measured) ? String(measured) : measured.toFixed(2)
  switch (type) {
    case 'event_count':
      return `${number} ${measured === 1 ? 'event' : 'events'}`
    case 'value_count':
      return `${number} different values of ${field}`
    case 'temporal':
      return `${number} of ${rules.length} rules matched`
    case 'temporal_ordered':
      return `all of ${rules.length} rules matched in order`
    case 'value_sum':
      return `a sum of ${number} over ${field}`
    case 'value_avg':
      return `an average of ${number} over ${field}`
    case 'value_median':
      return `a median of ${number} over ${field}`
    case 'value_percentile':
      return `a percentile ${percentile ?? ''} of ${number} over ${field}`
  }
}

const units: readonly (readonly [number, string])[] = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
  [1, 'second'],
]

/** A span of time in the largest unit that it is a whole number of: `5 minutes`. */
export const spanText = (seconds: number): string => {
  const [size, unit] = units.find(([one]) => seconds >= one && seconds % one === 0) ?? [1, 'second']
  const count = seconds / size
  return `${count} ${unit}${count === 1 ? '' : 's'}`
}
