/** Questions about suppressions, and what a person does to them. */
import { queryOptions } from '@tanstack/react-query'
import type { SuppressionBody, SuppressionsAnswer } from '../../api/contract/detection.ts'
import type { SuppressionSpec } from '../../model/suppression.ts'
import { get, segment, send } from './client.ts'

export const suppressionsQuery = queryOptions({
  queryKey: ['suppressions'],
  queryFn: ({ signal }) => get<SuppressionsAnswer>('suppressions', {}, signal),
  refetchInterval: 15_000,
})

/** A suppression filled in from a case. */
export const suppressionOfCaseQuery = (id: string) =>
  queryOptions({
    queryKey: ['suppression-of-case', id],
    queryFn: ({ signal }) => get<SuppressionSpec>(`cases/${segment(id)}/suppression`, {}, signal),
    // A form is filled in once: what a person typed must not be overwritten.
    staleTime: Number.POSITIVE_INFINITY,
  })

export const saveSuppression = (body: SuppressionBody): Promise<SuppressionsAnswer> =>
  send('POST', 'suppressions', body)

export const removeSuppression = (id: string, by: string): Promise<SuppressionsAnswer> =>
  send('DELETE', `suppressions/${segment(id)}`, undefined, { by })
