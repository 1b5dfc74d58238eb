import { Link } from '@tanstack/react-router'
import { messages } from '../messages.ts'
import { Icon, type IconName } from '../parts/Icon.tsx'

const places: readonly {
  readonly to: '/' | '/cases' | '/events' | '/workloads' | '/sources'
  readonly icon: IconName
  readonly key: string
  readonly label: string
}[] = [
  { to: '/', icon: 'now', key: 'g n', label: messages.pages.now },
  { to: '/cases', icon: 'cases', key: 'g c', label: messages.pages.cases },
  { to: '/events', icon: 'events', key: 'g e', label: messages.pages.events },
  { to: '/workloads', icon: 'workloads', key: 'g w', label: messages.pages.workloads },
  { to: '/sources', icon: 'sources', key: 'g s', label: messages.pages.sources },
]

/** The places, in the words of the product; only those that work. */
export const Rail = () => (
  <nav aria-label={messages.rail} className="w-40 border-r border-line px-2 py-3 max-lg:w-12">
    <ul className="flex flex-col gap-0.5">
      {places.map((place) => (
        <li key={place.to}>
          <Link
            to={place.to}
            activeOptions={{ exact: true, includeSearch: false }}
            title={`${place.label} (${place.key})`}
            className="flex h-8 items-center gap-2.5 rounded-6 px-2 text-dim hover:bg-hover hover:text-text aria-[current=page]:bg-selected aria-[current=page]:font-medium aria-[current=page]:text-text"
          >
            <Icon name={place.icon} />
            <span className="max-lg:sr-only">{place.label}</span>
          </Link>
        </li>
      ))}
    </ul>
  </nav>
)
