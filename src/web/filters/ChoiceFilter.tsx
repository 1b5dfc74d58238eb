import type { ReactNode } from 'react'

export interface Choice<Value extends string> {
  readonly value: Value
  readonly text: string
}

interface Choices<Value extends string> {
  readonly title: string
  readonly choices: readonly Choice<Value>[]
}

interface Props<Value extends string> {
  readonly label: string
  /** What no choice is called. */
  readonly any: string
  readonly chosen: Value | undefined
  readonly choices: readonly Choice<Value>[] | readonly Choices<Value>[]
  readonly onChoose: (value: Value | undefined) => void
}

/** One of many values, as a list that opens. What the URL names stays chosen, also where the list does not have it. */
export const ChoiceFilter = <Value extends string>({ label, any, chosen, choices, onChoose }: Props<Value>) => {
  const known = choices.flatMap((each) => ('choices' in each ? each.choices : [each]))
  return (
    <select
      className="field max-w-64"
      aria-label={label}
      value={chosen ?? ''}
      onChange={(event) => onChoose(known.find(({ value }) => value === event.target.value)?.value)}
    >
      <option value="">{any}</option>
      {chosen !== undefined && !known.some(({ value }) => value === chosen) && option({ value: chosen, text: chosen })}
      {choices.map((each) =>
        'choices' in each ? (
          <optgroup key={each.title} label={each.title}>
            {each.choices.map(option)}
          </optgroup>
        ) : (
          option(each)
        ),
      )}
    </select>
  )
}

const option = ({ value, text }: Choice<string>): ReactNode => (
  <option key={value} value={value}>
    {text}
  </option>
)
