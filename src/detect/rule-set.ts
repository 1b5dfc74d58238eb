/**
 * All rules as one set, whatever they are written in: what is broken is told with its place and the way to mend it, and
 * takes nothing else down.
 */
import { type LoadedRules, loadFalcoRules } from '../engines/falco/index.ts'
import {
  FileMemory,
  type Head,
  kubernetesAudit,
  kubernetesEvents,
  kubernetesRuntime,
  loadSigma,
  Refused,
  readDocuments,
  SigmaMemory,
  type SigmaProblem,
  type SigmaRules,
} from '../engines/sigma/index.ts'
import type { RuleHead, RuleOrigin } from '../model/rule.ts'
import { type BaselineRule, createBaselines, readBaselines } from './baseline/index.ts'
import { onlyKind, type RuleDocument, splitDocuments } from './documents.ts'
import { documentKey } from './heads.ts'
import { mendOf } from './mend.ts'
import { baselineEntry, falcoEntries, falcoItem, inputsBy, type RuleEntry, sigmaEntries } from './rule-entries.ts'

export type { RuleEntry, RuleInput } from './rule-entries.ts'

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

/** True for files that hold rules: YAML, and not the tests beside a rule (`name.tests.yml`). */
export const isRuleFile = (name: string): boolean => /\.ya?ml$/i.test(name) && !/\.tests\.ya?ml$/i.test(name)

/** Reads rules of all languages. Never throws for what the files hold. */
export const loadRuleSet = (files: readonly RuleFile[]): RuleSet => createRuleLoader().load(files)

/** Reads sets one after the other: what did not change since the one before is neither read nor compiled again. */
export interface RuleLoader {
  readonly load: (files: readonly RuleFile[]) => RuleSet
}

export const createRuleLoader = (): RuleLoader => {
  const memory: Memory = {
    sigma: new SigmaMemory(),
    documents: new FileMemory(),
    baselines: new FileMemory(),
    falco: { files: [], loaded: undefined },
  }
  return {
    load: (files) => {
      const set = load(files, memory)
      memory.documents.turn()
      memory.baselines.turn()
      return set
    },
  }
}

/** Of the sets read before. */
interface Memory {
  readonly sigma: SigmaMemory
  readonly documents: FileMemory<readonly RuleDocument[]>
  readonly baselines: FileMemory<BaselineFile>
  /** Rules of Falco hang together over all files: they are read again as a whole. */
  readonly falco: { files: readonly RuleFile[]; loaded: LoadedRules | undefined }
}

const load = (files: readonly RuleFile[], memory: Memory): RuleSet => {
  const read = files.map((file) => {
    const documents = memory.documents.of(file.name, file.text, () => splitDocuments(file.text))
    return { file, documents }
  })
  const of = (kind: RuleDocument['kind']) =>
    read
      .filter(({ documents }) => documents.some((one) => one.kind === kind))
      .map(({ file, documents }) => ({ ...file, text: onlyKind(file.text, documents, kind) }))
  const loaded = loadSigma(of('sigma'), { sources, memory: memory.sigma })
  const { baselines, problems: ofBaselines } = loadBaselines(of('baseline'), loaded, memory.baselines)
  const sigma = withoutAlerts(loaded, baselines)
  const falco = loadFalco(of('falco'), memory)

  const origins = new Map(files.map(({ name, origin }) => [name, origin]))
  const originOf = (file: string): RuleOrigin => origins.get(file) ?? 'user'
  const places = new Map(read.map(({ file, documents }) => [file.name, documents]))
  const textAt = (file: string, line: number): string =>
    places.get(file)?.find(({ first, last }) => first <= line && line <= last)?.text ?? ''

  const inputs = inputsBy(sigma.rules)
  const entries = [
    ...sigmaEntries(sigma, inputs, originOf, textAt),
    ...baselines.map((rule) => baselineEntry(rule, inputs, originOf(rule.at.file), textAt(rule.at.file, rule.at.line))),
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

const loadFalco = (files: readonly RuleFile[], { falco }: Memory): LoadedRules => {
  const isSame =
    files.length === falco.files.length &&
    files.every(({ name, text }, place) => name === falco.files[place]?.name && text === falco.files[place]?.text)
  const loaded =
    isSame && falco.loaded !== undefined
      ? falco.loaded
      : loadFalcoRules(files.map(({ name, text }) => ({ path: name, text })))
  falco.files = files
  falco.loaded = loaded
  return loaded
}

interface BaselineFile {
  readonly rules: readonly BaselineRule[]
  readonly problems: readonly SigmaProblem[]
}

const readBaselineFile = (text: string, name: string): BaselineFile => {
  const broken = readDocuments(text, name).flatMap((one) =>
    one instanceof Refused ? { at: one.at, title: undefined, what: one.what } : [],
  )
  const { rules, problems } = readBaselines(text, name)
  return { rules, problems: [...broken, ...problems] }
}

/** Baselines that can be run: their own text is right, their id is free, and the rules that they name are there. */
const loadBaselines = (
  files: readonly RuleFile[],
  sigma: SigmaRules,
  memory: FileMemory<BaselineFile>,
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
    const read = memory.of(name, text, () => readBaselineFile(text, name))
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
