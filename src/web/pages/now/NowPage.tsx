import { useQuery } from '@tanstack/react-query'
import { Link, useNavigate } from '@tanstack/react-router'
import { Fragment } from 'react'
import type { OverviewAnswer, SourceRow } from '../../../api/contract/answers.ts'
import type { Timeline } from '../../../model/answer.ts'
import type { Case } from '../../../model/case.ts'
import { openCasesQuery } from '../../api/case-queries.ts'
import { serverNow } from '../../api/clock.ts'
import { overviewQuery, sourcesQuery, statusQuery, timelineQuery } from '../../api/queries.ts'
import { sumBetween } from '../../charts/buckets.ts'
import { TimeBars } from '../../charts/TimeBars.tsx'
import { span } from '../../format/dates.ts'
import { rate } from '../../format/numbers.ts'
import { notHeard } from '../../frame/Honesty.tsx'
import { Page } from '../../frame/Page.tsx'
import { messages } from '../../messages.ts'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { Moment } from '../../parts/Moment.tsx'
import { rangeState } from '../../parts/range-state.tsx'
import { Section } from '../../parts/Section.tsx'
import { SeverityMark } from '../../parts/Severity.tsx'
import { SourceSign } from '../../parts/SourceSign.tsx'
import { millisOf, type Range, rangeOf, rfc3339, type TimeSearch, timeSearch } from '../../url/time.ts'
import { type Time, useTime } from '../../url/use-time.ts'
import { Changes } from './Changes.tsx'
import { type ClaimPart, claimOf } from './claim.ts'
import { NamespaceTable } from './NamespaceTable.tsx'

/** Is anything wrong, how sure are we, and where to go. */
export const NowPage = () => {
  const time = useTime()
  const overview = useQuery(overviewQuery(time.at))
  const sources = useQuery(sourcesQuery)
  const cases = useQuery({ ...openCasesQuery, enabled: !time.past })
  const began = useQuery({ ...statusQuery, select: ({ record }) => record?.from }).data
  const strip = stripRange(time, began)
  const timeline = useQuery({
    ...timelineQuery(
      JSON.stringify([time.choice, time.whole?.from, began]),
      strip.range,
      96,
      time.choice.kind === 'live',
    ),
    enabled: time.ready,
  })
  if (overview.error && !overview.data) {
    return (
      <Page title={messages.pages.now}>
        <Fault error={overview.error} retry={() => void overview.refetch()} />
      </Page>
    )
  }
  const data = overview.data
  return (
    <Page
      title={messages.pages.now}
      claim={rangeState(time)}
      busy={overview.isFetching && !data}
      answeredAt={overview.dataUpdatedAt}
    >
      {data && (
        <>
          <Claim
            overview={data}
            sources={sources.data?.items ?? data.sources}
            timeline={timeline.data}
            strip={strip}
            past={time.past}
            openCases={cases.data?.counts.open}
          />
          {!time.past && data.sources.length === 0 && (
            <p className="pt-3">
              <Link to="/sources" className="btn btn-primary">
                {messages.now.connect}
              </Link>
            </p>
          )}
          {!time.past && <SourceLine sources={sources.data?.items ?? data.sources} />}
          {!time.past && cases.data && cases.data.items.length > 0 && <OpenCases cases={cases.data.items} />}
          <Section title={messages.now.strip(strip.name)}>
            {timeline.data ? (
              <Strip timeline={timeline.data} moment={time.choice.kind === 'moment' ? time.choice.at : undefined} />
            ) : timeline.error ? (
              <Fault error={timeline.error} retry={() => void timeline.refetch()} />
            ) : (
              <div className="h-[150px]" />
            )}
          </Section>
          <NamespaceTable overview={data} />
          <Section
            title={messages.now.recent}
            aside={
              <Link to="/events" search={{ q: 'verb:create,update,patch,delete' }} className="link">
                {messages.now.allChanges}
              </Link>
            }
          >
            {data.changesMissing !== '' ? (
              <Empty kind="unseen">{data.changesMissing}</Empty>
            ) : data.changes.length === 0 ? (
              <Empty kind={data.sources.length === 0 ? 'unseen' : 'nothing'}>{messages.now.noChanges}</Empty>
            ) : (
              <>
                <Changes changes={data.changes} />
                <p className="pt-1.5 text-12 text-dim">{messages.now.recentNote}</p>
              </>
            )}
          </Section>
        </>
      )}
    </Page>
  )
}

/**
 * The strip shows the last day while live, all of a recording, or the range that was chosen. A record that is younger
 * than a day is shown from its beginning: before it, nothing could have been seen.
 */
const stripRange = (time: Time, began: string | undefined): StripRange => {
  const { choice, whole } = time
  const named = (name: string, range: () => Range, search: TimeSearch = {}): StripRange => ({
    name,
    phrase: messages.now.inThe(name),
    range,
    search,
  })
  const lastDay: TimeSearch = { last: '24h' }
  if (choice.kind === 'range') {
    const name = span(choice.from, choice.to, serverNow())
    return { name, phrase: messages.now.inSpan(name), range: () => choice, search: {} }
  }
  if (choice.kind === 'moment') {
    if (whole) return named(messages.now.wholeRecording, () => whole, { from: whole.from, to: whole.to, at: undefined })
    const end = millisOf(choice.at)
    const before: Range = { from: rfc3339(end - day), to: choice.at }
    return named(messages.now.before24, () => before, { ...before, at: undefined })
  }
  if (choice.last) {
    return named(messages.now.last(choice.last), () => fixed(rangeOf(choice, serverNow(), whole)))
  }
  if (whole) return named(messages.now.wholeRecording, () => whole)
  if (began !== undefined && millisOf(began) > serverNow() - day) {
    const name = messages.now.sinceBegan
    return { name, phrase: name, range: () => ({ from: began, to: rfc3339(serverNow()) }), search: lastDay }
  }
  return named(messages.now.last24, () => ({ from: rfc3339(serverNow() - day), to: rfc3339(serverNow()) }), lastDay)
}

interface StripRange {
  readonly name: string
  /** The name as the end of a sentence: `in the last 24 hours`. */
  readonly phrase: string
  readonly range: () => Range
  /** What the page Events has to be given to show the same range, where it is not the page's own choice. */
  readonly search: TimeSearch
}

const day = 86_400_000

const fixed = (range: Range): Range => ({ from: range.from, to: range.to ?? rfc3339(serverNow()) })

interface ClaimProps {
  readonly overview: OverviewAnswer
  readonly sources: readonly SourceRow[]
  readonly timeline: Timeline | undefined
  readonly strip: StripRange
  readonly past: boolean
  readonly openCases: number | undefined
}

const Claim = ({ overview, sources, timeline, strip, past, openCases }: ClaimProps) => {
  const parts = claimOf({
    counts: overview.counts,
    namespaces: overview.namespaces,
    sources,
    unheard: notHeard(sources),
    refused: timeline && sumBetween(timeline.forbidden, 0, timeline.forbidden.length - 1),
    gaps: timeline?.gaps.length,
    openCases,
    span: strip.phrase,
    past,
  })
  return (
    <p className="max-w-4xl text-18 text-pretty first-letter:uppercase">
      {parts.map((part, index) => (
        <Fragment key={part.id}>
          <ClaimLink part={part} search={strip.search} />
          {index < parts.length - 1 ? '; ' : '.'}
        </Fragment>
      ))}
    </p>
  )
}

const tones: Readonly<Record<ClaimPart['tone'], string>> = {
  bad: 'font-semibold text-critical',
  unsure: 'font-semibold text-past',
  plain: '',
}

const quiet = 'underline decoration-line-strong decoration-1 underline-offset-4 hover:decoration-current'

/** What the strip counts as refused: by the authorizer, or before it came to that. */
const refusedQuery = 'decision:forbid OR code:401,403'

/** Every number leads to what it counts. */
const ClaimLink = ({ part, search }: { readonly part: ClaimPart; readonly search: TimeSearch }) => {
  const style = `${tones[part.tone]} ${quiet}`
  switch (part.id) {
    case 'cases':
      return (
        <Link to="/cases" className={style}>
          {part.text}
        </Link>
      )
    case 'findings':
    case 'stricter':
      return (
        <Link to="/workloads" className={style}>
          {part.text}
        </Link>
      )
    case 'refused':
      return (
        <Link to="/events" search={{ q: refusedQuery, ...search }} className={style}>
          {part.text}
        </Link>
      )
    case 'gaps':
      return (
        <Link to="/events" search={{ q: 'kind:gap', ...search }} className={style}>
          {part.text}
        </Link>
      )
    case 'sources':
      return (
        <Link to="/sources" className={style}>
          {part.text}
        </Link>
      )
  }
}

/** The gravest open cases, a line each. */
const OpenCases = ({ cases }: { readonly cases: readonly Case[] }) => (
  <Section
    title={messages.now.cases}
    aside={
      <Link to="/cases" className="link">
        {messages.now.allCases}
      </Link>
    }
  >
    <ul>
      {cases.map((one) => (
        <li key={one.id} className="flex items-baseline gap-3 border-b border-line py-1 first:border-t">
          <span className="w-20 shrink-0 max-md:w-4">
            <SeverityMark severity={one.severity} wordless="max-md:sr-only" />
          </span>
          <Link
            to="/cases/$id"
            params={{ id: one.id }}
            data-row
            className="line-clamp-3 min-w-0 wrap-anywhere hover:underline"
          >
            {one.title}
          </Link>
          <span className="ml-auto shrink-0 text-dim">
            <Moment time={one.lastTime} />
          </span>
        </li>
      ))}
    </ul>
  </Section>
)

const SourceLine = ({ sources }: { readonly sources: readonly SourceRow[] }) => (
  <ul aria-label={messages.now.sources} className="flex flex-wrap gap-x-6 gap-y-1 pt-3">
    {sources.map((source) => (
      <li key={source.id} className="flex items-center gap-2">
        <SourceSign state={source.state} />
        <Link to="/sources" className="font-mono text-12 hover:underline">
          {source.id}
        </Link>
        <span className="text-dim">
          {source.lastRecordAt ? (
            <>
              {messages.now.lastRecord('')}
              <Moment time={source.lastRecordAt} as="age" />
            </>
          ) : (
            messages.now.noRecord
          )}
          , {rate(source.recordsPerSecond)}
        </span>
      </li>
    ))}
  </ul>
)

const Strip = ({ timeline, moment }: { readonly timeline: Timeline; readonly moment: string | undefined }) => {
  const navigate = useNavigate()
  return (
    <TimeBars
      label={messages.now.strip('')}
      named
      laneHeight={36}
      fromMillis={millisOf(timeline.from)}
      stepMillis={timeline.stepSeconds * 1000}
      buckets={timeline.records.length}
      gaps={timeline.gaps}
      {...(moment ? { momentMillis: millisOf(moment) } : {})}
      lanes={[
        {
          label: messages.now.records,
          series: [{ label: messages.now.recordsWord, counts: timeline.records, tone: 'plain' }],
        },
        {
          label: messages.now.refused,
          series: [{ label: messages.now.refusedWord, counts: timeline.forbidden, tone: 'forbid' }],
        },
        {
          label: messages.now.changes,
          series: [{ label: messages.now.changesWord, counts: timeline.changes, tone: 'change' }],
        },
      ]}
      onRange={(range) => {
        if (!range.to) return
        const search = timeSearch({ kind: 'range', from: range.from, to: range.to })
        void navigate({ to: '/events', search })
      }}
    />
  )
}
