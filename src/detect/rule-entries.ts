/** What is told of each rule of a set. */
import type { LoadedRules, ServedRule } from '../engines/falco/index.ts'
import {
  type EventSource,
  kubernetesAudit,
  kubernetesEvents,
  kubernetesRuntime,
  type LoadedRule,
  type SigmaCorrelation,
  type SigmaRule,
  type SigmaRules,
} from '../engines/sigma/index.ts'
import type { RuleHead, RuleOrigin } from '../model/rule.ts'
import type { BaselineRule } from './baseline/index.ts'
import type { RuleDocument } from './documents.ts'
import { fieldsOfExpression, fieldsOfPredicate } from './fields.ts'
import { documentHead, documentKey, falcoHead } from './heads.ts'

/** One rule of the set. */
export interface RuleEntry {
  readonly head: RuleHead
  /** The document, or of Falco the item, as it is written. */
  readonly text: string
  /** Fields of the event that it asks for, in the rule's language, each once. */
  readonly fields: readonly string[]
  /** Why it is never run, for a person; empty where it can be. */
  readonly idle: string
  /** False where only correlations and baselines want to know of it. */
  readonly alerts: boolean
  /** What it asks for and can never be: for a person. */
  readonly notes: readonly string[]
  /** What it looks at, directly or by the rules that it names; none where nothing here tells of it. */
  readonly inputs: readonly RuleInput[]
}

/** Records that a rule looks at. */
export type RuleInput = 'audit' | 'runtime' | 'events'

const inputOf = (source: EventSource | undefined): readonly RuleInput[] => {
  if (source === kubernetesAudit) return ['audit']
  if (source === kubernetesRuntime) return ['runtime']
  return source === kubernetesEvents ? ['events'] : []
}

export const sigmaEntries = (
  { rules, correlations }: SigmaRules,
  inputs: InputsOf,
  originOf: (file: string) => RuleOrigin,
  textAt: (file: string, line: number) => string,
): readonly RuleEntry[] => {
  const inputsOf = (one: SigmaRule | SigmaCorrelation): readonly RuleInput[] =>
    one.kind === 'rule'
      ? inputs([documentKey(one)])
      : distinct((correlations.find(({ correlation }) => correlation === one)?.inputs ?? []).flatMap(inputsOf))
  // A rule that several sources serve is one rule.
  const once = [...new Map(rules.map((one) => [one.rule, one])).values()]
  const ofRules = once.map(({ rule, source, predicate, enabled, alerts, health }) => ({
    head: documentHead(rule, 'sigma', originOf(rule.at.file)),
    text: textAt(rule.at.file, rule.at.line),
    fields: fieldsOfPredicate(predicate),
    idle: enabled
      ? ''
      : source === undefined
        ? 'nothing here tells what it looks at (its log source)'
        : `its status is ${rule.status}`,
    alerts,
    notes: health.notes,
    inputs: inputsOf(rule),
  }))
  const ofCorrelations = correlations.map(({ correlation, enabled, alerts }) => ({
    head: documentHead(correlation, 'sigma', originOf(correlation.at.file)),
    text: textAt(correlation.at.file, correlation.at.line),
    fields: [...new Set([...correlation.groupBy, ...correlation.fields])],
    idle: enabled ? '' : 'it is retired by its status, or cannot be decided as it is written',
    alerts,
    notes: [],
    inputs: inputsOf(correlation),
  }))
  return [...ofRules, ...ofCorrelations]
}

const distinct = <T>(values: readonly T[]): readonly T[] => [...new Set(values)]

/** What the rules with these ids or names look at. */
export type InputsOf = (references: readonly string[]) => readonly RuleInput[]

export const inputsBy = (rules: readonly LoadedRule[]): InputsOf => {
  const known = new Map<string, RuleInput[]>()
  for (const { rule, source } of rules) {
    for (const key of [documentKey(rule), rule.name]) {
      if (key !== undefined) known.set(key, [...(known.get(key) ?? []), ...inputOf(source)])
    }
  }
  return (references) => distinct(references.flatMap((one) => known.get(one) ?? known.get(one.toLowerCase()) ?? []))
}

export const falcoEntries = (
  { rules, served }: LoadedRules,
  originOf: (file: string) => RuleOrigin,
  itemAt: (file: string, line: number) => string,
): readonly RuleEntry[] => {
  const ready = new Map<string, ServedRule>(served.map((one) => [one.rule.name, one]))
  return rules.map((rule) => {
    const known = ready.get(rule.name)
    return {
      head: falcoHead(rule, originOf(rule.file)),
      text: itemAt(rule.file, rule.line),
      fields: known === undefined ? [] : fieldsOfExpression(known.condition),
      idle: known === undefined ? idleFalco[rule.state] : rule.enabled ? '' : 'its file says enabled: false',
      alerts: true,
      notes: [],
      inputs: known === undefined ? [] : ['audit'],
    }
  })
}

const idleFalco = {
  served: '',
  'source not served': "it is over system calls: Falco's own sensor runs it, and what it tells is taken",
  'unknown source': 'it is over a source that is not known here',
  'skipped: unknown field': 'it asks for a field that is not known here',
  'in error': 'it is in error',
} as const

/** The item of a list that begins at a line of the file. */
export const falcoItem = (text: string, documents: readonly RuleDocument[] | undefined, line: number): string => {
  const first = documents?.find((one) => one.first <= line && line <= one.last)?.first
  if (first === undefined) return ''
  const lines = text.split('\n')
  let start = line - first
  // The place of an item is that of its first key, which may stand below its dash.
  while (start > 0 && !/^\s*-(?:\s|$)/.test(lines[start] ?? '')) start -= 1
  const indent = /^\s*/.exec(lines[start] ?? '')?.[0].length ?? 0
  const isNext = (one: string): boolean => /^-(?:\s|$)/.test(one.slice(indent)) && one.slice(0, indent).trim() === ''
  const length = lines.slice(start + 1).findIndex(isNext)
  return lines
    .slice(start, length < 0 ? undefined : start + 1 + length)
    .join('\n')
    .trimEnd()
}

export const baselineEntry = (rule: BaselineRule, inputs: InputsOf, origin: RuleOrigin, text: string): RuleEntry => ({
  head: documentHead(rule, 'baseline', origin),
  text,
  fields: [...new Set([...rule.groupBy, ...(rule.watch.type === 'new' ? rule.watch.values : [])])],
  idle: rule.status === 'deprecated' || rule.status === 'unsupported' ? `its status is ${rule.status}` : '',
  alerts: true,
  notes: [],
  inputs: inputs([...rule.rules, ...rule.learnFrom]),
})
