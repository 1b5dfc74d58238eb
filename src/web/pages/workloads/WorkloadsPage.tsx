import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRef } from 'react'
import { podSecurityLevels, type WorkloadRow } from '../../../model/posture.ts'
import { namespacesQuery, workloadsQuery } from '../../api/queries.ts'
import { count } from '../../format/numbers.ts'
import { Page } from '../../frame/Page.tsx'
import { useKey } from '../../keys/use-key.ts'
import { messages } from '../../messages.ts'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { rangeState } from '../../parts/range-state.tsx'
import { ScrollRegion } from '../../parts/ScrollRegion.tsx'
import { useTime } from '../../url/use-time.ts'
import { WorkloadPanel } from './WorkloadPanel.tsx'
import { WorkloadTable } from './WorkloadTable.tsx'
import { parseWorkloadKey } from './workload-key.ts'

/** Which level each workload reaches, by namespace, and what keeps it from the next. */
export const WorkloadsPage = () => {
  const search = useSearch({ from: '/workloads' })
  const navigate = useNavigate({ from: '/workloads' })
  const time = useTime()
  const namespaces = useQuery(namespacesQuery(time.at))
  const workloads = useInfiniteQuery(
    workloadsQuery(time.at, { namespace: search.ns, level: search.level, name: search.name }),
  )
  const rows: readonly WorkloadRow[] = workloads.data?.pages.flatMap(({ items }) => items) ?? []
  const opened = search.open === undefined ? undefined : parseWorkloadKey(search.open)
  const open = (key: string | undefined): void => {
    void navigate({ search: (before) => ({ ...before, open: key }) })
  }
  const total = workloads.data?.pages[0]?.total
  const filtered = search.ns ?? search.level ?? search.name

  return (
    <Page
      title={messages.pages.workloads}
      claim={rangeState(time) ?? messages.workloads.claim}
      scrolls={false}
      busy={workloads.isFetching && !workloads.data}
      answeredAt={workloads.dataUpdatedAt}
      actions={total !== undefined && <span className="text-dim">{messages.workloads.allOfThem(count(total))}</span>}
    >
      <Filters namespaces={namespaces.data?.items.map(({ name }) => name) ?? []} />
      <div className="flex min-h-0 grow border-t border-line">
        <ScrollRegion label={messages.pages.workloads} className="@container min-w-0 grow overflow-y-auto px-5 pb-6">
          {workloads.error && !workloads.data && (
            <Fault error={workloads.error} retry={() => void workloads.refetch()} />
          )}
          {workloads.data && rows.length === 0 && (
            <Empty
              kind={filtered ? 'noMatch' : 'nothing'}
              actions={
                filtered && (
                  <button
                    type="button"
                    className="btn"
                    onClick={() => {
                      void navigate({
                        search: (before) => ({ ...before, ns: undefined, level: undefined, name: undefined }),
                      })
                    }}
                  >
                    {messages.empty.clear}
                  </button>
                )
              }
            >
              {filtered ? messages.workloads.noMatch : messages.workloads.none}
            </Empty>
          )}
          {rows.length > 0 && (
            <WorkloadTable
              rows={rows}
              namespaces={namespaces.data?.items ?? []}
              opened={search.open}
              onOpen={(key) => open(key === search.open ? undefined : key)}
            />
          )}
          {workloads.hasNextPage && (
            <button
              type="button"
              className="btn mt-3"
              disabled={workloads.isFetchingNextPage}
              onClick={() => void workloads.fetchNextPage()}
            >
              {messages.workloads.more}
            </button>
          )}
        </ScrollRegion>
        {opened && <WorkloadPanel workload={opened} at={time.at} onClose={() => open(undefined)} />}
      </div>
    </Page>
  )
}

const Filters = ({ namespaces }: { readonly namespaces: readonly string[] }) => {
  const search = useSearch({ from: '/workloads' })
  const navigate = useNavigate({ from: '/workloads' })
  const name = useRef<HTMLInputElement>(null)
  useKey('query', () => {
    name.current?.focus()
    return true
  })
  return (
    <div className="flex flex-wrap items-center gap-2 px-5 pb-2.5">
      <input
        ref={name}
        type="search"
        className="field w-56"
        placeholder={messages.workloads.filter}
        aria-label={messages.workloads.filter}
        value={search.name ?? ''}
        maxLength={253}
        onChange={(event) => {
          const value = event.target.value || undefined
          void navigate({ search: (before) => ({ ...before, name: value }), replace: true })
        }}
      />
      <select
        className="field"
        aria-label={messages.workloads.namespace}
        value={search.ns ?? ''}
        onChange={(event) => {
          const value = event.target.value || undefined
          void navigate({ search: (before) => ({ ...before, ns: value }) })
        }}
      >
        <option value="">{messages.workloads.allNamespaces}</option>
        {namespaces.map((each) => (
          <option key={each} value={each}>
            {each}
          </option>
        ))}
        {search.ns && !namespaces.includes(search.ns) && <option value={search.ns}>{search.ns}</option>}
      </select>
      <fieldset className="flex" aria-label={messages.workloads.level}>
        {[undefined, ...podSecurityLevels].map((level) => (
          <button
            key={level ?? ''}
            type="button"
            className="btn -ml-px rounded-none first:ml-0 first:rounded-l-6 last:rounded-r-6 aria-pressed:z-10"
            aria-pressed={search.level === level}
            onClick={() => {
              void navigate({ search: (before) => ({ ...before, level }) })
            }}
          >
            {level ? messages.levels[level] : messages.workloads.allLevels}
          </button>
        ))}
      </fieldset>
    </div>
  )
}
