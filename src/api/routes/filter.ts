import type { EventFilter } from '../../model/answer.ts'
import { parseQuery, type Query } from '../../model/query/index.ts'
import { formatMicros, type Micros } from '../../model/time.ts'
import { invalidParameter, QueryFault } from '../errors.ts'
import type { ClusterView, Services } from '../services.ts'

/** Which records a request means. Throws QUERY_SYNTAX with the characters at fault. */
export const eventFilter = (query: {
  readonly q: string
  readonly from?: Micros | undefined
  readonly to?: Micros | undefined
}): EventFilter => {
  readQuery(query.q)
  checkRange(query.from, query.to)
  return { query: query.q, from: optional(query.from, formatMicros), to: optional(query.to, formatMicros) }
}

export const readQuery = (text: string): Query => {
  const parsed = parseQuery(text)
  if (parsed.ok) return parsed.query
  const { message, mend, from, to } = parsed.error
  throw new QueryFault(message, mend, { from, to })
}

/** Refuses a range that ends before it begins; a mistake that would else look like "nothing happened". */
export const checkRange = (from: Micros | undefined, to: Micros | undefined): void => {
  if (from !== undefined && to !== undefined && to < from) {
    throw invalidParameter('to', 'the range ends before it begins', 'Give a "to" that is after "from"')
  }
}

/** The cluster as the request means it. A moment that lies ahead (a clock that differs) is now. */
export const viewAt = (services: Services, at: Micros | undefined): Promise<ClusterView> =>
  services.clusterAt(at === undefined || at >= services.now() ? undefined : at)

export const optional = <A, B>(value: A | undefined, map: (value: A) => B): B | undefined =>
  value === undefined ? undefined : map(value)
