/** Moments as people read them: in the viewer's zone, with UTC and age at hand. */
import { millisOf } from '../url/time.ts'
import { duration } from './numbers.ts'

/** How to print times; a page uses the viewer's own, a test a fixed one. */
export interface Zone {
  readonly timeZone: string
}

export const viewerZone: Zone = { timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone }

const cache = new Map<string, Intl.DateTimeFormat>()

const formatter = (zone: Zone, name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat => {
  const key = `${zone.timeZone} ${name}`
  const known = cache.get(key)
  if (known) return known
  const made = new Intl.DateTimeFormat('en-GB', { ...options, timeZone: zone.timeZone, hourCycle: 'h23' })
  cache.set(key, made)
  return made
}

/** `14:03` */
export const hourMinute = (millis: number, zone: Zone = viewerZone): string =>
  formatter(zone, 'hm', { hour: '2-digit', minute: '2-digit' }).format(millis)

/** `14:03:22` */
export const clock = (millis: number, zone: Zone = viewerZone): string =>
  formatter(zone, 'hms', { hour: '2-digit', minute: '2-digit', second: '2-digit' }).format(millis)

/** `14:03:22.125` */
export const clockMillis = (millis: number, zone: Zone = viewerZone): string =>
  formatter(zone, 'hmsm', {
    hour: '2-digit',
    minute: '2-digit',
    second: '2-digit',
    fractionalSecondDigits: 3,
  }).format(millis)

/** `23 Nov` */
export const day = (millis: number, zone: Zone = viewerZone): string =>
  formatter(zone, 'day', { day: 'numeric', month: 'short' }).format(millis)

/** `23 Nov 2026` */
export const dayYear = (millis: number, zone: Zone = viewerZone): string =>
  formatter(zone, 'dayYear', { day: 'numeric', month: 'short', year: 'numeric' }).format(millis)

/** `14:03:22` when it was today, `21 Nov 14:03` in the same year, `21 Nov 2025 14:03` otherwise. */
export const moment = (millis: number, nowMillis: number, zone: Zone = viewerZone): string =>
  dayYear(millis, zone) === dayYear(nowMillis, zone)
    ? clock(millis, zone)
    : `${dayFrom(millis, nowMillis, zone)} ${hourMinute(millis, zone)}`

const year = (millis: number, zone: Zone): string => formatter(zone, 'year', { year: 'numeric' }).format(millis)

/** The day, with its year where that is another than now. */
const dayFrom = (millis: number, nowMillis: number, zone: Zone): string =>
  year(millis, zone) === year(nowMillis, zone) ? day(millis, zone) : dayYear(millis, zone)

/** `1.2 s ago`, or `in 3 min` for what lies ahead. */
export const age = (millis: number, nowMillis: number): string =>
  millis > nowMillis + 999
    ? `in ${duration(millis - nowMillis)}`
    : nowMillis - millis < 1000
      ? 'just now'
      : `${duration(nowMillis - millis)} ago`

/** What stands behind a time when asked: the viewer's time with its zone, UTC, and age. */
export const inFull = (time: string, nowMillis: number, zone: Zone = viewerZone): string => {
  const millis = millisOf(time)
  return `${dayYear(millis, zone)} ${clockMillis(millis, zone)} ${zone.timeZone}\n${time}\n${age(millis, nowMillis)}`
}

/** `13:40 – 14:05` on one day, with days where they differ. */
export const span = (from: string, to: string, nowMillis: number, zone: Zone = viewerZone): string => {
  const a = millisOf(from)
  const b = millisOf(to)
  const shortSpan = b - a < 120_000
  const time = shortSpan ? clock : hourMinute
  if (dayYear(a, zone) !== dayYear(b, zone)) {
    return `${dayFrom(a, nowMillis, zone)} ${hourMinute(a, zone)} – ${dayFrom(b, nowMillis, zone)} ${hourMinute(b, zone)}`
  }
  const prefix = dayYear(a, zone) === dayYear(nowMillis, zone) ? '' : `${dayFrom(a, nowMillis, zone)} `
  return `${prefix}${time(a, zone)} – ${time(b, zone)}`
}

/** The value of `<input type="datetime-local">` for a moment, in the viewer's zone. */
export const localInput = (millis: number): string => {
  const date = new Date(millis)
  const pad = (value: number): string => String(value).padStart(2, '0')
  return `${date.getFullYear()}-${pad(date.getMonth() + 1)}-${pad(date.getDate())}T${pad(date.getHours())}:${pad(date.getMinutes())}:${pad(date.getSeconds())}`
}

/** Milliseconds of such a value; undefined when it is not filled in. */
export const fromLocalInput = (value: string): number | undefined => {
  const millis = new Date(value).getTime()
  return Number.isNaN(millis) ? undefined : millis
}
