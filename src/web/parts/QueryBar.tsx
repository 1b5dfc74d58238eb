import { useQuery } from '@tanstack/react-query'
import { type KeyboardEvent, useEffect, useId, useRef, useState } from 'react'
import {
  completions,
  findField,
  maxQueryLength,
  parseQuery,
  printPattern,
  queryFields,
} from '../../model/query/index.ts'
import type { ApiError } from '../api/client.ts'
import { valuesQuery } from '../api/queries.ts'
import { count } from '../format/numbers.ts'
import { useKey } from '../keys/use-key.ts'
import { messages } from '../messages.ts'
import { Icon } from './Icon.tsx'

interface Props {
  readonly q: string
  readonly onQuery: (q: string) => void
  /** What the server said against the query, if it did. */
  readonly fault: ApiError | undefined
  /** Told of every letter, where the query is part of a form. */
  readonly onDraft?: (text: string) => void
  readonly label?: string
}

interface Choice {
  readonly insert: string
  readonly label: string
  readonly hint: string
}

/** The query as text, with completion of fields and of values that the record has. Enter asks. */
export const QueryBar = ({ q, onQuery, fault, onDraft, label = messages.events.query }: Props) => {
  const [draft, setDraft] = useState(q)
  const edit = (text: string): void => {
    setDraft(text)
    onDraft?.(text)
  }
  const [cursor, setCursor] = useState(q.length)
  const [open, setOpen] = useState(false)
  const [chosen, setChosen] = useState(-1)
  const input = useRef<HTMLInputElement>(null)
  const id = useId()
  useEffect(() => setDraft(q), [q])
  useKey('query', () => {
    input.current?.focus()
    input.current?.select()
    return true
  })

  const parsed = parseQuery(draft)
  const error = parsed.ok ? faultOf(fault, draft === q) : parsed.error
  const { choices, replace } = useChoices(draft, cursor, open)
  const shown = open && choices.length > 0

  const commit = (text: string): void => {
    setOpen(false)
    if (parseQuery(text).ok) onQuery(text.trim())
  }
  const choose = (choice: Choice): void => {
    if (!replace) return
    const next = draft.slice(0, replace.from) + choice.insert + draft.slice(replace.to)
    const at = replace.from + choice.insert.length
    edit(next)
    setCursor(at)
    setChosen(-1)
    requestAnimationFrame(() => input.current?.setSelectionRange(at, at))
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      if (!open) {
        setOpen(true)
        return
      }
      const step = event.key === 'ArrowDown' ? 1 : -1
      setChosen((before) => Math.max(-1, Math.min(choices.length - 1, before + step)))
    } else if ((event.key === 'Enter' || event.key === 'Tab') && shown && chosen >= 0) {
      event.preventDefault()
      const choice = choices[chosen]
      if (choice) choose(choice)
    } else if (event.key === 'Enter') {
      event.preventDefault()
      commit(draft)
    } else if (event.key === 'Escape' && shown) {
      event.preventDefault()
      setOpen(false)
    }
  }

  return (
    <div className="relative">
      <div
        className={`flex h-9 items-center gap-2 rounded-6 border bg-surface px-2.5 focus-within:outline-2 focus-within:outline-accent ${
          error ? 'border-high' : 'border-control'
        }`}
      >
        <Icon name="search" className="text-dim" />
        <input
          ref={input}
          role="combobox"
          aria-label={label}
          aria-expanded={shown}
          aria-controls={`${id}-list`}
          aria-autocomplete="list"
          aria-activedescendant={shown && chosen >= 0 ? `${id}-${chosen}` : undefined}
          aria-invalid={error !== undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          spellCheck={false}
          autoComplete="off"
          maxLength={maxQueryLength}
          className="h-full grow bg-transparent font-mono text-13 outline-none"
          placeholder={messages.events.queryHint}
          value={draft}
          onChange={(event) => {
            edit(event.target.value)
            setCursor(event.target.selectionStart ?? event.target.value.length)
            setOpen(true)
            setChosen(-1)
          }}
          onSelect={(event) => setCursor(event.currentTarget.selectionStart ?? 0)}
          onBlur={() => setOpen(false)}
          onKeyDown={onKeyDown}
        />
        {draft !== '' && (
          <button
            type="button"
            className="text-dim hover:text-text"
            aria-label={messages.events.clear}
            title={messages.events.clear}
            onClick={() => {
              edit('')
              commit('')
            }}
          >
            <Icon name="close" />
          </button>
        )}
        <span className="kbd max-lg:hidden">/</span>
      </div>
      {error && <QueryError id={`${id}-error`} text={draft} error={error} />}
      <div
        id={`${id}-list`}
        role="listbox"
        aria-label={label}
        hidden={!shown}
        className="absolute top-full right-0 left-0 z-10 mt-1 max-h-80 max-w-3xl overflow-y-auto rounded-6 border border-line-strong bg-raised p-1 shadow-lg"
      >
        {shown &&
          choices.map((choice, index) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the field has the keys, as in every combobox
            // biome-ignore lint/a11y/useFocusableInteractive: options of a combobox are active, not focused
            <div
              key={choice.insert}
              role="option"
              id={`${id}-${index}`}
              aria-selected={index === chosen}
              className="flex h-7 items-center gap-4 rounded-3 px-2 aria-selected:bg-selected"
              onMouseDown={(event) => event.preventDefault()}
              onMouseMove={() => setChosen(index)}
              onClick={() => choose(choice)}
            >
              <span className="truncate font-mono text-12">{choice.label}</span>
              <span className="ml-auto truncate text-12 text-dim">{choice.hint}</span>
            </div>
          ))}
      </div>
    </div>
  )
}

interface Problem {
  readonly message: string
  readonly from: number
  readonly to: number
  readonly mend: string
}

const faultOf = (fault: ApiError | undefined, same: boolean): Problem | undefined =>
  same && fault?.position
    ? { message: fault.message, from: fault.position.from, to: fault.position.to, mend: fault.mend ?? '' }
    : undefined

/** The message, and the text with the place at fault marked. */
const QueryError = ({ id, text, error }: { readonly id: string; readonly text: string; readonly error: Problem }) => (
  <p id={id} role="alert" className="flex flex-wrap items-baseline gap-x-3 px-1 pt-1">
    <span className="text-high">{messages.events.position(error.message, error.from)}</span>
    <code className="font-mono text-12">
      {text.slice(Math.max(0, error.from - 24), error.from)}
      <mark className="bg-removed-strong text-text">
        {text.slice(error.from, Math.max(error.to, error.from + 1)) || '␣'}
      </mark>
      {text.slice(Math.max(error.to, error.from + 1), error.to + 24)}
    </code>
    {error.mend !== '' && <span className="text-dim">{error.mend}</span>}
  </p>
)

const useChoices = (text: string, cursor: number, open: boolean) => {
  const what = completions(text, cursor)
  const values = useQuery({
    ...valuesQuery(what?.kind === 'value' ? what.field : '', what?.kind === 'value' ? what.prefix : ''),
    enabled: open && what?.kind === 'value',
  })
  if (!what) return { choices: [], replace: undefined }
  const choices: readonly Choice[] =
    what.kind === 'field'
      ? queryFields
          .filter(({ field, aliases }) =>
            [field, ...aliases].some((name) => name.startsWith(what.prefix.toLowerCase())),
          )
          .map(({ field, description, example }) => ({
            insert: `${field}:`,
            label: `${field}:`,
            hint: `${description} · ${example}`,
          }))
      : (values.data?.items ?? [])
          .filter(({ value }) => value !== '')
          .map(({ value, count: rows }) => ({
            insert: `${printPattern([value], false)} `,
            label: value,
            hint: `${findField(what.field)?.field ?? ''} ${count(rows)}`,
          }))
  return { choices, replace: what }
}
