import { useNavigate, useSearch } from '@tanstack/react-router'
import { ruleLanguages, ruleOrigins } from '../../../model/rule.ts'
import { ChoiceFilter } from '../../filters/ChoiceFilter.tsx'
import { FilterRow } from '../../filters/FilterRow.tsx'
import { SeverityFilter } from '../../filters/SeverityFilter.tsx'
import { TextFilter } from '../../filters/TextFilter.tsx'
import { messages } from '../../messages.ts'
import { coverageKinds, type FromChoice } from './rule-filter.ts'

/** Narrows the rules down. */
export const RuleFilters = ({ shown, all }: { readonly shown: number; readonly all: number }) => {
  const search = useSearch({ from: '/rules' })
  const navigate = useNavigate({ from: '/rules' })
  const set = (next: Partial<typeof search>, replace = false): void => {
    void navigate({ search: (before) => ({ ...before, ...next }), replace })
  }
  const { rules } = messages
  return (
    <FilterRow>
      <TextFilter label={rules.filter} text={search.q} onText={(q) => set({ q }, true)} />
      <ChoiceFilter<FromChoice>
        label={rules.from}
        any={rules.anyFrom}
        chosen={search.origin}
        choices={[
          {
            title: rules.originGroup,
            choices: ruleOrigins.map((origin) => ({ value: `origin:${origin}`, text: rules.origins[origin] })),
          },
          {
            title: rules.languageGroup,
            choices: ruleLanguages.map((language) => ({
              value: `language:${language}`,
              text: rules.languages[language],
            })),
          },
        ]}
        onChoose={(origin) => set({ origin })}
      />
      <SeverityFilter chosen={search.severity} onChoose={(severity) => set({ severity })} />
      <ChoiceFilter
        label={rules.coverage}
        any={rules.anyCoverage}
        chosen={search.coverage}
        choices={[
          ...coverageKinds.map((kind) => ({ value: kind, text: messages.coverage.words[kind] })),
          { value: 'problems', text: rules.withProblems },
        ]}
        onChoose={(coverage) => set({ coverage })}
      />
      {all > 0 && <span className="text-dim">{rules.shown(shown, all)}</span>}
    </FilterRow>
  )
}
