/** The shapes that go in and out of the Falco engine. */

import type { Priority } from '../../model/record.ts'

export { type Priority, priorities } from '../../model/record.ts'

/** A rules file as it is. `path` only names it in problems. */
export interface RulesFile {
  readonly path: string
  readonly text: string
}

/** Falco's own codes of load errors and warnings (userspace/engine/falco_load_result.cpp). */
export type ProblemCode =
  | 'LOAD_ERR_YAML_PARSE'
  | 'LOAD_ERR_YAML_VALIDATE'
  | 'LOAD_ERR_COMPILE_CONDITION'
  | 'LOAD_ERR_COMPILE_OUTPUT'
  | 'LOAD_ERR_VALIDATE'
  | 'LOAD_UNKNOWN_SOURCE'
  | 'LOAD_UNSAFE_NA_CHECK'
  | 'LOAD_UNKNOWN_FILTER'
  | 'LOAD_UNUSED_MACRO'
  | 'LOAD_UNUSED_LIST'
  | 'LOAD_UNKNOWN_ITEM'
  | 'LOAD_DEPRECATED_ITEM'
  | 'LOAD_APPEND_NO_VALUES'
  | 'LOAD_EXCEPTION_NAME_NOT_UNIQUE'
  | 'LOAD_INVALID_MACRO_NAME'
  | 'LOAD_INVALID_LIST_NAME'
  | 'LOAD_COMPILE_CONDITION'
  | 'LOAD_UNKNOWN_KEY'

export type ItemKind =
  | 'rules content'
  | 'rules content item'
  | 'required_engine_version'
  | 'required_plugin_versions'
  | 'list'
  | 'macro'
  | 'rule'
  | 'exception'

/** A place in a rules file; both count from 1. */
export interface Place {
  readonly file: string
  readonly line: number
  readonly column: number
}

/** Something that is wrong with a file (Falco refuses to start) or looks wrong (it goes on). */
export interface RuleProblem extends Place {
  readonly severity: 'error' | 'warning'
  readonly code: ProblemCode
  readonly item: ItemKind
  /** Name of the list, macro, rule or exception; empty where it has none. */
  readonly name: string
  readonly what: string
  /** How to put it right; empty where `what` says it. */
  readonly mend: string
}

/** A rule as all files together define it. */
export interface FalcoRule extends Place {
  readonly name: string
  readonly description: string
  readonly priority: Priority
  readonly source: string
  /** Sorted. */
  readonly tags: readonly string[]
  readonly enabled: boolean
  /** The condition with its appends and exceptions, before lists and macros are put in. */
  readonly condition: string
  readonly output: string
  /** `served`: it is run over events. Otherwise why it is not. */
  readonly state: 'served' | 'source not served' | 'unknown source' | 'skipped: unknown field' | 'in error'
}

/** What a field of an output came to: null where the event does not have it. */
export type FieldValue = string | number | readonly string[] | null

/** A rule that matched an event. */
export interface Detection {
  readonly rule: string
  readonly priority: Priority
  readonly source: string
  readonly tags: readonly string[]
  /** The output with its fields put in. */
  readonly output: string
  /** The fields that the output names, transformers left out, as Falco's `output_fields`. */
  readonly fields: Readonly<Record<string, FieldValue>>
  /** RFC 3339 with nanoseconds, UTC. */
  readonly time: string
}
