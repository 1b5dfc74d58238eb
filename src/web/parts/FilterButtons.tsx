import { messages } from '../messages.ts'
import { Icon } from './Icon.tsx'

/** Adds `field:value`, or rules it out, in the query of the page Events. */
export type OnFilter = (field: string, value: string, negate: boolean) => void

interface Props {
  readonly field: string
  readonly value: string
  /** How a person reads the value, where that is another text. */
  readonly text?: string
  readonly onFilter: OnFilter
}

/** Only this value, or all but this value. Seen when the row is pointed at or has the focus. */
export const FilterButtons = (props: Props) => (
  <span className="ml-1 inline-flex shrink-0">
    <FilterButton {...props} negate={false} />
    <FilterButton {...props} negate />
  </span>
)

interface ButtonProps extends Props {
  readonly negate: boolean
  readonly className?: string
}

/** One of the two. */
export const FilterButton = ({ field, value, text = value, onFilter, negate, className = '' }: ButtonProps) => {
  const label = negate ? messages.events.without(field, text) : messages.events.only(field, text)
  return (
    <button
      type="button"
      className={`inline-flex size-5 items-center justify-center rounded-3 text-dim opacity-0 group-focus-within/line:opacity-100 group-hover/line:opacity-100 hover:bg-selected hover:text-text ${className}`}
      aria-label={label}
      title={label}
      onClick={() => onFilter(field, value, negate)}
    >
      <Icon name={negate ? 'minus' : 'plus'} className="size-3.5" />
    </button>
  )
}
