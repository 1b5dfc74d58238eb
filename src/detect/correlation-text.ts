import type { SigmaCorrelation } from '../engines/sigma/index.ts'

/** One sentence: for whom, how many of what, within what time. */
export const correlationSentence = (
  correlation: SigmaCorrelation,
  group: Readonly<Record<string, string>>,
  measured: number,
): string => {
  const who = Object.entries(group)
    .map(([field, value]) => `${field} ${value === '' ? '(empty)' : value}`)
    .join(', ')
  const within = `within ${spanText(correlation.timespanSeconds)}`
  return `${correlation.title}: ${whatOf(correlation, measured)} ${within}${who === '' ? '' : `, for ${who}`}`
}

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
