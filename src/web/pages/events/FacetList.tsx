import { useQuery } from '@tanstack/react-query'
import { parseQuery, termState } from '../../../model/query/index.ts'
import { facetsQuery, type When } from '../../api/queries.ts'
import { short } from '../../format/numbers.ts'
import { messages } from '../../messages.ts'
import { FilterButton, type OnFilter } from '../../parts/FilterButtons.tsx'
import { Icon } from '../../parts/Icon.tsx'
import { Progress } from '../../parts/Progress.tsx'
import { ScrollRegion } from '../../parts/ScrollRegion.tsx'
import { UserName } from '../../parts/UserName.tsx'

interface Props {
  readonly q: string
  readonly when: When
  readonly onFilter: OnFilter
  /** True while a row's detail is open: on a narrow screen the list makes room for it. */
  readonly beside: boolean
  /** Takes a value out of the query again. */
  readonly onDrop: (field: string, value: string) => void
}

/** The most frequent values of each field. A click edits the query's text, and the text marks the values here. */
export const FacetList = ({ q, when, beside, onFilter, onDrop }: Props) => {
  const facets = useQuery({ ...facetsQuery(q, when), enabled: when.ready && parseQuery(q).ok })
  return (
    <ScrollRegion
      label={messages.events.facets}
      className={`w-52 max-xl:w-44 shrink-0 overflow-y-auto border-r border-line px-3 pb-3 max-md:hidden ${beside ? 'max-xl:hidden' : ''}`}
    >
      <Progress busy={facets.isFetching && !facets.data} />
      {facets.data?.fields
        .filter(({ values }) => values.length > 0)
        .map(({ field, values, more }) => (
          <div key={field} className="pt-2">
            <h2 className="px-1 text-12 font-medium text-dim">{messages.events.fieldNames[field] ?? field}</h2>
            <ul>
              {values.map(({ value, count }) => (
                <Value
                  key={value}
                  q={q}
                  field={field}
                  value={value}
                  count={count}
                  most={values[0]?.count ?? 1}
                  onFilter={onFilter}
                  onDrop={onDrop}
                />
              ))}
            </ul>
            {more && <p className="px-1 text-12 text-faint">… {messages.more}</p>}
          </div>
        ))}
    </ScrollRegion>
  )
}

interface ValueProps extends Omit<Props, 'when' | 'beside'> {
  readonly field: string
  readonly value: string
  readonly count: number
  readonly most: number
}

const Value = ({ q, field, value, count, most, onFilter, onDrop }: ValueProps) => {
  const parsed = parseQuery(q)
  const state = parsed.ok ? termState(parsed.query, field, value) : 'none'
  const text = value === '' ? messages.events.facetEmpty : wordOf(field, value)
  return (
    <li className="group/line relative flex items-center">
      <button
        type="button"
        aria-pressed={state !== 'none'}
        title={state === 'none' ? messages.events.only(field, text) : messages.events.drop(field, text)}
        className={`relative flex h-6 min-w-0 grow items-center gap-1.5 rounded-3 px-1 text-left hover:bg-hover ${
          state === 'none' ? '' : 'bg-selected hover:bg-selected'
        }`}
        onClick={() => (state === 'none' ? onFilter(field, value, false) : onDrop(field, value))}
      >
        {state !== 'none' && <Icon name={state === 'included' ? 'done' : 'minus'} className="size-3.5" />}
        <span
          className={`truncate font-mono text-12 ${state === 'excluded' ? 'line-through' : ''} ${value === '' ? 'text-faint italic' : ''}`}
        >
          {field === 'user' && value !== '' ? <UserName user={value} /> : text}
        </span>
        <span className="ml-auto text-12 text-dim group-focus-within/line:pr-5 group-hover/line:pr-5">
          {short(count)}
        </span>
        <span
          aria-hidden="true"
          className="absolute bottom-0 left-1 h-0.5 bg-line-strong"
          style={{ width: `calc(${Math.max(1, (count / Math.max(1, most)) * 100)}% - 8px)` }}
        />
      </button>
      {state === 'none' && (
        <FilterButton field={field} value={value} text={text} onFilter={onFilter} negate className="absolute right-0" />
      )}
    </li>
  )
}

const wordOf = (field: string, value: string): string => {
  if (field !== 'decision') return value
  const words: Readonly<Record<string, string>> = messages.events.decisions
  return Object.hasOwn(words, value) ? (words[value] ?? value) : value
}
