import { useNavigate, useSearch } from '@tanstack/react-router'
import { useRef } from 'react'
import { severities } from '../../../model/finding.ts'
import { ruleLanguages, ruleOrigins } from '../../../model/rule.ts'
import { useKey } from '../../keys/use-key.ts'
import { messages } from '../../messages.ts'
import { coverageChoices, coverageKinds, fromChoices } from './rule-filter.ts'

/** Narrows the rules down; what is chosen stands in the URL. */
export const RuleFilters = ({ shown, all }: { readonly shown: number; readonly all: number }) => {
  const search = useSearch({ from: '/rules' })
  const navigate = useNavigate({ from: '/rules' })
  const field = useRef<HTMLInputElement>(null)
  useKey('query', () => {
    field.current?.focus()
    field.current?.select()
    return true
  })
  const set = (next: Partial<typeof search>, replace = false): void => {
    void navigate({ search: (before) => ({ ...before, ...next }), replace })
  }
  return (
    <div className="flex flex-wrap items-center gap-2 px-5 pb-2.5">
      <input
        ref={field}
        type="search"
        className="field w-72 max-w-full"
        placeholder={messages.rules.filter}
        aria-label={messages.rules.filter}
        value={search.q ?? ''}
        maxLength={200}
        onChange={(event) => set({ q: event.target.value || undefined }, true)}
      />
      <select
        className="field"
        aria-label={messages.rules.from}
        value={search.origin ?? ''}
        onChange={(event) => set({ origin: fromChoices.find((each) => each === event.target.value) })}
      >
        <option value="">{messages.rules.anyFrom}</option>
        <optgroup label={messages.rules.originGroup}>
          {ruleOrigins.map((origin) => (
            <option key={origin} value={`origin:${origin}`}>
              {messages.rules.origins[origin]}
            </option>
          ))}
        </optgroup>
        <optgroup label={messages.rules.languageGroup}>
          {ruleLanguages.map((language) => (
            <option key={language} value={`language:${language}`}>
              {messages.rules.languages[language]}
            </option>
          ))}
        </optgroup>
      </select>
      <select
        className="field"
        aria-label={messages.rules.severity}
        value={search.severity ?? ''}
        onChange={(event) => set({ severity: severities.find((each) => each === event.target.value) })}
      >
        <option value="">{messages.rules.anySeverity}</option>
        {severities.toReversed().map((severity) => (
          <option key={severity} value={severity}>
            {messages.rules.severity} {messages.signs[severity]}
          </option>
        ))}
      </select>
      <select
        className="field"
        aria-label={messages.rules.coverage}
        value={search.coverage ?? ''}
        onChange={(event) => set({ coverage: coverageChoices.find((each) => each === event.target.value) })}
      >
        <option value="">{messages.rules.anyCoverage}</option>
        {coverageKinds.map((kind) => (
          <option key={kind} value={kind}>
            {messages.rules.coverageWords[kind]}
          </option>
        ))}
        <option value="problems">{messages.rules.withProblems}</option>
      </select>
      {all > 0 && <span className="text-dim">{messages.rules.shown(shown, all)}</span>}
    </div>
  )
}
