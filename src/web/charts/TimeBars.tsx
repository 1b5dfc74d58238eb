import { type KeyboardEvent, type PointerEvent, useId, useMemo, useState } from 'react'
import type { GapRow } from '../../model/answer.ts'
import { span } from '../format/dates.ts'
import { count, short } from '../format/numbers.ts'
import { messages } from '../messages.ts'
import { useWidth } from '../parts/use-width.ts'
import { type Range, rfc3339 } from '../url/time.ts'
import { AsTable } from './AsTable.tsx'
import {
  type Axis,
  bucketAt,
  gapSpans,
  type Lane,
  laneBars,
  laneMax,
  placeOf,
  rangeOfBuckets,
  type Series,
  sumBetween,
  ticks,
} from './buckets.ts'
import { HatchPattern } from './HatchPattern.tsx'
import { tickLabel, zoneOffset } from './tick-label.ts'

interface Props {
  readonly label: string
  readonly fromMillis: number
  readonly stepMillis: number
  readonly buckets: number
  readonly lanes: readonly Lane[]
  readonly gaps: readonly GapRow[]
  readonly laneHeight: number
  /** Called with the range that was brushed. */
  readonly onRange: (range: Range) => void
  /** A moment to mark, the one that the page is about. */
  readonly momentMillis?: number
  /** Names the lanes on the left, for charts with several. */
  readonly named?: boolean
}

const fills: Readonly<Record<Series['tone'], string>> = {
  plain: 'var(--bar)',
  forbid: 'var(--bar-forbid)',
  change: 'var(--bar-change)',
  low: 'var(--low)',
  medium: 'var(--medium)',
  high: 'var(--high)',
}

interface Cursor {
  readonly at: number
  /** Where the selection began, undefined while nothing is selected. */
  readonly anchor: number | undefined
}

/**
 * Counts over time as bars, one lane or several on one axis; what the record cannot speak for is hatched. Dragging, or
 * the arrow keys with Shift, chooses a range. The same numbers stand in a table below for those who cannot see bars.
 */
export const TimeBars = (props: Props) => {
  const { label, lanes, gaps, laneHeight, onRange, buckets, named = false } = props
  const [ref, width] = useWidth<HTMLDivElement>()
  const [cursor, setCursor] = useState<Cursor>()
  const axis: Axis = { fromMillis: props.fromMillis, stepMillis: props.stepMillis, buckets, width }
  const height = lanes.length * (laneHeight + laneSpace)
  const readoutId = useId()

  const pointerBucket = (event: PointerEvent): number =>
    bucketAt(axis, event.clientX - event.currentTarget.getBoundingClientRect().left)
  const apply = (chosen: Cursor): void => {
    onRange(rangeOfBuckets(axis, chosen.anchor ?? chosen.at, chosen.at))
    setCursor(undefined)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowLeft' ? -1 : event.key === 'ArrowRight' ? 1 : 0
    if (step !== 0) {
      event.preventDefault()
      const here = cursor?.at ?? (step > 0 ? -1 : buckets)
      const at = Math.max(0, Math.min(buckets - 1, here + step))
      setCursor({ at, anchor: event.shiftKey ? (cursor?.anchor ?? Math.max(0, here)) : undefined })
    } else if (event.key === 'Enter' && cursor) {
      event.preventDefault()
      apply(cursor)
    } else if (event.key === 'Escape' && cursor) {
      event.preventDefault()
      setCursor(undefined)
    }
  }

  return (
    <figure className="flex flex-col">
      <div className="flex">
        {named && (
          <div className="w-24 shrink-0 text-12 text-dim" aria-hidden="true">
            {lanes.map((lane) => (
              <div
                key={lane.label}
                className="flex flex-col justify-end pb-0.5"
                style={{ height: laneHeight + laneSpace }}
              >
                <span>{lane.label}</span>
                <span className="text-faint">{peakOf(lane)}</span>
              </div>
            ))}
          </div>
        )}
        <div className="relative min-w-0 grow">
          <div
            ref={ref}
            role="slider"
            tabIndex={0}
            aria-label={`${label}. ${messages.chart.hint}`}
            aria-valuemin={0}
            aria-valuemax={Math.max(0, buckets - 1)}
            aria-valuenow={cursor?.at ?? 0}
            aria-valuetext={cursor ? readout(axis, lanes, gaps, cursor) : messages.chart.start}
            className="cursor-crosshair touch-pan-y select-none"
            onKeyDown={onKeyDown}
            onBlur={() => setCursor(undefined)}
            onPointerDown={(event) => {
              if (event.button !== 0) return
              event.currentTarget.setPointerCapture(event.pointerId)
              const at = pointerBucket(event)
              setCursor({ at, anchor: at })
            }}
            onPointerMove={(event) => {
              const at = pointerBucket(event)
              setCursor((before) => ({ at, anchor: event.buttons === 1 ? before?.anchor : undefined }))
            }}
            onPointerUp={() => {
              if (cursor?.anchor !== undefined && cursor.anchor !== cursor.at) apply(cursor)
              else setCursor((before) => before && { at: before.at, anchor: undefined })
            }}
            onPointerLeave={() => setCursor(undefined)}
            onDoubleClick={() => cursor && apply(cursor)}
          >
            <svg width={width} height={height + axisHeight} aria-hidden="true" className="block">
              <Bars lanes={lanes} axis={axis} laneHeight={laneHeight} />
              <Gaps axis={axis} gaps={gaps} height={height} />
              {props.momentMillis !== undefined && <Moment x={placeOf(axis, props.momentMillis)} height={height} />}
              {cursor && <Mark axis={axis} cursor={cursor} height={height} />}
              <TimeAxis axis={axis} y={height} />
            </svg>
          </div>
          {cursor && (
            <p
              id={readoutId}
              className={`pointer-events-none absolute -top-5 max-w-full truncate rounded-3 bg-raised px-1 text-12 ${
                cursor.at > buckets / 2 ? 'left-0' : 'right-0'
              }`}
            >
              {readout(axis, lanes, gaps, cursor)}
            </p>
          )}
        </div>
      </div>
      <AsTable label={label} lanes={lanes} gaps={gaps} axis={axis} />
    </figure>
  )
}

const laneSpace = 8
const axisHeight = 18

const peakOf = (lane: Lane): string =>
  lane.series.every((series) => series.counts.every((value) => value === 0))
    ? messages.chart.none
    : messages.chart.peak(short(laneMax(lane)))

const Bars = ({
  lanes,
  axis,
  laneHeight,
}: {
  readonly lanes: readonly Lane[]
  readonly axis: Axis
  readonly laneHeight: number
}) => {
  const each = axis.buckets === 0 ? 0 : axis.width / axis.buckets
  const shapes = useMemo(() => lanes.map((lane) => laneBars(lane, laneHeight, 2)), [lanes, laneHeight])
  return shapes.map((bars, index) => {
    const top = index * (laneHeight + laneSpace) + laneSpace
    const lane = lanes[index]
    return (
      <g key={lane?.label} transform={`translate(0 ${top})`}>
        <line x1="0" x2={axis.width} y1={laneHeight + 0.5} y2={laneHeight + 0.5} stroke="var(--line)" />
        {bars.map((bar) => (
          <rect
            key={`${bar.bucket} ${bar.series}`}
            x={bar.bucket * each + Math.min(0.5, each / 8)}
            width={Math.max(0.5, each - Math.min(1, each / 4))}
            y={bar.y}
            height={bar.height}
            fill={fills[lane?.series[bar.series]?.tone ?? 'plain']}
          />
        ))}
      </g>
    )
  })
}

const Gaps = ({
  axis,
  gaps,
  height,
}: {
  readonly axis: Axis
  readonly gaps: readonly GapRow[]
  readonly height: number
}) => {
  const id = useId()
  return (
    <>
      <HatchPattern id={id} />
      {gapSpans(axis, gaps).map(({ x, width, gap }) => (
        <rect key={gap.id} x={x} y={2} width={width} height={height - 2} fill={`url(#${id})`} />
      ))}
    </>
  )
}

const Mark = ({ axis, cursor, height }: { readonly axis: Axis; readonly cursor: Cursor; readonly height: number }) => {
  const each = axis.width / Math.max(1, axis.buckets)
  const first = Math.min(cursor.at, cursor.anchor ?? cursor.at)
  const last = Math.max(cursor.at, cursor.anchor ?? cursor.at)
  return (
    <rect
      x={first * each}
      width={(last - first + 1) * each}
      y={2}
      height={height - 2}
      fill="var(--accent)"
      opacity={cursor.anchor === undefined ? 0.14 : 0.24}
    />
  )
}

const Moment = ({ x, height }: { readonly x: number; readonly height: number }) => (
  <g transform={`translate(${x} 0)`} stroke="var(--past)">
    <line y1={2} y2={height + 4} strokeWidth="1.5" />
    <path d="M-5 0h10l-5 7z" fill="var(--past)" stroke="none" />
  </g>
)

const TimeAxis = ({ axis, y }: { readonly axis: Axis; readonly y: number }) => {
  const offset = zoneOffset(axis.fromMillis)
  const length = axis.stepMillis * axis.buckets
  return ticks(axis, 88, offset).map((at) => {
    const x = ((at - axis.fromMillis) / length) * axis.width
    if (x < 16 || x > axis.width - 20) return null
    return (
      <g key={at}>
        <line x1={x} x2={x} y1={y} y2={y + 4} stroke="var(--line-strong)" />
        <text x={x} y={y + 15} textAnchor="middle" fontSize="12" fill="var(--faint)">
          {tickLabel(at, length, offset)}
        </text>
      </g>
    )
  })
}

/** What lies under the cursor, in words. */
const readout = (axis: Axis, lanes: readonly Lane[], gaps: readonly GapRow[], cursor: Cursor): string => {
  const from = Math.min(cursor.at, cursor.anchor ?? cursor.at)
  const to = Math.max(cursor.at, cursor.anchor ?? cursor.at)
  const range = rangeOfBuckets(axis, from, to)
  const start = axis.fromMillis + from * axis.stepMillis
  const end = axis.fromMillis + (to + 1) * axis.stepMillis
  const parts = lanes.flatMap((lane) =>
    lane.series
      .map((series) => [series.label, sumBetween(series.counts, from, to)] as const)
      .filter(([, sum]) => sum > 0 || lanes.length > 1)
      .map(([name, sum]) => `${count(sum)} ${name}`),
  )
  const within = gaps.filter((gap) => Date.parse(gap.to) >= start && Date.parse(gap.from) <= end)
  const said = within.slice(0, 2).map((gap) => messages.chart.gap(gap.source, messages.gapReason(gap.reason)))
  return messages.chart.readout(
    span(range.from, range.to ?? rfc3339(end), Date.now()),
    [...parts, ...said].join(' · ') || messages.chart.none,
  )
}
