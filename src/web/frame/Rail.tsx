import { useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { openCasesQuery } from '../api/case-queries.ts'
import { short } from '../format/numbers.ts'
import { messages } from '../messages.ts'
import { Icon } from '../parts/Icon.tsx'
import { useTime } from '../url/use-time.ts'
import { places } from './places.ts'

/** The way to every place. */
export const Rail = () => (
  <nav aria-label={messages.rail} className="w-40 border-r border-line px-2 py-3 max-lg:w-12">
    <ul className="flex flex-col gap-0.5">
      {places.map((place) => (
        <li key={place.to}>
          <Link
            to={place.to}
            activeOptions={{ exact: place.to === '/', includeSearch: false }}
            title={`${place.label} (${place.key})`}
            className="relative flex h-8 items-center gap-2.5 rounded-6 px-2 text-dim hover:bg-hover hover:text-text aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-text"
          >
            <Icon name={place.icon} />
            <span className="max-lg:sr-only">{place.label}</span>
            {place.to === '/cases' && <OpenCases />}
          </Link>
        </li>
      ))}
    </ul>
  </nav>
)

/** How many cases wait for a person; nothing while it is not known, or the past is looked at. */
const OpenCases = () => {
  const { past } = useTime()
  const open = useQuery({ ...openCasesQuery, enabled: !past }).data?.counts.open ?? 0
  if (open === 0 || past) return null
  return (
    <span className="ml-auto text-12 text-text max-lg:absolute max-lg:-top-0.5 max-lg:right-0 max-lg:rounded-3 max-lg:bg-bg max-lg:px-0.5 max-lg:leading-3">
      {short(open)}
      <span className="sr-only"> {messages.cases.states.open.toLowerCase()}</span>
    </span>
  )
}
