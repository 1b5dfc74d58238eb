import { day as dayName } from '../format/dates.ts'
import { messages } from '../messages.ts'
import { useWidth } from '../parts/use-width.ts'
import { dayBars, everyDay } from './day-bars.ts'
import { Numbers } from './Numbers.tsx'
import type { ResultProps } from './result-props.ts'

const height = 64

/** Old against new, a pair of bars a day; the numbers stand below as a table. */
export const ByDay = ({ kind, status, compares }: ResultProps) => {
  const [ref, width] = useWidth<HTMLDivElement>()
  const days = everyDay(status.byDay)
  return (
    <>
      <p className="flex gap-4 pb-1 text-12 text-dim">
        {compares && (
          <span className="inline-flex items-center gap-1.5">
            <span className="size-2.5 border border-control" aria-hidden="true" />
            {messages.backtest.before[kind]}
          </span>
        )}
        <span className="inline-flex items-center gap-1.5">
          <span className="size-2.5 bg-[var(--bar-change)]" aria-hidden="true" />
          {messages.backtest.after[kind]}
        </span>
      </p>
      <div ref={ref}>
        <svg width={width} height={height + 18} aria-hidden="true" className="block">
          <line x1="0" x2={width} y1={height + 0.5} y2={height + 0.5} stroke="var(--line-strong)" />
          {dayBars(days, width, height).map((bars) => (
            <g key={bars.day}>
              {compares && bars.before.height > 0 && (
                <rect
                  x={bars.before.x}
                  y={height - bars.before.height + 0.5}
                  width={bars.barWidth}
                  height={bars.before.height}
                  fill="none"
                  stroke="var(--control)"
                />
              )}
              <rect
                x={bars.after.x}
                y={height - bars.after.height}
                width={bars.barWidth}
                height={bars.after.height}
                fill="var(--bar-change)"
              />
              {bars.label && (
                <text x={bars.x + 2} y={height + 13} fill="var(--faint)" fontSize="11">
                  {dayName(Date.parse(`${bars.day}T00:00:00Z`), { timeZone: 'UTC' })}
                </text>
              )}
            </g>
          ))}
        </svg>
      </div>
      <details className="text-12 text-dim">
        <summary className="w-fit">{messages.asTable}</summary>
        <Numbers
          head={messages.backtest.day}
          rows={days.map(({ day, before, after }) => ({ name: day, key: day, before, after }))}
          kind={kind}
          compares={compares}
        />
      </details>
    </>
  )
}
