import type { ReactNode } from 'react'
import type { Choice } from './ChoiceFilter.tsx'

interface Props<Value extends string> {
  readonly label: string
  /** What no choice is called. */
  readonly any: string
  readonly chosen: Value | undefined
  readonly choices: readonly (Choice<Value> & { readonly count?: ReactNode })[]
  readonly onChoose: (value: Value | undefined) => void
}

/** One of a few values, all in sight as joined buttons. */
export const ButtonFilter = <Value extends string>({ label, any, chosen, choices, onChoose }: Props<Value>) => (
  <fieldset className="flex flex-wrap" aria-label={label}>
    {[{ value: undefined, text: any, count: undefined }, ...choices].map(({ value, text, count }) => (
      <button
        key={value ?? ''}
        type="button"
        className="btn -ml-px rounded-none first:ml-0 first:rounded-l-6 last:rounded-r-6 aria-pressed:z-10"
        aria-pressed={chosen === value}
        onClick={() => onChoose(value)}
      >
        {text}
        {count !== undefined && <span className="text-dim">{count}</span>}
      </button>
    ))}
  </fieldset>
)
