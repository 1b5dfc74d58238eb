/**
 * All rules as one set, whatever they are written in: what is broken is told with its place and the way to mend it, and
 * takes nothing else down.
 */
import { type LoadedRules, loadFalcoRules, type ServedRule } from '../engines/falco/index.ts'
import {
  type EventSource,
  type Head,
  kubernetesAudit,
  kubernetesEvents,
  kubernetesRuntime,
  type LoadedRule,
  loadSigma,
  Refused,
  readDocuments,
  type SigmaCorrelation,
  type SigmaProblem,
  type SigmaRule,
  type SigmaRules,
} from '../engines/sigma/index.ts'
import type { RuleHead, RuleOrigin } from '../model/rule.ts'
import { type BaselineRule, createBaselines, readBaselines } from './baseline/index.ts'
import { onlyKind, type RuleDocument, splitDocuments } from './documents.ts'
import { fieldsOfExpression, fieldsOfPredicate } from './fields.ts'
import { documentHead, documentKey, falcoHead } from './heads.ts'
import { mendOf } from './mend.ts'

/** A file with rules. `name` is how it is told of: its path. Files are read in the order they are given. */
export interface RuleFile {
  readonly name: string
  readonly text: string
  readonly origin: RuleOrigin
}

/** Something wrong in a rules file (`error`: what it is about was left out) or worth a look (`warning`). */
export interface RuleSetProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Title or name of the rule; empty where it has none. */
  readonly rule: string
  readonly severity: 'error' | 'warning'
  readonly what: string
  readonly mend: string
}

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

export interface RuleSet {
  readonly entries: readonly RuleEntry[]
  /** Heads of {@link entries}: every rule, also those that are not run. */
  readonly heads: readonly RuleHead[]
  readonly problems: readonly RuleSetProblem[]
  readonly sigma: SigmaRules
  readonly falco: LoadedRules
  /** Those whose Sigma rules are there. */
  readonly baselines: readonly BaselineRule[]
}

/** What rules of Sigma can look at. */
const sources = [kubernetesAudit, kubernetesRuntime, kubernetesEvents]

/** Records that a rule looks at. */
export type RuleInput = 'audit' | 'runtime' | 'events'

const inputOf = (source: EventSource | undefined): readonly RuleInput[] => {
  if (source === kubernetesAudit) return ['audit']
  if (source === kubernetesRuntime) return ['runtime']
  return source === kubernetesEvents ? ['events'] : []
}

/** True for files that hold rules: YAML, and not the tests beside a rule (`name.tests.yml`). */
export const isRuleFile = (name: string): boolean => /\.ya?ml$/i.test(name) && !/\.tests\.ya?ml$/i.test(name)

/** Reads rules of all languages. Never throws for what the files hold. */
export const loadRuleSet = (files: readonly RuleFile[]): RuleSet => {
  const read = files.map((file) => ({ file, documents: splitDocuments(file.text) }))
  const of = (kind: RuleDocument['kind']) =>
    read
      .filter(({ documents }) => documents.some((one) => one.kind === kind))
      .map(({ file, documents }) => ({ ...file, text: onlyKind(file.text, documents, kind) }))
  const loaded = loadSigma(of('sigma'), { sources })
  const { baselines, problems: ofBaselines } = loadBaselines(of('baseline'), loaded)
  const sigma = withoutAlerts(loaded, baselines)
  const falco = loadFalcoRules(of('falco').map(({ name, text }) => ({ path: name, text })))

  const origins = new Map(files.map(({ name, origin }) => [name, origin]))
  const originOf = (file: string): RuleOrigin => origins.get(file) ?? 'user'
  const places = new Map(read.map(({ file, documents }) => [file.name, documents]))
  const textAt = (file: string, line: number): string =>
    places.get(file)?.find(({ first, last }) => first <= line && line <= last)?.text ?? ''

  const entries = [
    ...sigmaEntries(sigma, originOf, textAt),
    ...baselines.map((rule) =>
      baselineEntry(rule, originOf(rule.at.file), textAt(rule.at.file, rule.at.line), inputsBy(sigma.rules)),
    ),
    ...falcoEntries(falco, originOf, (file, line) => falcoItem(textAt(file, line), places.get(file), line)),
  ]
  const problems = [
    ...loaded.problems.map(errorOf),
    ...loaded.warnings.map(warningOf),
    ...ofBaselines.map(errorOf),
    ...falcoProblems(falco),
  ]
  return { entries, heads: entries.map(({ head }) => head), problems, sigma, falco, baselines }
}

/** Baselines that can be run: their own text is right, their id is free, and the rules that they name are there. */
const loadBaselines = (
  files: readonly RuleFile[],
  sigma: SigmaRules,
): { readonly baselines: readonly BaselineRule[]; readonly problems: readonly SigmaProblem[] } => {
  const problems: SigmaProblem[] = []
  const taken = new Map(
    [...sigma.rules.map(({ rule }) => rule), ...sigma.correlations.map(({ correlation }) => correlation)].map((one) => [
      documentKey(one),
      one.at,
    ]),
  )
  const baselines: BaselineRule[] = []
  for (const { name, text } of files) {
    for (const document of readDocuments(text, name)) {
      if (document instanceof Refused) problems.push({ at: document.at, title: undefined, what: document.what })
    }
    const read = readBaselines(text, name)
    problems.push(...read.problems)
    for (const rule of read.rules) {
      const other = taken.get(documentKey(rule))
      if (other === undefined) {
        taken.set(documentKey(rule), rule.at)
        baselines.push(rule)
      } else {
        const what = `"${documentKey(rule)}" is taken by the one in ${other.file}:${other.line}`
        problems.push({ at: rule.at, title: rule.title, what })
      }
    }
  }
  const unlinked = createBaselines(baselines, sigma).problems
  return {
    baselines: baselines.filter(({ at }) => !unlinked.some((problem) => problem.at === at)),
    problems: [...problems, ...unlinked],
  }
}

/**
 * An informational rule that a baseline learns from says only what is usual: it does not alert on its own, as a rule does
 * not that a correlation counts.
 */
const withoutAlerts = (sigma: SigmaRules, baselines: readonly BaselineRule[]): SigmaRules => {
  const asked = new Set(baselines.flatMap((one) => [...one.rules, ...one.learnFrom]))
  const isAsked = ({ id, name, level }: Head): boolean =>
    level === 'informational' && (asked.has(id ?? '') || asked.has(name ?? ''))
  return { ...sigma, rules: sigma.rules.map((one) => (isAsked(one.rule) ? { ...one, alerts: false } : one)) }
}

const sigmaEntries = (
  { rules, correlations }: SigmaRules,
  originOf: (file: string) => RuleOrigin,
  textAt: (file: string, line: number) => string,
): readonly RuleEntry[] => {
  const inputs = inputsBy(rules)
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
const inputsBy = (rules: readonly LoadedRule[]): ((references: readonly string[]) => readonly RuleInput[]) => {
  const known = new Map<string, RuleInput[]>()
  for (const { rule, source } of rules) {
    for (const key of [documentKey(rule), rule.name]) {
      if (key !== undefined) known.set(key, [...(known.get(key) ?? []), ...inputOf(source)])
    }
  }
  return (references) => distinct(references.flatMap((one) => known.get(one) ?? known.get(one.toLowerCase()) ?? []))
}

const falcoEntries = (
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
const falcoItem = (text: string, documents: readonly RuleDocument[] | undefined, line: number): string => {
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

const baselineEntry = (
  rule: BaselineRule,
  origin: RuleOrigin,
  text: string,
  inputs: ReturnType<typeof inputsBy>,
): RuleEntry => ({
  head: documentHead(rule, 'baseline', origin),
  text,
  fields: [...new Set([...rule.groupBy, ...(rule.watch.type === 'new' ? rule.watch.values : [])])],
  idle: rule.status === 'deprecated' || rule.status === 'unsupported' ? `its status is ${rule.status}` : '',
  alerts: true,
  notes: [],
  inputs: inputs([...rule.rules, ...rule.learnFrom]),
})

const errorOf = ({ at, title, what }: SigmaProblem): RuleSetProblem => ({
  ...at,
  rule: title ?? '',
  severity: 'error',
  what,
  mend: mendOf(what),
})

const warningOf = ({ at, title, what }: SigmaProblem): RuleSetProblem => ({
  ...at,
  rule: title ?? '',
  severity: 'warning',
  what,
  mend: '',
})

const falcoProblems = ({ problems }: LoadedRules): readonly RuleSetProblem[] =>
  problems.map(({ file, line, column, name, severity, what, mend }) => ({
    file,
    line,
    column,
    rule: name,
    severity,
    what,
    mend: mend === '' && severity === 'error' ? mendOf(what) : mend,
  }))
