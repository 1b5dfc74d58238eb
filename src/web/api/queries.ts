/** Every question that the page asks, with its cache key. Live answers are asked again by themselves. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type {
  KindsAnswer,
  ObjectDetail,
  ObjectRow,
  ObjectVersionPage,
  OverviewAnswer,
  SourcesAnswer,
  StatePage,
  StatusAnswer,
  ValuesAnswer,
} from '../../api/contract/answers.ts'
import type {
  EventDetail,
  EventPage,
  Facets,
  Histogram,
  HistogramSplit,
  ObjectVersionDetail,
  Timeline,
} from '../../model/answer.ts'
import type { WorkloadRef } from '../../model/finding.ts'
import type { NamespacePosture, WorkloadPosture, WorkloadRow } from '../../model/posture.ts'
import { type Range, rangeOf, type TimeChoice } from '../url/time.ts'
import { get, segment } from './client.ts'
import { serverNow, setServerNow } from './clock.ts'

/** What names an object over its versions. */
export interface ObjectKey {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** A choice of time with the recording's whole range, if there is one; every question about records starts from it. */
export interface When {
  readonly choice: TimeChoice
  readonly whole: Range | undefined
  /** Nothing is asked before this. */
  readonly ready: boolean
}

/** While a recording is replayed its end moves: what was asked stays the same question, and is asked again by the clock. */
const keyOf = ({ choice, whole }: When) => [choice, whole?.from]

const liveEvery = 10_000

/** Counts beside the live tail: often enough that they go along with its rows. */
const refetchOf = (choice: TimeChoice): number | false => (choice.kind === 'live' ? 5000 : false)
const range = (when: When): Range => rangeOf(when.choice, serverNow(), when.whole)
const objectPath = (key: ObjectKey): string => [key.group, key.kind, key.namespace, key.name].map(segment).join('/')

export const statusQuery = queryOptions({
  queryKey: ['status'],
  queryFn: async ({ signal }) => {
    const status = await get<StatusAnswer>('status', {}, signal)
    setServerNow(status.now)
    return status
  },
  refetchInterval: 5000,
})

export const overviewQuery = (at: string | undefined) =>
  queryOptions({
    queryKey: ['overview', at],
    queryFn: ({ signal }) => get<OverviewAnswer>('overview', { at }, signal),
    refetchInterval: at ? false : liveEvery,
    placeholderData: keepPreviousData,
  })

export const timelineQuery = (key: string, span: () => Range, buckets: number, live: boolean) =>
  queryOptions({
    queryKey: ['timeline', key, buckets],
    queryFn: ({ signal }) => get<Timeline>('timeline', { ...span(), buckets }, signal),
    refetchInterval: live ? liveEvery : false,
    placeholderData: keepPreviousData,
  })

export const sourcesQuery = queryOptions({
  queryKey: ['sources'],
  queryFn: ({ signal }) => get<SourcesAnswer>('sources', {}, signal),
  refetchInterval: 5000,
})

export const eventsQuery = (q: string, when: When, limit: number) =>
  infiniteQueryOptions({
    queryKey: ['events', q, keyOf(when), limit],
    enabled: when.ready,
    queryFn: ({ signal, pageParam }) =>
      get<EventPage>('events', { q, ...range(when), limit, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  })

export const eventQuery = (id: string) =>
  queryOptions({
    queryKey: ['event', id],
    queryFn: ({ signal }) => get<EventDetail>(`events/${segment(id)}`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })

export const histogramQuery = (q: string, when: When, buckets: number, split: HistogramSplit) =>
  queryOptions({
    queryKey: ['histogram', q, keyOf(when), buckets, split],
    enabled: when.ready,
    queryFn: ({ signal }) => get<Histogram>('events/histogram', { q, ...range(when), buckets, split }, signal),
    refetchInterval: refetchOf(when.choice),
    placeholderData: keepPreviousData,
  })

/** In the order in which the page shows them. */
export const facetFields = ['decision', 'verb', 'code', 'resource', 'ns', 'user', 'kind', 'source'] as const

export const facetsQuery = (q: string, when: When) =>
  queryOptions({
    queryKey: ['facets', q, keyOf(when)],
    queryFn: ({ signal }) =>
      get<Facets>('events/facets', { q, ...range(when), fields: facetFields.join(','), limit: 8 }, signal),
    refetchInterval: refetchOf(when.choice),
    placeholderData: keepPreviousData,
  })

export const valuesQuery = (field: string, prefix: string) =>
  queryOptions({
    queryKey: ['values', field, prefix],
    queryFn: ({ signal }) => get<ValuesAnswer>('events/values', { field, prefix, limit: 12 }, signal),
    staleTime: 30_000,
    placeholderData: keepPreviousData,
  })

export const namespacesQuery = (at: string | undefined) =>
  queryOptions({
    queryKey: ['namespaces', at],
    queryFn: ({ signal }) => get<StatePage<NamespacePosture>>('namespaces', { at, limit: 1000 }, signal),
    refetchInterval: at ? false : liveEvery,
    placeholderData: keepPreviousData,
  })

export interface WorkloadFilter {
  readonly namespace: string | undefined
  readonly level: string | undefined
  readonly name: string | undefined
}

export const workloadsQuery = (at: string | undefined, filter: WorkloadFilter) =>
  infiniteQueryOptions({
    queryKey: ['workloads', at, filter],
    queryFn: ({ signal, pageParam }) =>
      get<StatePage<WorkloadRow>>('workloads', { at, ...filter, limit: 500, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    refetchInterval: at ? false : liveEvery,
    placeholderData: keepPreviousData,
  })

export const workloadQuery = (ref: WorkloadRef, at: string | undefined) =>
  queryOptions({
    queryKey: ['workload', ref, at],
    queryFn: ({ signal }) => get<WorkloadPosture>(`workloads/${objectPath(ref)}`, { at }, signal),
    refetchInterval: at ? false : liveEvery,
  })

export const kindsQuery = (at: string | undefined) =>
  queryOptions({
    queryKey: ['kinds', at],
    queryFn: ({ signal }) => get<KindsAnswer>('kinds', { at }, signal),
    staleTime: 60_000,
  })

export const objectsQuery = (name: string, at: string | undefined) =>
  queryOptions({
    queryKey: ['objects', name, at],
    queryFn: ({ signal }) => get<StatePage<ObjectRow>>('objects', { name, at, limit: 12 }, signal),
    staleTime: 10_000,
    placeholderData: keepPreviousData,
  })

export const objectQuery = (key: ObjectKey, at: string | undefined) =>
  queryOptions({
    queryKey: ['object', key, at],
    queryFn: ({ signal }) => get<ObjectDetail>(`objects/${objectPath(key)}`, { at }, signal),
    refetchInterval: at ? false : liveEvery,
  })

export const versionsQuery = (key: ObjectKey) =>
  infiniteQueryOptions({
    queryKey: ['versions', key],
    queryFn: ({ signal, pageParam }) =>
      get<ObjectVersionPage>(`objects/${objectPath(key)}/versions`, { limit: 100, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
  })

export const versionQuery = (id: string) =>
  queryOptions({
    queryKey: ['version', id],
    queryFn: ({ signal }) => get<ObjectVersionDetail>(`versions/${segment(id)}`, {}, signal),
    staleTime: Number.POSITIVE_INFINITY,
  })
