/** Durations and timestamps: Go's `time.ParseDuration`, `time.Parse(time.RFC3339)` and their printing. */
import { CelTimestamp } from './values.ts'

const units: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  µs: 1_000n,
  μs: 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
}

/** Nanoseconds of a text like `1h30m`, `-1.5s`, `0`; undefined where Go refuses it (also beyond 64 bits). */
export function parseDuration(text: string): bigint | undefined {
  const sign = /^[+-]/.exec(text)?.[0]
  const body = sign === undefined ? text : text.slice(1)
  if (body === '0') return 0n
  if (body === '' || body.length > 1000) return undefined
  const part = /([0-9]*)(?:\.([0-9]*))?(ns|us|µs|μs|ms|s|m|h)/y
  let total = 0n
  while (part.lastIndex < body.length) {
    const match = part.exec(body)
    if (match === null) return undefined
    const [, whole = '', fraction = '', unitName = ''] = match
    if (whole === '' && fraction === '') return undefined
    const unit = units[unitName] ?? 0n
    total += BigInt(whole || '0') * unit
    if (fraction !== '') total += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length)
    if (total > 1n << 63n) return undefined
  }
  if (sign === '-') return -total
  return total === 1n << 63n ? undefined : total
}

const rfc3339 = /^(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:Z|([+-])(\d{2}):(\d{2}))$/

/** The moment of an RFC 3339 text; undefined where Go's parser refuses it. */
export function parseTimestamp(text: string): CelTimestamp | undefined {
  const match = rfc3339.exec(text)
  if (match === null) return undefined
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = match.slice(1, 7).map(Number)
  const offset = (match[8] === '-' ? -1 : 1) * (Number(match[9] ?? 0) * 60 + Number(match[10] ?? 0))
  if (Number(match[9] ?? 0) > 24 || Number(match[10] ?? 0) > 60) return undefined
  if (month < 1 || month > 12 || day < 1 || day > daysIn(year, month) || hour > 23 || minute > 59 || second > 59)
    return undefined
  const days = daysSince1970(year, month, day)
  const nanos = Number((match[7] ?? '').slice(0, 9).padEnd(9, '0'))
  return new CelTimestamp(days * 86400 + hour * 3600 + minute * 60 + second - offset * 60, nanos, offset)
}

const isLeap = (year: number): boolean => year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
const daysIn = (year: number, month: number): number =>
  month === 2 ? (isLeap(year) ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31

/** Days from 1970-01-01 in the proleptic Gregorian calendar. */
function daysSince1970(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year
  const era = Math.floor(y / 400)
  const yearOfEra = y - era * 400
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1
  return era * 146097 + yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear - 719468
}

/** The fields of a moment on a clock that is `offsetSeconds` ahead of UTC. Month 1-12; weekday 0 is Sunday. */
export interface CivilTime {
  readonly year: number
  readonly month: number
  readonly day: number
  readonly yearDay: number
  readonly weekday: number
  readonly hour: number
  readonly minute: number
  readonly second: number
}

export function civilTime(seconds: number, offsetSeconds: number): CivilTime {
  const local = seconds + offsetSeconds
  const days = Math.floor(local / 86400)
  const rest = local - days * 86400
  const z = days + 719468
  const era = Math.floor(z / 146097)
  const dayOfEra = z - era * 146097
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36524) - Math.floor(dayOfEra / 146096)) / 365,
  )
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100))
  const shifted = Math.floor((5 * dayOfYear + 2) / 153)
  const month = shifted < 10 ? shifted + 3 : shifted - 9
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1
  return {
    year,
    month,
    day,
    yearDay: days - daysSince1970(year, 1, 1) + 1,
    weekday: (((days + 4) % 7) + 7) % 7,
    hour: Math.floor(rest / 3600),
    minute: Math.floor((rest % 3600) / 60),
    second: rest % 60,
  }
}

/** RFC 3339 with as many fraction digits as needed, in the zone that the timestamp was written in. */
export function formatTimestamp(timestamp: CelTimestamp): string {
  const { offsetMinutes } = timestamp
  const t = civilTime(timestamp.seconds, offsetMinutes * 60)
  const two = (value: number): string => String(value).padStart(2, '0')
  const fraction = String(timestamp.nanos).padStart(9, '0').replace(/0+$/, '')
  const zone = Math.abs(offsetMinutes)
  const suffix = zone === 0 ? 'Z' : `${offsetMinutes < 0 ? '-' : '+'}${two(Math.floor(zone / 60))}:${two(zone % 60)}`
  const date = `${String(t.year).padStart(4, '0')}-${two(t.month)}-${two(t.day)}`
  return `${date}T${two(t.hour)}:${two(t.minute)}:${two(t.second)}${fraction === '' ? '' : `.${fraction}`}${suffix}`
}

/** A span as Go's `Duration.String()` prints it: `1h30m0s`, `1.5s`, `2ms`. */
export function formatDuration(nanos: bigint): string {
  if (nanos === 0n) return '0s'
  const sign = nanos < 0n ? '-' : ''
  const n = nanos < 0n ? -nanos : nanos
  const decimal = (unit: bigint): string => {
    const width = unit.toString().length - 1
    const fraction = (n % unit).toString().padStart(width, '0').replace(/0+$/, '')
    return `${n / unit}${fraction === '' ? '' : `.${fraction}`}`
  }
  if (n < 1_000n) return `${sign}${n}ns`
  if (n < 1_000_000n) return `${sign}${decimal(1_000n)}µs`
  if (n < 1_000_000_000n) return `${sign}${decimal(1_000_000n)}ms`
  const seconds = n / 1_000_000_000n
  const fraction = (n % 1_000_000_000n).toString().padStart(9, '0').replace(/0+$/, '')
  const tail = `${seconds % 60n}${fraction === '' ? '' : `.${fraction}`}s`
  if (seconds < 60n) return `${sign}${tail}`
  const minutes = seconds / 60n
  return minutes < 60n ? `${sign}${minutes}m${tail}` : `${sign}${minutes / 60n}h${minutes % 60n}m${tail}`
}
