import { useInfiniteQuery, useQuery } from '@tanstack/react-query'
import { useNavigate, useSearch } from '@tanstack/react-router'
import { podSecurityLevels, type WorkloadRow } from '../../../model/posture.ts'
import { namespacesQuery, sourcesQuery, workloadsQuery } from '../../api/queries.ts'
import { ButtonFilter } from '../../filters/ButtonFilter.tsx'
import { ChoiceFilter } from '../../filters/ChoiceFilter.tsx'
import { FilterRow } from '../../filters/FilterRow.tsx'
import { TextFilter } from '../../filters/TextFilter.tsx'
import { count } from '../../format/numbers.ts'
import { Page } from '../../frame/Page.tsx'
import { messages } from '../../messages.ts'
import { Empty } from '../../parts/Empty.tsx'
import { Fault } from '../../parts/Fault.tsx'
import { NoSource } from '../../parts/NoSource.tsx'
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
          {workloads.data && rows.length === 0 && <NoWorkloads filtered={filtered !== undefined} />}
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
  return (
    <FilterRow>
      <TextFilter
        label={messages.workloads.filter}
        text={search.name}
        maxLength={253}
        onText={(name) => void navigate({ search: (before) => ({ ...before, name }), replace: true })}
      />
      <ChoiceFilter
        label={messages.workloads.namespace}
        any={messages.workloads.allNamespaces}
        chosen={search.ns}
        choices={namespaces.map((name) => ({ value: name, text: name }))}
        onChoose={(ns) => void navigate({ search: (before) => ({ ...before, ns }) })}
      />
      <ButtonFilter
        label={messages.workloads.level}
        any={messages.workloads.allLevels}
        chosen={search.level}
        choices={podSecurityLevels.map((level) => ({ value: level, text: messages.levels[level] }))}
        onChoose={(level) => void navigate({ search: (before) => ({ ...before, level }) })}
      />
    </FilterRow>
  )
}

const NoWorkloads = ({ filtered }: { readonly filtered: boolean }) => {
  const navigate = useNavigate({ from: '/workloads' })
  const sources = useQuery(sourcesQuery)
  if (filtered) {
    const clear = (): void =>
      void navigate({ search: (before) => ({ ...before, ns: undefined, level: undefined, name: undefined }) })
    return (
      <Empty
        kind="noMatch"
        actions={
          <button type="button" className="btn" onClick={clear}>
            {messages.empty.clear}
          </button>
        }
      >
        {messages.workloads.noMatch}
      </Empty>
    )
  }
  if (sources.data?.items.length === 0) return <NoSource>{messages.workloads.noSource}</NoSource>
  return <Empty kind="nothing">{messages.workloads.none}</Empty>
}
