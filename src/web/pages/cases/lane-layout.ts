/** Where the steps of a case stand on a time axis: lanes by kind of evidence, rows where steps overlap. */
import type { GapRow } from '../../../model/answer.ts'
import type { CaseStep } from '../../../model/case.ts'
import { ticks as roundTicks } from '../../charts/buckets.ts'

export type LaneName = CaseStep['lane']

export interface Mark {
  readonly step: CaseStep
  readonly x: number
  readonly width: number
  readonly row: number
}

export interface Lane {
  readonly lane: LaneName
  /** Rows above it. */
  readonly top: number
  readonly rows: number
  readonly marks: readonly Mark[]
}

export interface LaneLayout {
  readonly lanes: readonly Lane[]
  /** Round moments of the viewer's zone. */
  readonly ticks: readonly { readonly x: number; readonly millis: number }[]
  /** From the first step to the end of the last one, in milliseconds. */
  readonly length: number
  readonly hatches: readonly { readonly id: string; readonly x: number; readonly width: number }[]
}

const order: readonly LaneName[] = ['requests', 'runtime', 'objects', 'flows']
const leastWidth = 10
const space = 3
/** Between the labels of two ticks, and from a label's middle to the border. */
const apart = 96
const edge = 16
/** More rows than this, of all lanes, would push the table out of sight: the rest of a lane stands in its last row. */
const rowsOfAll = 10
const rowsOfOne = 6

/** `width` in pixels; `offsetMillis` by which the viewer's zone is ahead of UTC. Lanes without a step are left out. */
export const laneLayout = (
  steps: readonly CaseStep[],
  gaps: readonly GapRow[],
  width: number,
  offsetMillis = 0,
): LaneLayout => {
  if (steps.length === 0 || width <= 0) return { lanes: [], ticks: [], length: 0, hatches: [] }
  const times = steps.flatMap(({ firstTime, lastTime }) => [Date.parse(firstTime), Date.parse(lastTime)])
  const first = Math.min(...times)
  const span = Math.max(Math.max(...times) - first, 1000)
  const room = width - leastWidth
  const xOf = (millis: number): number => Math.max(0, Math.min(room, ((millis - first) / span) * room))

  const present = new Set(steps.map(({ lane }) => lane)).size
  const mostRows = Math.min(rowsOfOne, Math.floor(rowsOfAll / present))

  const lanes: Lane[] = []
  let top = 0
  for (const lane of order) {
    const own = steps.filter((step) => step.lane === lane)
    if (own.length === 0) continue
    const ends: number[] = []
    const marks = own
      .toSorted((a, b) => Date.parse(a.firstTime) - Date.parse(b.firstTime))
      .map((step): Mark => {
        const x = xOf(Date.parse(step.firstTime))
        const wide = Math.max(leastWidth, xOf(Date.parse(step.lastTime)) - x)
        const free = ends.findIndex((end) => end + space <= x)
        const row = free >= 0 ? free : Math.min(ends.length, mostRows - 1)
        ends[row] = Math.max(ends[row] ?? 0, x + wide)
        return { step, x, width: wide, row }
      })
    lanes.push({ lane, top, rows: ends.length, marks })
    top += ends.length
  }
  const hatches = gaps.flatMap(({ id, from, to }) => {
    const [begin, end] = [Date.parse(from), Date.parse(to)]
    return end < first || begin > first + span ? [] : [{ id, x: xOf(begin), width: xOf(end) - xOf(begin) }]
  })
  const axis = { fromMillis: first, stepMillis: span, buckets: 1, width: room }
  const ticks = roundTicks(axis, apart, offsetMillis)
    .map((millis) => ({ x: xOf(millis), millis }))
    .filter(({ x }) => x >= edge && x <= room - edge)
  return { lanes, ticks, length: span, hatches }
}
