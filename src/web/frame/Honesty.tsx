import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { SourceRow } from '../../api/contract/answers.ts'
import type { Searched } from '../../model/answer.ts'
import { serverNow } from '../api/clock.ts'
import { sourcesQuery } from '../api/queries.ts'
import { age } from '../format/dates.ts'
import { count, duration } from '../format/numbers.ts'
import { messages } from '../messages.ts'
import { useNow } from '../parts/use-now.ts'

interface Props {
  readonly answeredAt?: number | undefined
  /** Whether the first answer is still waited for. */
  readonly asking: boolean
  readonly searched?: Searched | undefined
}

/** Sources that do not see all that they should. A replay that came to its end has told all it had. */
export const notHeard = (sources: readonly SourceRow[]): readonly SourceRow[] =>
  sources.filter(({ type, state }) => state !== 'connected' && !(type === 'replay' && state === 'ended'))

/** The last line of every page: how fresh it is, how much was searched, what is missing. */
export const Honesty = ({ answeredAt, asking, searched }: Props) => {
  const sources = useQuery(sourcesQuery)
  const unheard = notHeard(sources.data?.items ?? [])
  return (
    <footer
      title={messages.honesty.label}
      className="flex h-7 shrink-0 items-center gap-2 overflow-hidden border-t border-line bg-surface px-5 text-12 whitespace-nowrap text-dim"
    >
      {answeredAt === undefined ? (
        <Fresh answeredAt={sources.dataUpdatedAt} asking={sources.isFetching} />
      ) : (
        <Fresh answeredAt={answeredAt} asking={asking} />
      )}
      {searched && (
        <>
          <Dot />
          <span>{messages.honesty.searched(count(searched.rows), duration(searched.elapsedMillis))}</span>
          {searched.partial && (
            <>
              <Dot />
              <span className="text-past">{messages.honesty.partial}</span>
            </>
          )}
          <Dot />
          {searched.gaps.length > 0 ? (
            <Link
              to="/events"
              search={{ q: 'kind:gap' }}
              className="inline-flex items-center gap-1.5 text-past underline"
            >
              <span className="hatched size-3 border border-past" aria-hidden="true" />
              {messages.honesty.gaps(searched.gaps.length)}
            </Link>
          ) : (
            <span>{messages.honesty.complete}</span>
          )}
        </>
      )}
      {sources.data && (
        <>
          <Dot />
          {sources.data.items.length === 0 ? (
            <Unheard text={messages.honesty.noSources} />
          ) : unheard.length > 0 ? (
            <Unheard text={messages.honesty.notHeard(unheard.map(({ id }) => id).join(', '))} />
          ) : (
            <span>{messages.honesty.heard}</span>
          )}
        </>
      )}
    </footer>
  )
}

const Dot = () => (
  <span aria-hidden="true" className="text-line-strong">
    ·
  </span>
)

const Unheard = ({ text }: { readonly text: string }) => (
  <Link to="/sources" className="truncate text-past underline">
    {text}
  </Link>
)

const Fresh = ({ answeredAt, asking }: { readonly answeredAt: number; readonly asking: boolean }) => {
  const now = useNow(1000)
  if (answeredAt === 0) return <span>{asking ? messages.honesty.asked : messages.honesty.unanswered}</span>
  // `answeredAt` is of the browser's clock, `now` of the server's.
  const offset = serverNow() - Date.now()
  return <span>{messages.honesty.fresh(age(answeredAt + offset, now))}</span>
}
