import { useQuery } from '@tanstack/react-query'
import { useMemo } from 'react'
import { type HistogramSplit, histogramSplits } from '../../../model/answer.ts'
import { histogramQuery, type When } from '../../api/queries.ts'
import { TimeBars } from '../../charts/TimeBars.tsx'
import { count } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import type { OnFilter } from '../../parts/FilterButtons.tsx'
import { Progress } from '../../parts/Progress.tsx'
import { millisOf, type Range } from '../../url/time.ts'
import { histogramSeries, type ValueSeries } from './histogram-series.ts'

interface Props {
  readonly q: string
  readonly when: When
  readonly split: HistogramSplit
  readonly onSplit: (split: HistogramSplit) => void
  readonly onFilter: OnFilter
  readonly onRange: (range: Range) => void
}

const swatches: Readonly<Record<ValueSeries['tone'], string>> = {
  plain: 'bg-[var(--bar)]',
  forbid: 'bg-[var(--bar-forbid)]',
  change: 'bg-[var(--bar-change)]',
  low: 'bg-low',
  medium: 'bg-medium',
  high: 'bg-high',
}

/** How many records over time, split by a field; a brush is the range, a name in the legend a filter. */
export const EventHistogram = ({ q, when, split, onSplit, onFilter, onRange }: Props) => {
  const histogram = useQuery(histogramQuery(q, when, 90, split))
  const data = histogram.data
  const series = useMemo(() => (data ? histogramSeries(data, split) : []), [data, split])
  const lanes = useMemo(() => [{ label: messages.events.histogram, series }], [series])
  return (
    <section aria-label={messages.events.histogram} className="pt-2">
      <div className="flex h-7 items-center gap-4 text-12">
        {data && <span>{messages.events.total(count(data.total))}</span>}
        <ul className="flex min-w-0 items-center gap-1 overflow-hidden">
          {series.slice(0, 8).map((each) => (
            <li key={each.value}>
              <button
                type="button"
                className="inline-flex items-center gap-1.5 rounded-3 px-1.5 whitespace-nowrap text-dim hover:bg-hover hover:text-text"
                title={messages.events.only(split, each.value)}
                onClick={() => onFilter(split, each.value, false)}
              >
                <span className={`size-2.5 ${swatches[each.tone]}`} aria-hidden="true" />
                {each.label} {count(each.sum)}
              </button>
            </li>
          ))}
        </ul>
        <label className="ml-auto flex shrink-0 items-center gap-1.5 text-dim">
          {messages.events.split}
          <select
            className="rounded-3 border border-line-strong bg-surface px-1 text-text"
            value={split}
            onChange={(event) => {
              const next = histogramSplits.find((each) => each === event.target.value)
              if (next) onSplit(next)
            }}
          >
            {histogramSplits.map((each) => (
              <option key={each} value={each}>
                {messages.events.splits[each]}
              </option>
            ))}
          </select>
        </label>
      </div>
      <div className="min-h-[108px]">
        {data && (
          <TimeBars
            label={messages.events.histogram}
            laneHeight={56}
            fromMillis={millisOf(data.from)}
            stepMillis={data.stepSeconds * 1000}
            buckets={data.series[0]?.counts.length ?? 0}
            lanes={lanes}
            gaps={data.searched.gaps}
            onRange={onRange}
          />
        )}
      </div>
      <Progress busy={histogram.isFetching && !data} />
    </section>
  )
}
