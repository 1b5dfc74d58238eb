/** What stands at a tick of a time axis: the day at midnight, seconds where the axis is short. */
import { clock, day, hourMinute } from '../format/dates.ts'

/** `lengthMillis` of the whole axis; `offsetMillis` by which the viewer's zone is ahead of UTC. */
export const tickLabel = (at: number, lengthMillis: number, offsetMillis: number): string =>
  (at + offsetMillis) % 86_400_000 === 0 ? day(at) : lengthMillis < 600_000 ? clock(at) : hourMinute(at)

/** By how much the viewer's zone is ahead of UTC at a moment, in milliseconds. */
export const zoneOffset = (millis: number): number => -new Date(millis).getTimezoneOffset() * 60_000
