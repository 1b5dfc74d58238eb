import type { JsonValue } from '../../src/model/json.ts'

/** What one case of a suite came to. `expected` and `got` are shown when it fails, so they hold what a person compares. */
export interface CaseResult {
  /** Unique inside the suite and stable from run to run: the upstream's file or id. */
  readonly name: string
  readonly ok: boolean
  readonly expected: JsonValue | undefined
  readonly got: JsonValue | undefined
}

/** What a suite is given to run on. */
export interface SuiteInput {
  /** The suite's own folder, which exists. */
  readonly dir: string
  /** The folder that holds all suites, for data that two suites share. */
  readonly data: string
  /** True when a few seconds' worth of cases, spread over all of them, is enough: see {@link subset}. */
  readonly quick: boolean
}

/**
 * Upstream's own cases for one engine. `name` is the name of the folder that holds them. `run` gives one result a case,
 * in a stable order; it never skips a case in silence, and what it throws fails the suite.
 */
export interface Suite {
  readonly name: string
  run(input: SuiteInput): Iterable<CaseResult> | AsyncIterable<CaseResult>
}

/** All of `items`, or, for a quick run, at most `atMost` of them, evenly spread and always the same. */
export const subset = <T>(items: readonly T[], quick: boolean, atMost = 200): readonly T[] => {
  if (!quick || items.length <= atMost) return items
  return Array.from({ length: atMost }, (_, index) => items[Math.floor((index * items.length) / atMost)] as T)
}
