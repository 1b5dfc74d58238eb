/** The time of an event: its stageTimestamp. Upstream drops an event without a readable one. */

export interface EventTime {
  /** Whole seconds since the epoch. */
  readonly seconds: number
  /** Nanoseconds of the second, nine digits. */
  readonly fraction: string
}

const form = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:[.,](\d+))?(?:Z|([+-])(\d\d):(\d\d))$/

/** RFC 3339 as Go's time.Parse reads it. */
export const parseEventTime = (text: string): EventTime | undefined => {
  const parts = form.exec(text)
  if (parts === null) return undefined
  const [, year, month, day, hour, minute, second, fraction = '', sign, offsetHours = '0', offsetMinutes = '0'] = parts
  const [y, mo, d, h, mi, s] = [year, month, day, hour, minute, second].map(Number)
  if (y === undefined || mo === undefined || d === undefined) return undefined
  if (h === undefined || mi === undefined || s === undefined) return undefined
  if (h > 23 || mi > 59 || s > 59 || mo < 1 || mo > 12 || d < 1) return undefined
  const millis = Date.UTC(y, mo - 1, d, h, mi, s)
  if (new Date(millis).getUTCDate() !== d) return undefined
  const offset = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60
  const seconds = millis / 1000 - (sign === '-' ? -offset : offset)
  return { seconds, fraction: fraction.slice(0, 9).padEnd(9, '0') }
}

/** Nanoseconds since the epoch. */
export const rawTime = ({ seconds, fraction }: EventTime): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(fraction)

/** `2018-10-25T13:58:49.736141000Z`. */
export const isoTime = ({ seconds, fraction }: EventTime): string =>
  `${new Date(seconds * 1000).toISOString().slice(0, 19)}.${fraction}Z`
