import { useState } from 'react'
import type { GapRow } from '../../model/answer.ts'
import { clock, day } from '../format/dates.ts'
import { count } from '../format/numbers.ts'
import { messages } from '../messages.ts'
import { ScrollRegion } from '../parts/ScrollRegion.tsx'
import type { Axis, Lane } from './buckets.ts'

interface Props {
  readonly label: string
  readonly lanes: readonly Lane[]
  readonly gaps: readonly GapRow[]
  readonly axis: Axis
}

/** The chart's numbers, with empty buckets left out. Made only while it is open. */
export const AsTable = ({ label, lanes, gaps, axis }: Props) => {
  const [open, setOpen] = useState(false)
  const series = lanes.flatMap((lane) => lane.series)
  return (
    <details className="text-12 text-dim" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="w-fit">{messages.asTable}</summary>
      {open && (
        <ScrollRegion label={label} className="mt-1 max-h-60 overflow-y-auto">
          <table className="grid-lines w-full text-12">
            <thead>
              <tr>
                <th scope="col">{messages.time.from}</th>
                {series.map(({ label: name }) => (
                  <th key={name} scope="col" className="num">
                    {name}
                  </th>
                ))}
                <th scope="col">{messages.now.gaps}</th>
              </tr>
            </thead>
            <tbody>
              {Array.from({ length: axis.buckets }, (_, bucket) => bucket)
                .map((bucket) => {
                  const start = axis.fromMillis + bucket * axis.stepMillis
                  const end = start + axis.stepMillis
                  const within = gaps.filter((gap) => Date.parse(gap.to) >= start && Date.parse(gap.from) < end)
                  return { bucket, start, within }
                })
                .filter(
                  ({ bucket, within }) => within.length > 0 || series.some(({ counts }) => (counts[bucket] ?? 0) > 0),
                )
                .map(({ bucket, start, within }) => (
                  <tr key={bucket}>
                    <td>{`${day(start)} ${clock(start)}`}</td>
                    {series.map(({ label: name, counts }) => (
                      <td key={name} className="num">
                        {count(counts[bucket] ?? 0)}
                      </td>
                    ))}
                    <td>{within.map(({ source }) => source).join(', ')}</td>
                  </tr>
                ))}
            </tbody>
          </table>
        </ScrollRegion>
      )}
    </details>
  )
}
