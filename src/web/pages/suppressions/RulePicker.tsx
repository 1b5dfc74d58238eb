import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useId, useState } from 'react'
import { rulesQuery } from '../../api/rule-queries.ts'
import { messages } from '../../messages.ts'
import { Icon } from '../../parts/Icon.tsx'
import { SeverityShape } from '../../parts/Severity.tsx'
import { shownRules } from '../rules/rule-filter.ts'

interface Props {
  /** Ids of the chosen rules. */
  readonly chosen: readonly string[]
  readonly onChange: (ids: readonly string[]) => void
}

/** How many rules are offered at once. */
const offered = 12

/** How many of the chosen ones stand there before all are asked for: what comes below must stay in sight. */
const firstChosen = 8

/** Rules by a word of their title; the chosen ones stand above. */
export const RulePicker = ({ chosen, onChange }: Props) => {
  const rules = useQuery(rulesQuery)
  const [typed, setTyped] = useState('')
  const [open, setOpen] = useState(false)
  const [at, setAt] = useState(0)
  const [allShown, setAllShown] = useState(false)
  const id = useId()
  const { form } = messages.suppressions
  const all = rules.data?.items ?? []
  const choices = open
    ? shownRules(all, { text: typed, from: undefined, severity: undefined, coverage: undefined })
        .filter(({ rule }) => !chosen.includes(rule.id))
        .slice(0, offered)
    : []
  const shown = allShown ? chosen : chosen.slice(0, firstChosen)
  const here = Math.min(at, choices.length - 1)
  const take = (rule: string | undefined): void => {
    if (rule === undefined) return
    // What somebody adds has to be seen.
    setAllShown(true)
    onChange([...chosen, rule])
    setTyped('')
    setAt(0)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0
    if (step !== 0) {
      event.preventDefault()
      setOpen(true)
      setAt(Math.max(0, Math.min(choices.length - 1, here + step)))
    } else if (event.key === 'Enter') {
      event.preventDefault()
      if (open) take(choices[here]?.rule.id)
    } else if (event.key === 'Escape' && choices.length > 0) {
      event.preventDefault()
      setOpen(false)
    } else if (event.key === 'Backspace' && typed === '') onChange(chosen.slice(0, -1))
  }
  return (
    <div className="flex flex-col gap-1">
      {chosen.length > 0 && (
        <ul className="flex flex-wrap gap-1">
          {shown.map((rule) => {
            const title = all.find((each) => each.rule.id === rule)?.rule.title ?? rule
            return (
              <li key={rule} className="min-w-0">
                <button
                  type="button"
                  className="chip h-6! max-w-full hover:bg-hover"
                  aria-label={form.removeRule(title)}
                  title={form.removeRule(title)}
                  onClick={() => onChange(chosen.filter((each) => each !== rule))}
                >
                  <span className="truncate">{title}</span>
                  <Icon name="close" className="size-3 text-dim" />
                </button>
              </li>
            )
          })}
          {shown.length < chosen.length && (
            <li>
              <button type="button" className="btn btn-quiet h-6!" onClick={() => setAllShown(true)}>
                {form.moreRules(chosen.length - shown.length)}
              </button>
            </li>
          )}
        </ul>
      )}
      <div className="relative">
        <input
          role="combobox"
          aria-label={form.rules}
          aria-expanded={choices.length > 0}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={choices.length > 0 ? `${id}-${here}` : undefined}
          autoComplete="off"
          spellCheck={false}
          className="field w-full"
          placeholder={form.rulesHint}
          value={typed}
          maxLength={200}
          onChange={(event) => {
            setTyped(event.target.value)
            setOpen(true)
            setAt(0)
          }}
          onFocus={() => setOpen(true)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        <div
          id={`${id}-list`}
          role="listbox"
          aria-label={form.rules}
          hidden={choices.length === 0}
          className="absolute top-full right-0 left-0 z-10 mt-1 max-h-80 overflow-y-auto rounded-6 border border-line-strong bg-raised p-1 shadow-lg"
        >
          {choices.map(({ rule }, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys, as in every combobox
            // biome-ignore lint/a11y/useFocusableInteractive: options of a combobox are active, not focused
            <div
              key={rule.id}
              role="option"
              id={`${id}-${index}`}
              aria-selected={index === here}
              className="flex h-7 items-center gap-2 rounded-3 px-2 aria-selected:bg-selected"
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setAt(index)}
              onClick={() => take(rule.id)}
            >
              <SeverityShape severity={rule.severity} />
              <span className="truncate">{rule.title}</span>
              <span className="ml-auto shrink-0 text-12 text-dim">{messages.rules.origins[rule.origin]}</span>
            </div>
          ))}
        </div>
      </div>
    </div>
  )
}
