/** Bars of old against new by day. Pure. */

export interface DayPair {
  readonly day: string
  readonly before: number
  readonly after: number
}

export interface DayBars {
  readonly day: string
  /** Left edge of the day's group, in pixels. */
  readonly x: number
  readonly before: { readonly x: number; readonly height: number }
  readonly after: { readonly x: number; readonly height: number }
  readonly barWidth: number
  readonly groupWidth: number
  readonly label: boolean
}

const widest = 64
const labelRoom = 46

/** Two bars a day, one scale for both. Every day has its place, also one on which nothing fired. */
export const dayBars = (days: readonly DayPair[], width: number, height: number): readonly DayBars[] => {
  if (days.length === 0 || width <= 0) return []
  const most = Math.max(1, ...days.flatMap(({ before, after }) => [before, after]))
  const groupWidth = Math.min(widest, width / days.length)
  const barWidth = Math.max(1, groupWidth * 0.36)
  const every = Math.max(1, Math.ceil(labelRoom / groupWidth))
  const tall = (value: number): number => (value === 0 ? 0 : Math.max(2, (value / most) * height))
  return days.map(({ day, before, after }, index) => {
    const x = index * groupWidth
    const middle = x + groupWidth / 2
    return {
      day,
      x,
      before: { x: middle - barWidth - 0.5, height: tall(before) },
      after: { x: middle + 0.5, height: tall(after) },
      barWidth,
      groupWidth,
      label: index % every === 0,
    }
  })
}

/** The days between the first and the last, those without anything as well; as given where they are no days. */
export const everyDay = (days: readonly DayPair[]): readonly DayPair[] => {
  const times = days.map(({ day }) => Date.parse(`${day}T00:00:00Z`))
  const first = Math.min(...times)
  const between = Math.round((Math.max(...times) - first) / 86_400_000)
  if (!Number.isFinite(between) || between > 400) return days
  const known = new Map(days.map((each) => [each.day, each]))
  return Array.from({ length: between + 1 }, (_, index) => {
    const day = new Date(first + index * 86_400_000).toISOString().slice(0, 10)
    return known.get(day) ?? { day, before: 0, after: 0 }
  })
}
