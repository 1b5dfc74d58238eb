/** Questions about rules, coverage and outputs, and what a person does to them. */
import { queryOptions } from '@tanstack/react-query'
import type {
  CoverageAnswer,
  OutputsAnswer,
  OutputTest,
  RuleCheck,
  RuleDetail,
  RulesAnswer,
  SavedRules,
} from '../../api/contract/detection.ts'
import { get, segment, send } from './client.ts'

export const rulesQuery = queryOptions({
  queryKey: ['rules'],
  queryFn: ({ signal }) => get<RulesAnswer>('rules', {}, signal),
  refetchInterval: 15_000,
})

export const ruleQuery = (id: string) =>
  queryOptions({
    queryKey: ['rule', id],
    queryFn: ({ signal }) => get<RuleDetail>(`rules/${segment(id)}`, {}, signal),
    refetchInterval: 30_000,
  })

/** What loading a text would say in place of what is saved under a name; asked again for each text that settles. */
export const ruleCheckQuery = (text: string, name: string | undefined) =>
  queryOptions({
    queryKey: ['rule-check', text, name],
    queryFn: () => send<RuleCheck>('POST', 'rules/check', { text, by: '', ...(name !== undefined && { name }) }),
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
  })

/** Keys of the questions whose answers a change of a rule or suppression changes. */
export const ruleKeys = ['rules', 'rule', 'coverage', 'suppressions'] as const

export const switchRule = (id: string, enabled: boolean, by: string): Promise<RuleDetail> =>
  send('POST', `rules/${segment(id)}/switch`, { enabled, by })

/** What is saved under a name, byte for byte. Not asked again by itself: it is what a person began with. */
export const savedRulesQuery = (name: string) =>
  queryOptions({
    queryKey: ['saved-rules', name],
    queryFn: ({ signal }) => get<SavedRules>(`saved-rules/${segment(name)}`, {}, signal),
    staleTime: 0,
    gcTime: 0,
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  })

/** What stands saved under a name at this moment. */
export const readSavedRules = (name: string): Promise<SavedRules> =>
  get(`saved-rules/${segment(name)}`, {}, AbortSignal.timeout(10_000))

/** Keeps the documents of a text under a name, in place of the version that stood under it; empty: nothing did. */
export const saveRules = (name: string, text: string, by: string, version: string): Promise<RulesAnswer> =>
  send('PUT', `saved-rules/${segment(name)}`, { text, by, version })

export const removeRules = (name: string, by: string): Promise<RulesAnswer> =>
  send('DELETE', `saved-rules/${segment(name)}`, undefined, { by })

export const coverageQuery = queryOptions({
  queryKey: ['coverage'],
  queryFn: ({ signal }) => get<CoverageAnswer>('coverage', {}, signal),
  refetchInterval: 30_000,
})

export const outputsQuery = queryOptions({
  queryKey: ['outputs'],
  queryFn: ({ signal }) => get<OutputsAnswer>('outputs', {}, signal),
  refetchInterval: 10_000,
})

export const testOutput = (id: string, dryRun: boolean): Promise<OutputTest> =>
  send('POST', `outputs/${segment(id)}/test`, undefined, { dryRun: String(dryRun) })
