import type { JsonObject } from '../../model/json.ts'

/** The text of a rules file. */
export interface RuleText {
  readonly path: string
  readonly text: string
}

/** A rule in the words that all languages share. */
export interface ListedRule {
  readonly name: string
  readonly language: string
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

/** One audit event: as parsed, and the JSON text that it was parsed from. */
export interface EventLine {
  readonly event: JsonObject
  readonly text: string
}

/** A rule that matched an event. */
export interface RuleMatch {
  readonly rule: string
  readonly severity: string
  readonly time: string
  /** One line for a person. */
  readonly text: string
}

/** Rules that were loaded, those in error left out. */
export interface RuleSet {
  readonly rules: readonly ListedRule[]
  readonly faults: readonly RuleFault[]
  /** Events have to come in order of time. Undefined: the language cannot judge the event. */
  evaluate(line: EventLine): readonly RuleMatch[] | undefined
}

/** A language of detection rules, as the commands of `bulwark rules` use it. */
export interface RuleLanguage {
  /** `falco`, `sigma`: also what `--language` takes. */
  readonly name: string
  /** True for a file that looks to be of this language, whether or not it can be read. */
  recognises(text: string): boolean
  /** Loads files, in order. Never throws for what they hold. */
  load(files: readonly RuleText[]): RuleSet
}
