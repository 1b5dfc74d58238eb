/** Which part of the record a back-test reads. Pure. */
import { millisOf, rfc3339 } from '../url/time.ts'

export const periods = ['day', 'week', 'month', 'whole'] as const
export type Period = (typeof periods)[number]

const dayMillis = 86_400_000
const lengths: Readonly<Record<Exclude<Period, 'whole'>, number>> = {
  day: dayMillis,
  week: 7 * dayMillis,
  month: 30 * dayMillis,
}

export interface Span {
  readonly from: string
  readonly to: string
}

/** The span of a period that ends now, never from before the record begins. `record` undefined: nothing is recorded yet. */
export const spanOf = (period: Period, nowMillis: number, record: Span | undefined): Span => {
  // The end is not part of the span, and the last record is.
  const to = Math.max(nowMillis, record === undefined ? 0 : Math.floor(millisOf(record.to)) + 1)
  const begin = record === undefined ? 0 : Math.floor(millisOf(record.from))
  const from = period === 'whole' ? begin : Math.max(begin, to - lengths[period])
  return { from: rfc3339(Math.min(from, to - 1)), to: rfc3339(to) }
}
