import { Link } from '@tanstack/react-router'
import { messages } from '../messages.ts'
import { Icon } from '../parts/Icon.tsx'
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
