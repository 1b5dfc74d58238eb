import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useEffect, useMemo, useState } from 'react'
import type { HistogramSplit } from '../../../model/answer.ts'
import { parseQuery, withoutTerm, withTerm } from '../../../model/query/index.ts'
import { ApiError } from '../../api/client.ts'
import { eventsQuery, sourcesQuery } from '../../api/queries.ts'
import { Page } from '../../frame/Page.tsx'
import { messages } from '../../messages.ts'
import { Fault } from '../../parts/Fault.tsx'
import { QueryBar } from '../../parts/QueryBar.tsx'
import { timeSearch } from '../../url/time.ts'
import { useTime } from '../../url/use-time.ts'
import { EventActions } from './EventActions.tsx'
import { EventHistogram } from './EventHistogram.tsx'
import { EventPanel } from './EventPanel.tsx'
import { EventTable } from './EventTable.tsx'
import { FacetList } from './FacetList.tsx'
import { NoEvents } from './NoEvents.tsx'
import { joined } from './tail.ts'
import { useTail } from './use-tail.ts'

/** Rows asked for at once. */
const pageRows = 200

/** Each record in one line: ask, narrow down, follow, look into one. */
export const EventsPage = () => {
  const search = useSearch({ from: '/events' })
  const navigate = useNavigate({ from: '/events' })
  const time = useTime()
  const q = search.q ?? ''
  const split: HistogramSplit = search.split ?? 'decision'
  const when = { choice: time.choice, whole: time.whole, ready: time.ready }
  const sources = useQuery(sourcesQuery)
  // After a replay has come to its end nothing new can come.
  const live = time.choice.kind === 'live' && (sources.data?.items ?? []).some(({ state }) => state !== 'ended')
  const [tailing, setTailing] = useState(true)
  const [scrolled, setScrolled] = useState(false)

  const events = useInfiniteQuery(eventsQuery(q, when, pageRows))
  const tail = useTail(q, live && tailing && parseQuery(q).ok, scrolled, () => void events.refetch())
  const rows = useMemo(
    () => joined(tail.rows, events.data?.pages.flatMap(({ items }) => items) ?? []),
    [tail.rows, events.data],
  )
  const searched = events.data?.pages[0]?.searched
  const { overflown, reset } = tail
  const { refetch } = events
  // More came than the tail keeps: the list is asked for again, unless somebody reads in it.
  useEffect(() => {
    if (!overflown || scrolled) return
    reset()
    void refetch()
  }, [overflown, scrolled, reset, refetch])

  const setQuery = (next: string): void => {
    void navigate({ search: (before) => ({ ...before, q: next || undefined }) })
  }
  const filter = (field: string, value: string, negate: boolean): void => setQuery(withTerm(q, field, value, negate))
  const open = (id: string | undefined): void => {
    void navigate({
      search: (before) => ({ ...before, row: id }),
      replace: id !== undefined && search.row !== undefined,
    })
  }

  return (
    <Page
      title={messages.pages.events}
      claim={messages.events.claim}
      scrolls={false}
      busy={(events.isFetching || !time.ready) && !events.isFetchingNextPage}
      answeredAt={events.dataUpdatedAt}
      searched={searched}
      actions={<EventActions q={q} when={when} live={live} tailing={tailing} setTailing={setTailing} tail={tail} />}
    >
      <div className="px-5">
        <QueryBar q={q} onQuery={setQuery} fault={events.error instanceof ApiError ? events.error : undefined} />
        <EventHistogram
          q={q}
          when={when}
          split={split}
          onSplit={(next) => {
            void navigate({ search: (before) => ({ ...before, split: next === 'decision' ? undefined : next }) })
          }}
          onFilter={filter}
          onRange={(range) => {
            if (!range.to) return
            const chosen = timeSearch({ kind: 'range', from: range.from, to: range.to })
            void navigate({ search: (before) => ({ ...before, ...chosen }) })
          }}
        />
      </div>
      <div className="mt-2 flex min-h-0 grow border-t border-line">
        <FacetList
          beside={search.row !== undefined}
          q={q}
          when={when}
          onFilter={filter}
          onDrop={(field, value) => setQuery(withoutTerm(q, field, value))}
        />
        <div className="flex min-w-0 grow flex-col overflow-hidden max-md:overflow-x-auto">
          {events.error && !events.data ? (
            <div className="px-5">
              <Fault error={events.error} retry={() => void events.refetch()} />
            </div>
          ) : events.data && rows.length === 0 ? (
            <NoEvents q={q} searched={searched} onQuery={setQuery} />
          ) : rows.length === 0 ? null : (
            <EventTable
              rows={rows}
              selected={search.row}
              onOpen={open}
              held={tail.held.length}
              onRelease={tail.release}
              onScrolled={setScrolled}
              more={events.hasNextPage}
              onMore={() => {
                if (!events.isFetchingNextPage) void events.fetchNextPage()
              }}
            />
          )}
        </div>
        {search.row && (
          <EventPanel
            id={search.row}
            known={rows.find(({ id }) => id === search.row)}
            onClose={() => open(undefined)}
            onFilter={filter}
          />
        )}
      </div>
    </Page>
  )
}
