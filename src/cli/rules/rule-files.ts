import { loadRuleSet, type RuleSet, type RuleSetProblem } from '../../detect/rule-set.ts'
import type { FalcoRule } from '../../engines/falco/index.ts'
import type { LoadedRule, LogSource, RuleHealth } from '../../engines/sigma/index.ts'

/** The text of a rules file. */
export interface RuleText {
  readonly path: string
  readonly text: string
}

/** A rule in the words that all languages share. */
export interface ListedRule {
  readonly name: string
  readonly language: 'falco' | 'sigma' | 'baseline'
  /** As the language calls it: a priority of Falco, a level of Sigma. */
  readonly severity: string
  /** What it reads: `k8s_audit`, `kubernetes/audit`. */
  readonly source: string
  readonly tags: readonly string[]
  /** `ready`, or why it is not run. */
  readonly state: string
  readonly file: string
  readonly line: number
}

/** Something wrong with a rules file. `line` and `column` count from 1; 0 where there is no place. */
export interface RuleFault {
  readonly severity: 'error' | 'warning'
  readonly code: string
  /** The rule, list or macro; empty for the file itself. */
  readonly subject: string
  readonly what: string
  readonly mend: string
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Rules of all languages that were loaded, those in error left out. */
export interface RuleFiles {
  readonly set: RuleSet
  readonly rules: readonly ListedRule[]
  readonly faults: readonly RuleFault[]
}

/** Loads files, in order: a later one can change what an earlier one defines. Never throws for what they hold. */
export const loadRuleFiles = (texts: readonly RuleText[]): RuleFiles => {
  const set = loadRuleSet(texts.map(({ path, text }) => ({ name: path, text, origin: 'user' })))
  const { falco, sigma, baselines } = set
  return {
    set,
    rules: [
      ...falco.rules.map(falcoRule),
      ...sigma.rules.map(sigmaRule),
      ...sigma.correlations.map(({ correlation, enabled, inputs }) => ({
        ...documentOf(correlation, 'sigma'),
        source: `${inputs.length} ${inputs.length === 1 ? 'rule' : 'rules'}`,
        state: enabled ? 'ready' : retired(correlation.status, 'cannot be decided'),
      })),
      ...baselines.map((rule) => ({
        ...documentOf(rule, 'baseline'),
        source: `${rule.rules.length} ${rule.rules.length === 1 ? 'rule' : 'rules'}`,
        state: retired(rule.status, 'ready'),
      })),
    ],
    faults: faultsOf(set),
  }
}

const falcoRule = ({ name, priority, source, tags, enabled, state, file, line }: FalcoRule): ListedRule => ({
  name,
  language: 'falco',
  severity: priority,
  source,
  tags,
  state: state === 'served' ? (enabled ? 'ready' : 'disabled') : state,
  file,
  line,
})

const sigmaRule = ({ rule, source, enabled, alerts, health }: LoadedRule): ListedRule => ({
  ...documentOf(rule, 'sigma'),
  source: sourceText(rule.logsource),
  state: enabled
    ? health.dead
      ? 'cannot be true'
      : alerts
        ? 'ready'
        : 'ready, for others only'
    : source === undefined
      ? 'source not served'
      : retired(rule.status, 'disabled'),
})

type Document = Pick<LoadedRule['rule'], 'title' | 'level' | 'tags' | 'at'>

const documentOf = (
  { title, level, tags, at }: Document,
  language: 'sigma' | 'baseline',
): Omit<ListedRule, 'source' | 'state'> => ({
  name: title,
  language,
  severity: level ?? '',
  tags,
  file: at.file,
  line: at.line,
})

const retired = (status: LoadedRule['rule']['status'], otherwise: string): string =>
  status === 'deprecated' || status === 'unsupported' ? status : otherwise

const sourceText = ({ category, product, service }: LogSource): string =>
  [product, service ?? category].filter((part) => part !== undefined).join('/')

const faultsOf = ({ problems, falco, sigma }: RuleSet): readonly RuleFault[] => {
  const known = new Set(falco.problems.map(placeOf))
  const documents = problems.filter((problem) => !known.has(placeOf(problem)))
  return [
    ...falco.problems.map(
      ({ severity, code, item, name, what, mend, file, line, column }): RuleFault => ({
        severity,
        code,
        subject: name === '' ? '' : `${item} "${name}"`,
        what,
        mend,
        file,
        line,
        column,
      }),
    ),
    ...documents.map(({ rule, severity, what, mend, file, line, column }): RuleFault => {
      const code = severity === 'error' ? 'REFUSED' : 'DOUBTFUL'
      return { severity, code, subject: rule === '' ? '' : `rule "${rule}"`, what, mend, file, line, column }
    }),
    ...sigma.rules.flatMap(({ rule, enabled, health }) => (enabled ? healthFaults(rule, health) : [])),
  ]
}

const placeOf = ({ file, line, column, what }: Pick<RuleSetProblem, 'file' | 'line' | 'column' | 'what'>): string =>
  JSON.stringify([file, line, column, what])

/** What a rule asks for and its source never holds. */
const healthFaults = ({ title, at }: LoadedRule['rule'], { dead, notes }: RuleHealth): readonly RuleFault[] =>
  notes.length === 0
    ? []
    : [
        {
          ...at,
          severity: 'warning',
          code: dead ? 'CANNOT_BE_TRUE' : 'PARTLY_DEAD',
          subject: `rule "${title}"`,
          what: `${dead ? 'it can never match' : 'a part of it can never match'}: ${notes.join('; ')}`,
          mend: dead ? 'Ask for a value that the field has, or remove the rule' : '',
        },
      ]
