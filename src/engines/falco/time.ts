/** The time of an event: its stageTimestamp. Upstream drops an event without a readable one. */

export interface EventTime {
  /** Whole seconds since the epoch. */
  readonly seconds: number
  /** Nanoseconds of the second, nine digits. */
  readonly fraction: string
  /** `2018-10-25T13:58:49`, UTC. */
  readonly clock: string
}

/** The end of an RFC 3339 time behind its seconds. */
const form = /^(?:[.,]([0-9]+))?(?:Z|([+-])([0-9]{2}):([0-9]{2}))$/

/** RFC 3339 as Go's time.Parse reads it. */
export const parseEventTime = (text: string): EventTime | undefined => {
  if (text.length < 20 || text.length > 100) return undefined
  if (text[4] !== '-' || text[7] !== '-' || text[10] !== 'T' || text[13] !== ':' || text[16] !== ':') return undefined
  const year = digits(text, 0, 4)
  const month = digits(text, 5, 7)
  const day = digits(text, 8, 10)
  const hour = digits(text, 11, 13)
  const minute = digits(text, 14, 16)
  const second = digits(text, 17, 19)
  // What is no number is not within bounds either.
  if (!(year >= 0 && month >= 1 && month <= 12 && hour <= 23 && minute <= 59 && second <= 59)) return undefined
  if (!(day >= 1 && day <= daysOf(year, month))) return undefined
  const seconds = daysSinceEpoch(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second
  if (text.length === 27 && text[19] === '.' && text[26] === 'Z' && digits(text, 20, 26) >= 0) {
    // As API servers write it.
    return { seconds, fraction: `${text.slice(20, 26)}000`, clock: text.slice(0, 19) }
  }
  const rest = form.exec(text.slice(19))
  if (rest === null) return undefined
  const fraction = (rest[1] ?? '').slice(0, 9).padEnd(9, '0')
  const offset = Number(rest[3] ?? 0) * 3600 + Number(rest[4] ?? 0) * 60
  if (offset === 0) return { seconds, fraction, clock: text.slice(0, 19) }
  const moved = rest[2] === '-' ? seconds + offset : seconds - offset
  return { seconds: moved, fraction, clock: new Date(moved * 1000).toISOString().slice(0, 19) }
}

/** The number that the digits from `from` to `to` make, or NaN. */
const digits = (text: string, from: number, to: number): number => {
  let number = 0
  for (let i = from; i < to; i++) {
    const digit = text.charCodeAt(i) - 48
    if (digit < 0 || digit > 9) return Number.NaN
    number = number * 10 + digit
  }
  return number
}

const isLeap = (year: number): boolean => (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0

const daysOf = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31

/** Of the proleptic Gregorian calendar, with years that begin in March so that leap days come last. */
const daysSinceEpoch = (year: number, month: number, day: number): number => {
  const y = month <= 2 ? year - 1 : year
  const dayOfYear = Math.floor((153 * (month > 2 ? month - 3 : month + 9) + 2) / 5) + day - 1
  return y * 365 + Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400) + dayOfYear - 719_468
}

/** Nanoseconds since the epoch. */
export const rawTime = ({ seconds, fraction }: EventTime): bigint => BigInt(seconds) * 1_000_000_000n + BigInt(fraction)

/** `2018-10-25T13:58:49.736141000Z`. */
export const isoTime = ({ clock, fraction }: EventTime): string => `${clock}.${fraction}Z`
