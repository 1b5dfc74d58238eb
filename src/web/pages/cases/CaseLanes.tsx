import { useId } from 'react'
import type { GapRow } from '../../../model/answer.ts'
import type { CaseStep } from '../../../model/case.ts'
import { compareSeverity, type Severity } from '../../../model/finding.ts'
import { HatchPattern } from '../../charts/HatchPattern.tsx'
import { tickLabel, zoneOffset } from '../../charts/tick-label.ts'
import { clock } from '../../format/dates.ts'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { useWidth } from '../../parts/use-width.ts'
import { laneLayout } from './lane-layout.ts'

interface Props {
  readonly steps: readonly CaseStep[]
  readonly gaps: readonly GapRow[]
  readonly selected: string | undefined
  readonly onSelect: (step: string | undefined) => void
}

const laneHeight = 26
const labelWidth = 76

const colours: Readonly<Record<Severity, string>> = {
  critical: 'var(--critical)',
  high: 'var(--high)',
  medium: 'var(--medium)',
  low: 'var(--low)',
  info: 'var(--info)',
}

/** The steps of a case on one time axis, a lane for each kind of evidence. The same steps stand in the table below. */
export const CaseLanes = ({ steps, gaps, selected, onSelect }: Props) => {
  const [ref, width] = useWidth<HTMLDivElement>()
  const offset = zoneOffset(Date.parse(steps[0]?.firstTime ?? ''))
  const { lanes, ticks, length, hatches } = laneLayout(steps, gaps, Math.max(0, width - labelWidth - 12), offset)
  const pattern = useId()
  const height = lanes.reduce((sum, { rows }) => sum + rows * laneHeight, 0) + 22
  return (
    <div ref={ref} className="pb-2">
      {width > 0 && (
        <svg width={width} height={height} role="img" aria-label={messages.cases.page.lanesLabel} className="block">
          <HatchPattern id={pattern} />
          {ticks.map(({ x, millis }) => (
            <g key={millis} transform={`translate(${labelWidth + x},0)`}>
              <line y1={0} y2={height - 18} stroke="var(--line)" />
              <text y={height - 5} textAnchor="middle" fontSize={11} fill="var(--dim)">
                {tickLabel(millis, length, offset)}
              </text>
            </g>
          ))}
          {hatches.map(({ x, width: wide, id }) => (
            <rect
              key={id}
              x={labelWidth + x}
              width={Math.max(2, wide)}
              y={0}
              height={height - 18}
              fill={`url(#${pattern})`}
            />
          ))}
          {lanes.map(({ lane, top, rows, marks }) => (
            <g key={lane} transform={`translate(0,${top * laneHeight})`}>
              <line x1={0} x2={width} y1={rows * laneHeight} y2={rows * laneHeight} stroke="var(--line)" />
              <text x={0} y={17} fontSize={12} fill="var(--dim)">
                {messages.cases.page.lanes[lane]}
              </text>
              {/* The gravest are drawn last: where marks lie on each other, they are seen. */}
              {marks
                .toSorted((a, b) => compareSeverity(a.step.severity, b.step.severity))
                .map(({ step, x, width: wide, row }) => (
                  // biome-ignore lint/a11y/noStaticElementInteractions: the table below does the same with the keyboard
                  <g
                    key={step.id}
                    transform={`translate(${labelWidth + x},${row * laneHeight + 5})`}
                    onClick={() => onSelect(step.id === selected ? undefined : step.id)}
                    style={{ cursor: 'pointer' }}
                  >
                    <title>{`${step.title} · ${count(step.count)} × · ${clock(Date.parse(step.firstTime))}`}</title>
                    <rect
                      width={Math.max(10, wide)}
                      height={16}
                      rx={3}
                      fill={step.refused ? 'var(--surface)' : colours[step.severity]}
                      fillOpacity={step.refused ? 1 : step.severity === 'info' ? 0.5 : 0.85}
                      stroke={step.id === selected ? 'var(--text)' : colours[step.severity]}
                      strokeWidth={step.id === selected ? 2 : 1}
                    />
                  </g>
                ))}
            </g>
          ))}
        </svg>
      )}
    </div>
  )
}
