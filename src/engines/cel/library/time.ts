/** Parts of timestamps and durations, after cel-go v0.29.2 `common/stdlib/standard.go`. Without a zone they are UTC. */
import { quote } from '../../apimachinery/quote.ts'
import { type FunctionDeclaration, fn, memberBinary, memberUnary } from '../environment.ts'
import { type CivilTime, civilTime } from '../time.ts'
import { durationType, intType, stringType, timestampType } from '../types.ts'
import { CelDuration, CelError, CelTimestamp, type CelValue, isError, noSuchOverload } from '../values.ts'

type Part = (time: CivilTime, nanos: number) => number

const parts: readonly (readonly [name: string, id: string, part: Part])[] = [
  ['getFullYear', 'timestamp_to_year', (t) => t.year],
  ['getMonth', 'timestamp_to_month', (t) => t.month - 1],
  ['getDayOfYear', 'timestamp_to_day_of_year', (t) => t.yearDay - 1],
  ['getDayOfMonth', 'timestamp_to_day_of_month', (t) => t.day - 1],
  ['getDate', 'timestamp_to_day_of_month_1_based', (t) => t.day],
  ['getDayOfWeek', 'timestamp_to_day_of_week', (t) => t.weekday],
  ['getHours', 'timestamp_to_hours', (t) => t.hour],
  ['getMinutes', 'timestamp_to_minutes', (t) => t.minute],
  ['getSeconds', 'timestamp_to_seconds', (t) => t.second],
  ['getMilliseconds', 'timestamp_to_milliseconds', (_t, nanos) => Math.floor(nanos / 1e6)],
]

/** Nanoseconds of a whole unit; a duration's part counts whole units of its entire length. */
const units: Readonly<Record<string, readonly [id: string, nanos: bigint]>> = {
  getHours: ['duration_to_hours', 3_600_000_000_000n],
  getMinutes: ['duration_to_minutes', 60_000_000_000n],
  getSeconds: ['duration_to_seconds', 1_000_000_000n],
  getMilliseconds: ['duration_to_milliseconds', 1_000_000n],
}

function partOf(time: CelValue | undefined, zone: CelValue | undefined, part: Part): CelValue {
  if (!(time instanceof CelTimestamp) || typeof zone !== 'string') return noSuchOverload
  const offset = zoneOffset(zone, time.seconds)
  return isError(offset) ? offset : BigInt(part(civilTime(time.seconds, offset), time.nanos))
}

/** Seconds that a zone is ahead of UTC at a moment: `UTC`, a name of the IANA database, or `+hh:mm`. */
function zoneOffset(zone: string, seconds: number): number | CelError {
  // The local zone is that of the API server, whose image has UTC.
  if (zone === 'UTC' || zone === '' || zone === 'Local') return 0
  const colon = zone.indexOf(':')
  if (colon < 0) return namedOffset(zone, seconds)
  const [hours, minutes] = [zone.slice(0, colon), zone.slice(colon + 1)]
  for (const number of [hours, minutes]) {
    if (!/^[+-]?[0-9]{1,9}$/.test(number)) {
      const why = /^[+-]?[0-9]+$/.test(number) ? 'value out of range' : 'invalid syntax'
      return new CelError(`strconv.Atoi: parsing ${quote(number)}: ${why}`)
    }
  }
  return (Number(hours) * 60 + (zone.startsWith('-') ? -1 : 1) * Number(minutes)) * 60
}

const formats = new Map<string, Intl.DateTimeFormat>()

/** Formats are kept, because making one takes longer than using it; the number of zones is bounded by the database. */
function namedOffset(zone: string, seconds: number): number | CelError {
  try {
    let format = formats.get(zone)
    if (format === undefined) {
      format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' })
      if (!isGoName(zone, format)) return new CelError(`unknown time zone ${zone}`)
      formats.set(zone, format)
    }
    const name = format.formatToParts(seconds * 1000).find((part) => part.type === 'timeZoneName')?.value ?? 'GMT'
    const match = /^GMT(?:([+-])(\d{2}):(\d{2})(?::(\d{2}))?)?$/.exec(name)
    const offset = Number(match?.[2] ?? 0) * 3600 + Number(match?.[3] ?? 0) * 60 + Number(match?.[4] ?? 0)
    return match?.[1] === '-' ? -offset : offset
  } catch {
    const isPath = /^[/\\]|(?:^|[/\\])\.\.(?:[/\\]|$)/.test(zone)
    return new CelError(isPath ? 'time: invalid location name' : `unknown time zone ${zone}`)
  }
}

/** Go counts hours, minutes and seconds in doubles, so the last nanoseconds of a long duration make it a whole unit more. */
const wholeUnits = (nanos: bigint, unit: bigint): bigint =>
  unit === 1_000_000n ? nanos / unit : BigInt(Math.trunc(Number(nanos / unit) + Number(nanos % unit) / Number(unit)))

/** Go finds a zone only by its exact name, and none by an offset; JavaScript takes both. */
function isGoName(zone: string, format: Intl.DateTimeFormat): boolean {
  if (/^[+-]|(?:^|\/)[a-z]/.test(zone)) return false
  const { timeZone } = format.resolvedOptions()
  return timeZone === zone || timeZone.toLowerCase() !== zone.toLowerCase()
}

export const timeFunctions: readonly FunctionDeclaration[] = parts.map(([name, id, part]) => {
  const unit = units[name]
  const overloads = [
    memberUnary(id, [timestampType], intType, (time) => partOf(time, 'UTC', part)),
    memberBinary(`${id}_with_tz`, [timestampType, stringType], intType, (time, zone) => partOf(time, zone, part)),
  ]
  if (unit === undefined) return fn(name, ...overloads)
  const [durationId, nanos] = unit
  const whole = memberUnary(durationId, [durationType], intType, (d) =>
    d instanceof CelDuration ? wholeUnits(d.nanos, nanos) : noSuchOverload,
  )
  return fn(name, ...overloads, whole)
})
