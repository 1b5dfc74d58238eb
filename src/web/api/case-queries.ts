/** Questions about cases, and what a person does to them. */
import { infiniteQueryOptions, keepPreviousData, queryOptions } from '@tanstack/react-query'
import type { CaseChanged, CaseDetail, CasesAnswer, TriageBody } from '../../api/contract/detection.ts'
import { get, post, segment } from './client.ts'

export interface CaseListFilter {
  readonly state: string | undefined
  readonly severity: string | undefined
  readonly namespace: string | undefined
  readonly rule: string | undefined
  readonly name: string | undefined
}

export const casesQuery = (filter: CaseListFilter) =>
  infiniteQueryOptions({
    queryKey: ['cases', filter],
    queryFn: ({ signal, pageParam }) => get<CasesAnswer>('cases', { ...filter, limit: 100, cursor: pageParam }, signal),
    initialPageParam: '',
    getNextPageParam: (page) => page.nextCursor,
    // The stream tells of changes; this is for a stream that was cut.
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  })

/** The gravest open cases, for the page Now. */
export const openCasesQuery = queryOptions({
  queryKey: ['cases', 'now'],
  queryFn: ({ signal }) => get<CasesAnswer>('cases', { state: 'open', limit: 5 }, signal),
  refetchInterval: 10_000,
  placeholderData: keepPreviousData,
})

export const caseQuery = (id: string) =>
  queryOptions({
    queryKey: ['case', id],
    queryFn: ({ signal }) => get<CaseDetail>(`cases/${segment(id)}`, {}, signal),
    refetchInterval: 15_000,
    placeholderData: keepPreviousData,
  })

/** Keys of the questions whose answers a change of a case changes. */
export const caseKeys = ['cases', 'case'] as const

export const triage = (id: string, body: TriageBody): Promise<CaseChanged> => post(`cases/${segment(id)}/triage`, body)
export const merge = (into: string, others: readonly string[], by: string): Promise<CaseChanged> =>
  post(`cases/${segment(into)}/merge`, { others, by })
export const split = (id: string, steps: readonly string[], by: string): Promise<CaseChanged> =>
  post(`cases/${segment(id)}/split`, { steps, by })
export const undo = (change: string, by: string): Promise<CaseChanged> =>
  post(`case-changes/${segment(change)}/undo`, { by })
