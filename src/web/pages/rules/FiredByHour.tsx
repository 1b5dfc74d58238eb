import { serverNow } from '../../api/clock.ts'
import { day, hourMinute } from '../../format/dates.ts'
import { messages } from '../../messages.ts'
import { useWidth } from '../../parts/use-width.ts'
import { dayStarts, hourBars, hourStart } from './fired-bars.ts'

const height = 48

/** How often a rule fired by hour of the last 7 days. */
export const FiredByHour = ({ counts }: { readonly counts: readonly number[] }) => {
  const [ref, width] = useWidth<HTMLDivElement>()
  const now = serverNow()
  const total = counts.reduce((sum, each) => sum + each, 0)
  const said = messages.rules.panel.firedTotal(total, Math.max(0, ...counts))
  const step = width / Math.max(1, counts.length)
  return (
    <>
      <p className="text-dim">{said}</p>
      <div ref={ref}>
        <svg width={width} height={height + 18} role="img" aria-label={said} className="block">
          {dayStarts(counts.length, now, (millis) => new Date(millis).getTimezoneOffset()).map(({ hour, millis }) => (
            <g key={millis}>
              <line x1={hour * step} x2={hour * step} y1="0" y2={height} stroke="var(--line)" />
              {hour * step < width - 40 && (
                <text x={hour * step + 3} y={height + 13} fill="var(--faint)" fontSize="11">
                  {day(millis)}
                </text>
              )}
            </g>
          ))}
          <line x1="0" x2={width} y1={height + 0.5} y2={height + 0.5} stroke="var(--line-strong)" />
          {hourBars(counts, width, height).map((bar) => {
            const begin = hourStart(bar.hour, counts.length, now)
            return (
              <rect
                key={bar.hour}
                x={bar.x}
                y={height - bar.height}
                width={bar.width}
                height={bar.height}
                fill="var(--bar-change)"
              >
                <title>{messages.rules.panel.firedHour(bar.count, `${day(begin)} ${hourMinute(begin)}`)}</title>
              </rect>
            )
          })}
        </svg>
      </div>
    </>
  )
}
