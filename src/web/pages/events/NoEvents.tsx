import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import type { Searched } from '../../../model/answer.ts'
import { sourcesQuery } from '../../api/queries.ts'
import { messages } from '../../messages.ts'
import { Empty } from '../../parts/Empty.tsx'
import { outerTerms, withoutOuter } from './outer-terms.ts'

interface Props {
  readonly q: string
  readonly searched: Searched | undefined
  readonly onQuery: (q: string) => void
}

/** Why there are no rows: nothing matches, nobody could have seen it, or nothing happened. */
export const NoEvents = ({ q, searched, onQuery }: Props) => {
  const sources = useQuery(sourcesQuery)
  if (q !== '') {
    return (
      <div className="px-5">
        <Empty
          kind="noMatch"
          actions={
            <>
              {outerTerms(q)
                .slice(0, 6)
                .map((term, index) => (
                  <button key={term} type="button" className="btn" onClick={() => onQuery(withoutOuter(q, index))}>
                    {messages.empty.remove(term)}
                  </button>
                ))}
              <button type="button" className="btn" onClick={() => onQuery('')}>
                {messages.empty.clear}
              </button>
            </>
          }
        >
          {messages.events.emptyQuery}
        </Empty>
      </div>
    )
  }
  const gaps = searched?.gaps.length ?? 0
  if (sources.data?.items.length === 0 || gaps > 0) {
    return (
      <div className="px-5">
        <Empty
          kind="unseen"
          actions={
            <Link to="/sources" className="btn">
              {messages.events.toSources}
            </Link>
          }
        >
          {gaps > 0 ? messages.events.unseenGap : messages.events.unseen}
        </Empty>
      </div>
    )
  }
  return (
    <div className="px-5">
      <Empty kind="nothing">{messages.events.emptyRange}</Empty>
    </div>
  )
}
