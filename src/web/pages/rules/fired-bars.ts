/** Bars of how often a rule fired by hour. Pure. */

export interface HourBar {
  readonly hour: number
  readonly count: number
  readonly x: number
  readonly width: number
  readonly height: number
}

/** Bars for counts by hour, the newest last; hours without any have none. `width` and `height` in pixels. */
export const hourBars = (counts: readonly number[], width: number, height: number): readonly HourBar[] => {
  const most = Math.max(0, ...counts)
  if (most === 0 || width <= 0) return []
  const step = width / counts.length
  return counts.flatMap((count, hour) =>
    count === 0
      ? []
      : [
          {
            hour,
            count,
            x: hour * step,
            width: Math.max(1.5, step - 0.5),
            height: Math.max(2, (count / most) * height),
          },
        ],
  )
}

const hourMillis = 3_600_000

/** When an hour of those that end with the present one begins, in milliseconds; hours are counted from the oldest. */
export const hourStart = (hour: number, hours: number, nowMillis: number): number =>
  (Math.floor(nowMillis / hourMillis) - (hours - 1 - hour)) * hourMillis

/** Where days of the viewer begin, as hours counted from the oldest, with the moment in milliseconds. */
export const dayStarts = (
  hours: number,
  nowMillis: number,
  offsetMinutes: (millis: number) => number,
): readonly { readonly hour: number; readonly millis: number }[] =>
  Array.from({ length: hours }, (_, hour) => ({ hour, millis: hourStart(hour, hours, nowMillis) })).filter(
    ({ millis }) => Math.floor((millis / 60_000 - offsetMinutes(millis)) / 60) % 24 === 0,
  )
