/** The arithmetic of charts over time: places, ticks, and what a brush means. Pure. */
import type { GapRow } from '../../model/answer.ts'
import { millisOf, type Range, rfc3339 } from '../url/time.ts'

/** A time axis: where it starts and how it is cut. `width` in pixels. */
export interface Axis {
  readonly fromMillis: number
  readonly stepMillis: number
  readonly buckets: number
  readonly width: number
}

/** The pixel where a moment stands, unclipped. */
export const placeOf = (axis: Axis, millis: number): number =>
  axis.buckets === 0 ? 0 : ((millis - axis.fromMillis) / (axis.stepMillis * axis.buckets)) * axis.width

/** The bucket under a pixel, kept inside the axis. */
export const bucketAt = (axis: Axis, x: number): number =>
  Math.max(0, Math.min(axis.buckets - 1, Math.floor((x / Math.max(1, axis.width)) * axis.buckets)))

/** The range of time from one bucket to another, both included, in either order. */
export const rangeOfBuckets = (axis: Axis, a: number, b: number): Range => ({
  from: rfc3339(axis.fromMillis + Math.min(a, b) * axis.stepMillis),
  to: rfc3339(axis.fromMillis + (Math.max(a, b) + 1) * axis.stepMillis),
})

const tickSteps = [
  1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800,
  2_592_000,
].map((seconds) => seconds * 1000)

/** Moments for labels, at round times of the zone that is `offsetMillis` ahead of UTC, at least `apart` pixels apart. */
export const ticks = (axis: Axis, apart: number, offsetMillis: number): readonly number[] => {
  const length = axis.stepMillis * axis.buckets
  if (length <= 0 || axis.width < apart) return []
  const wanted = length / (axis.width / apart)
  const step = tickSteps.find((candidate) => candidate >= wanted) ?? tickSteps[tickSteps.length - 1] ?? length
  const result: number[] = []
  const first = Math.ceil((axis.fromMillis + offsetMillis) / step) * step - offsetMillis
  for (let at = first; at <= axis.fromMillis + length && result.length < 100; at += step) result.push(at)
  return result
}

/** Where gaps lie on an axis, clipped to it; a gap too short to see is still two pixels wide. */
export const gapSpans = (
  axis: Axis,
  gaps: readonly GapRow[],
): readonly { readonly x: number; readonly width: number; readonly gap: GapRow }[] =>
  gaps.flatMap((gap) => {
    const start = Math.max(0, placeOf(axis, millisOf(gap.from)))
    const end = Math.min(axis.width, placeOf(axis, millisOf(gap.to)))
    return end < 0 || start > axis.width || end < start ? [] : [{ x: start, width: Math.max(2, end - start), gap }]
  })

/** One lane of a chart: its series lie on top of each other, the first one at the bottom. */
export interface Lane {
  readonly label: string
  readonly series: readonly Series[]
}

export interface Series {
  readonly label: string
  readonly counts: readonly number[]
  /** Which colour and texture: see TimeBars. */
  readonly tone: 'plain' | 'forbid' | 'change' | 'low' | 'medium' | 'high'
}

/** The tallest bucket of a lane; at least 1, so that it can be divided by. */
export const laneMax = (lane: Lane): number => {
  let max = 1
  const length = Math.max(0, ...lane.series.map((series) => series.counts.length))
  for (let bucket = 0; bucket < length; bucket += 1) {
    let sum = 0
    for (const series of lane.series) sum += series.counts[bucket] ?? 0
    if (sum > max) max = sum
  }
  return max
}

/** The bars of a lane as rectangles, in units of the lane's height (0 at the top). What is not zero is at least `least` high. */
export const laneBars = (
  lane: Lane,
  height: number,
  least: number,
): readonly { readonly bucket: number; readonly series: number; readonly y: number; readonly height: number }[] => {
  const max = laneMax(lane)
  const result: { bucket: number; series: number; y: number; height: number }[] = []
  const length = Math.max(0, ...lane.series.map((series) => series.counts.length))
  for (let bucket = 0; bucket < length; bucket += 1) {
    let top = height
    lane.series.forEach((series, index) => {
      const value = series.counts[bucket] ?? 0
      if (value <= 0) return
      const tall = Math.min(top, Math.max(least, (value / max) * height))
      top -= tall
      result.push({ bucket, series: index, y: top, height: tall })
    })
  }
  return result
}

/** Sums of a series over buckets `a` to `b`, both included. */
export const sumBetween = (counts: readonly number[], a: number, b: number): number => {
  let sum = 0
  for (let bucket = Math.min(a, b); bucket <= Math.max(a, b); bucket += 1) sum += counts[bucket] ?? 0
  return sum
}
