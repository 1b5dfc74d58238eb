import { useMutation, useQuery } from '@tanstack/react-query'
import { Fragment } from 'react'
import type { SourceRow, SourceTest } from '../../../api/contract/answers.ts'
import { post, segment } from '../../api/client.ts'
import { serverNow } from '../../api/clock.ts'
import { sourcesQuery } from '../../api/queries.ts'
import { span } from '../../format/dates.ts'
import { bytes, count, duration, rate } from '../../format/numbers.ts'
import { Page } from '../../frame/Page.tsx'
import { messages } from '../../messages.ts'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { SourceSign } from '../../parts/SourceSign.tsx'
import { useTime } from '../../url/use-time.ts'
import { Connect } from './Connect.tsx'
import { Missing, TestResult } from './TestResult.tsx'

/** What Bulwark listens to, how each one does, and what it does not get to see. */
export const SourcesPage = () => {
  const sources = useQuery(sourcesQuery)
  const data = sources.data
  return (
    <Page
      title={messages.pages.sources}
      claim={messages.sources.claim}
      busy={sources.isFetching && !data}
      answeredAt={sources.dataUpdatedAt}
    >
      {sources.error && !data && <Fault error={sources.error} retry={() => void sources.refetch()} />}
      {data && data.items.length === 0 && <Empty kind="unseen">{messages.sources.none}</Empty>}
      {data && data.items.length > 0 && <SourceTable items={data.items} />}
      {data && data.setups.length > 0 && <Connect setups={data.setups} />}
    </Page>
  )
}

const SourceTable = ({ items }: { readonly items: readonly SourceRow[] }) => {
  const { columns } = messages.sources
  return (
    <div className="relative overflow-x-auto pt-2">
      <table className="grid-lines w-full">
        <thead>
          <tr>
            <th scope="col">{columns.source}</th>
            <th scope="col">{columns.state}</th>
            <th scope="col" className="max-md:hidden">
              {columns.since}
            </th>
            <th scope="col" className="num">
              {columns.rate}
            </th>
            <th scope="col" className="num max-md:hidden">
              {columns.lag}
            </th>
            <th scope="col" className="num max-md:hidden">
              {columns.records}
            </th>
            <th scope="col" className="num max-md:hidden">
              {columns.quarantined}
            </th>
            <th scope="col" className="max-md:hidden">
              {columns.lastGap}
            </th>
            <th scope="col">
              <span className="sr-only">{columns.test}</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {items.map((source) => (
            <Source key={source.id} source={source} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

const Source = ({ source }: { readonly source: SourceRow }) => {
  const time = useTime()
  const test = useMutation({ mutationFn: () => post<SourceTest>(`sources/${segment(source.id)}/test`) })
  const gap = source.lastGap
  return (
    <Fragment>
      <tr className="joined h-10 hover:bg-transparent!">
        <td>
          <span className="font-mono text-12 md:whitespace-nowrap">{source.id}</span>
          {source.type !== source.id && <span className="pl-2 text-12 text-faint">{source.type}</span>}
        </td>
        <td>
          <SourceSign state={source.state} word />
        </td>
        <td className="text-dim max-md:hidden">
          <Moment time={source.since} />
        </td>
        <td className="num">{rate(source.recordsPerSecond)}</td>
        <td className="num max-md:hidden">
          {source.lagMillis === undefined ? messages.sources.noLag : duration(source.lagMillis)}
        </td>
        <td className="num max-md:hidden" title={bytes(source.bytesTotal)}>
          {count(source.recordsTotal)}
        </td>
        <td className={`num max-md:hidden ${source.quarantinedTotal > 0 ? 'text-past' : ''}`}>
          {count(source.quarantinedTotal)}
        </td>
        <td className="max-md:hidden">
          {gap ? (
            <span title={gap.what} className="inline-flex items-center gap-1.5 whitespace-nowrap">
              <span className="hatched size-3 border border-past" aria-hidden="true" />
              {span(gap.from, gap.to, serverNow())}
              <span className="text-dim max-xl:sr-only">{messages.gapReason(gap.reason)}</span>
            </span>
          ) : (
            <span className="text-dim">{messages.sources.noGap}</span>
          )}
        </td>
        <td className="num">
          <button
            type="button"
            data-row
            className="btn"
            disabled={test.isPending || time.past}
            title={time.past ? messages.sources.past : undefined}
            onClick={() => test.mutate()}
          >
            {test.isPending ? messages.sources.testing : messages.sources.test}
            <span className="sr-only"> {source.id}</span>
          </button>
        </td>
      </tr>
      <tr className="hover:bg-transparent!">
        <td colSpan={9} className="pb-3! pl-0! align-top whitespace-normal">
          <p className="text-dim wrap-anywhere">{source.message}</p>
          {source.missing.length > 0 && <Missing missing={source.missing} />}
          {test.error && <Fault error={test.error} />}
          {test.data && <TestResult test={test.data} />}
        </td>
      </tr>
    </Fragment>
  )
}
