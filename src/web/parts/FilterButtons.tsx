import { messages } from '../messages.ts'
import { Icon } from './Icon.tsx'

/** Adds `field:value`, or rules it out, in the query of the page Events. */
export type OnFilter = (field: string, value: string, negate: boolean) => void

interface Props {
  readonly field: string
  readonly value: string
  readonly onFilter: OnFilter
}

/** Only this value, or all but this value. Seen when the row is pointed at or has the focus. */
export const FilterButtons = ({ field, value, onFilter }: Props) => (
  <span className="ml-1 inline-flex shrink-0 opacity-0 group-focus-within/line:opacity-100 group-hover/line:opacity-100">
    <button
      type="button"
      className="inline-flex size-5 items-center justify-center rounded-3 text-dim hover:bg-selected hover:text-text"
      aria-label={messages.events.only(field, value)}
      title={messages.events.only(field, value)}
      onClick={() => onFilter(field, value, false)}
    >
      <Icon name="plus" className="size-3.5" />
    </button>
    <button
      type="button"
      className="inline-flex size-5 items-center justify-center rounded-3 text-dim hover:bg-selected hover:text-text"
      aria-label={messages.events.without(field, value)}
      title={messages.events.without(field, value)}
      onClick={() => onFilter(field, value, true)}
    >
      <Icon name="minus" className="size-3.5" />
    </button>
  </span>
)
