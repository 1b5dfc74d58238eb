/**
 * All rules as one set, whatever they are written in: what is broken is told with its place and the way to mend it, and
 * takes nothing else down.
 */
import { type LoadedRules, loadFalcoRules, type ServedRule } from '../engines/falco/index.ts'
import { kubernetesAudit, loadSigma, type SigmaRules } from '../engines/sigma/index.ts'
import type { RuleHead, RuleOrigin } from '../model/rule.ts'
import { onlyKind, type RuleDocument, splitDocuments } from './documents.ts'
import { fieldsOfExpression, fieldsOfPredicate } from './fields.ts'
import { falcoHead, sigmaHead, sigmaKey } from './heads.ts'
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
}

export interface RuleSet {
  readonly entries: readonly RuleEntry[]
  /** Heads of {@link entries}: every rule, also those that are not run. */
  readonly heads: readonly RuleHead[]
  readonly problems: readonly RuleSetProblem[]
  readonly sigma: SigmaRules
  readonly falco: LoadedRules
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
  const sigma = loadSigma(of('sigma'), { sources: [kubernetesAudit] })
  const falco = loadFalcoRules(of('falco').map(({ name, text }) => ({ path: name, text })))

  const origins = new Map(files.map(({ name, origin }) => [name, origin]))
  const originOf = (file: string): RuleOrigin => origins.get(file) ?? 'user'
  const places = new Map(read.map(({ file, documents }) => [file.name, documents]))
  const textAt = (file: string, line: number): string =>
    places.get(file)?.find(({ first, last }) => first <= line && line <= last)?.text ?? ''

  const entries = [
    ...sigmaEntries(sigma, originOf, textAt),
    ...falcoEntries(falco, originOf, (file, line) => falcoItem(textAt(file, line), places.get(file), line)),
  ]
  const problems = [...sigmaProblems(sigma), ...falcoProblems(falco), ...of('baseline').map(notServedYet)]
  return { entries, heads: entries.map(({ head }) => head), problems, sigma, falco }
}

const sigmaEntries = (
  { rules, correlations }: SigmaRules,
  originOf: (file: string) => RuleOrigin,
  textAt: (file: string, line: number) => string,
): readonly RuleEntry[] => {
  const ofRules = rules.map(({ rule, source, predicate, enabled, alerts, health }) => ({
    head: sigmaHead(rule, originOf(rule.at.file)),
    text: textAt(rule.at.file, rule.at.line),
    fields: fieldsOfPredicate(predicate),
    idle: enabled
      ? ''
      : source === undefined
        ? 'nothing here tells what it looks at (its log source)'
        : `its status is ${rule.status}`,
    alerts,
    notes: health.notes,
  }))
  const ofCorrelations = correlations.map(({ correlation, enabled, alerts }) => ({
    head: sigmaHead(correlation, originOf(correlation.at.file)),
    text: textAt(correlation.at.file, correlation.at.line),
    fields: [...new Set([...correlation.groupBy, ...correlation.fields])],
    idle: enabled ? '' : 'it is retired by its status, or cannot be decided as it is written',
    alerts,
    notes: [],
  }))
  return [...ofRules, ...ofCorrelations]
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

const sigmaProblems = ({ problems, warnings }: SigmaRules): readonly RuleSetProblem[] => [
  ...problems.map(({ at, title, what }) => ({
    ...at,
    rule: title ?? '',
    severity: 'error' as const,
    what,
    mend: mendOf(what),
  })),
  ...warnings.map(({ at, title, what }) => ({
    ...at,
    rule: title ?? '',
    severity: 'warning' as const,
    what,
    mend: '',
  })),
]

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

const notServedYet = ({ name }: RuleFile): RuleSetProblem => ({
  file: name,
  line: 1,
  column: 1,
  rule: '',
  severity: 'warning',
  what: 'baseline documents are not served',
  mend: 'The other documents of the file are run',
})

export { sigmaKey }
