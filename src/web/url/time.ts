/**
 * The time control's choice, as it stands in the URL of every page:
 * `?last=6h` (live, looking back six hours), `?from=…&to=…` (a fixed range), `?at=…` (the cluster as of a moment).
 * Without any of them the page is live.
 */
import { formatMicros, microsFromMillis, parseMicros } from '../../model/time.ts'

/** The part of the URL that the time control owns. Texts are valid by construction of {@link validTimeSearch}. */
export interface TimeSearch {
  readonly last?: string | undefined
  readonly from?: string | undefined
  readonly to?: string | undefined
  readonly at?: string | undefined
}

export type TimeChoice =
  | { readonly kind: 'live'; readonly last: string | undefined }
  | { readonly kind: 'range'; readonly from: string; readonly to: string }
  | { readonly kind: 'moment'; readonly at: string }

/** A half-open range, RFC 3339. `to` is undefined while the range goes on. */
export interface Range {
  readonly from: string
  readonly to: string | undefined
}

/** How far back the menu offers to look. */
export const lastChoices = ['5m', '15m', '1h', '6h', '24h', '7d', '30d'] as const

/** How far back a live page looks when nobody chose. */
export const defaultLast = '1h'

const unitSeconds: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400 }

/** Seconds of `90s`, `15m`, `6h`, `7d`; undefined for anything else, and for more than ten years. */
export const parseDuration = (text: string): number | undefined => {
  const match = /^(\d{1,6})([smhd])$/.exec(text)
  if (!match) return undefined
  const seconds = Number(match[1]) * (unitSeconds[match[2] ?? ''] ?? 0)
  return seconds > 0 && seconds <= 3650 * 86_400 ? seconds : undefined
}

/** Keeps what is a valid choice of time and drops the rest; of several, the most specific one holds. */
export const validTimeSearch = (search: Readonly<Record<string, unknown>>): TimeSearch => {
  const at = validMoment(search.at)
  if (at) return { at }
  const from = validMoment(search.from)
  const to = validMoment(search.to)
  if (from && to && millisOf(from) < millisOf(to)) return { from, to }
  if (typeof search.last === 'string' && parseDuration(search.last)) return { last: search.last }
  return {}
}

/** The choice that a validated search stands for. */
export const timeChoice = (search: TimeSearch): TimeChoice => {
  if (search.at) return { kind: 'moment', at: search.at }
  if (search.from && search.to) return { kind: 'range', from: search.from, to: search.to }
  return { kind: 'live', last: search.last }
}

/** The search that stands for a choice; every key is there, so that it replaces whatever stood in the URL before. */
export const timeSearch = (choice: TimeChoice): Record<keyof TimeSearch, string | undefined> => {
  const none = { last: undefined, from: undefined, to: undefined, at: undefined }
  switch (choice.kind) {
    case 'live':
      return { ...none, last: choice.last }
    case 'range':
      return { ...none, from: choice.from, to: choice.to }
    case 'moment':
      return { ...none, at: choice.at }
  }
}

/**
 * The range of records that a choice means. Live without a choice is the last hour, or all of a recording (`whole`),
 * whose records do not go on. As of a moment, it is the hour before it.
 */
export const rangeOf = (choice: TimeChoice, nowMillis: number, whole: Range | undefined): Range => {
  switch (choice.kind) {
    case 'range':
      return { from: choice.from, to: choice.to }
    case 'moment':
      return { from: rfc3339(millisOf(choice.at) - 3_600_000), to: choice.at }
    case 'live': {
      if (choice.last === undefined && whole) return whole
      const seconds = parseDuration(choice.last ?? defaultLast) ?? 3600
      return { from: rfc3339(nowMillis - seconds * 1000), to: undefined }
    }
  }
}

/** The same choice as a fixed one, so that a shared link shows the same rows later. */
export const absolute = (choice: TimeChoice, nowMillis: number, whole: Range | undefined): TimeChoice => {
  if (choice.kind !== 'live') return choice
  const range = rangeOf(choice, nowMillis, whole)
  return { kind: 'range', from: range.from, to: range.to ?? rfc3339(nowMillis) }
}

/** The choice one step earlier (-1) or later (1): half a range, or a minute of a moment. Live steps into a range. */
export const stepTime = (
  choice: TimeChoice,
  direction: -1 | 1,
  nowMillis: number,
  whole: Range | undefined,
): TimeChoice => {
  if (choice.kind === 'moment') return { kind: 'moment', at: rfc3339(millisOf(choice.at) + direction * 60_000) }
  const fixed = absolute(choice, nowMillis, whole)
  if (fixed.kind !== 'range') return fixed
  const from = millisOf(fixed.from)
  const half = Math.max(1000, (millisOf(fixed.to) - from) / 2)
  return {
    kind: 'range',
    from: rfc3339(from + direction * half),
    to: rfc3339(millisOf(fixed.to) + direction * half),
  }
}

/** The range from `minutes` before to `minutes` after a moment. */
export const around = (time: string, minutes: number): TimeChoice => ({
  kind: 'range',
  from: rfc3339(millisOf(time) - minutes * 60_000),
  to: rfc3339(millisOf(time) + minutes * 60_000),
})

/** Milliseconds of an RFC 3339 text that was validated before; 0 for anything else. */
export const millisOf = (time: string): number => (parseMicros(time) ?? 0) / 1000

/** RFC 3339 in UTC of a moment in milliseconds. */
export const rfc3339 = (millis: number): string => formatMicros(microsFromMillis(millis))

const validMoment = (value: unknown): string | undefined => {
  if (typeof value !== 'string' || value.length > 40) return undefined
  const micros = parseMicros(value)
  return micros === undefined || micros < 0 ? undefined : formatMicros(micros)
}
