import { all, compileDetection, type Dialect } from './detection.ts'
import { type EventSource, namesIn, partOf, serves } from './event-source.ts'
import { healthOf } from './health.ts'
import { type LinkedCorrelation, linkCorrelations } from './link.ts'
import type { LoadedRule } from './loaded-rule.ts'
import { Refused } from './located.ts'
import { type Compiled, SigmaMemory } from './memory.ts'
import type { Placeholders } from './modifiers.ts'
import { readSigma } from './read.ts'
import type { SigmaDocument, SigmaFilter, SigmaProblem, SigmaRule } from './types.ts'

export interface SigmaOptions {
  /** Where events come from. A rule is compiled for each source that serves it. */
  readonly sources: readonly EventSource[]
  readonly placeholders?: Placeholders
  /** Of loading before, by the same caller: what did not change is neither read nor compiled again. */
  readonly memory?: SigmaMemory
}

export interface SigmaRules {
  readonly rules: readonly LoadedRule[]
  /** Those referred to stand before those that refer to them. */
  readonly correlations: readonly LinkedCorrelation[]
  readonly filters: readonly SigmaFilter[]
  /** Documents that were refused. */
  readonly problems: readonly SigmaProblem[]
  readonly warnings: readonly SigmaProblem[]
}

/**
 * Reads, links and compiles the documents of many files; their order does not matter, but of two documents with the same
 * id or name the first is kept. What is refused is told with its place and does not stop the others.
 */
export const loadSigma = (
  files: readonly { readonly name: string; readonly text: string }[],
  { sources, placeholders = new Map(), memory = new SigmaMemory() }: SigmaOptions,
): SigmaRules => {
  const problems: SigmaProblem[] = []
  const warnings: SigmaProblem[] = []
  const documents: SigmaDocument[] = []
  for (const file of files) {
    const read = memory.files.of(file.name, file.text, () => readSigma(file.text, file.name))
    documents.push(...read.documents)
    problems.push(...read.problems)
  }
  memory.files.turn()
  const known = unique(documents, problems)
  const filters = known.filter((one) => one.kind === 'filter')
  const rules = known
    .filter((one) => one.kind === 'rule')
    .flatMap((rule) => {
      const serving = sources.filter((source) => serves(source, rule.logsource))
      return (serving.length === 0 ? [undefined] : serving).flatMap((source) => {
        const applied = filters.filter((filter) => isFor(filter, rule))
        const compiled = memory.compiled(rule, source, applied, () => compile(rule, source, applied, placeholders))
        problems.push(...compiled.problems)
        warnings.push(...compiled.warnings)
        return compiled.loaded ?? []
      })
    })
  const wanted = known.filter((one) => one.kind === 'correlation')
  const { correlations, silent } = linkCorrelations(wanted, rules, problems, warnings)
  warnings.push(...unusedFilters(filters, rules))
  const heard = rules.map((one) => (silent.has(one.rule) ? { ...one, alerts: false } : one))
  return { rules: heard, correlations, filters, problems, warnings }
}

const compile = (
  rule: SigmaRule,
  source: EventSource | undefined,
  filters: readonly SigmaFilter[],
  placeholders: Placeholders,
): Compiled => {
  const warnings: SigmaProblem[] = []
  const dialect: Dialect = {
    names: namesIn(source),
    placeholders,
    warn: (at, what) => warnings.push({ at, title: rule.title, what }),
  }
  try {
    const own = compileDetection(rule.detection, dialect)
    const part = source && partOf(source, rule.logsource)
    const predicate = all([
      ...(part === undefined ? [] : [part]),
      own,
      ...filters.map((filter) => compileDetection(filter.detection, dialect)),
    ])
    const retired = rule.status === 'deprecated' || rule.status === 'unsupported'
    const health = source === undefined ? { dead: false, notes: [] } : healthOf(predicate, source)
    const enabled = !retired && source !== undefined
    return {
      loaded: { rule, source, predicate, filters, enabled, alerts: true, health },
      problems: [],
      warnings,
    }
  } catch (error) {
    if (!(error instanceof Refused)) throw error
    return { loaded: undefined, problems: [{ at: error.at, title: rule.title, what: error.what }], warnings }
  }
}

/** Every key of the filter's log source has to be the rule's, and the rule has to be named. */
const isFor = (filter: SigmaFilter, rule: SigmaRule): boolean => {
  const { category, product, service } = filter.logsource
  const has = (want: string | undefined, have: string | undefined): boolean => want === undefined || want === have
  const fits =
    has(category, rule.logsource.category) &&
    has(product, rule.logsource.product) &&
    has(service, rule.logsource.service)
  return fits && (filter.rules === 'any' || filter.rules.some((reference) => refersTo(reference, rule)))
}

/** True where a reference is the id or the name of a document. */
const refersTo = (reference: string, rule: SigmaRule): boolean =>
  reference === rule.name || reference.toLowerCase() === rule.id

const unusedFilters = (filters: readonly SigmaFilter[], rules: readonly LoadedRule[]): readonly SigmaProblem[] =>
  filters
    .filter((filter) => !rules.some((one) => one.filters.includes(filter)))
    .map(({ at, title }) => ({ at, title, what: 'the filter is for no rule that is loaded' }))

/** Of documents with the same id or name the first. */
const unique = (documents: readonly SigmaDocument[], problems: SigmaProblem[]): readonly SigmaDocument[] => {
  const taken = new Map<string, SigmaDocument>()
  return documents.filter((document) => {
    const keys = [document.id, document.name].filter((key) => key !== undefined)
    for (const key of keys) {
      const other = taken.get(key)
      if (other === undefined) continue
      const { file, line } = other.at
      problems.push({ at: document.at, title: document.title, what: `"${key}" is taken by the one in ${file}:${line}` })
      return false
    }
    for (const key of keys) taken.set(key, document)
    return true
  })
}
