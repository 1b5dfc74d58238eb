/**
 * What the API serves of detection. The calls answer from memory and the desk, within milliseconds, except where a promise
 * is said to wait for more. Where a call changes something it resolves after the change is on disk. Errors are
 * BulwarkError: NOT_FOUND for an id that is not known, REQUEST_INVALID, CASE_CONFLICT, SUPPRESSION_INVALID,
 * RULES_INVALID, RULES_CONFLICT, DESK_FAILED.
 */
import type { CaseState } from '../model/case.ts'
import type { Severity } from '../model/finding.ts'
import type { SuppressionSpec } from '../model/suppression.ts'
import type {
  BacktestBody,
  BacktestStatus,
  CaseChanged,
  CaseDetail,
  CasesAnswer,
  CasesChanged,
  CoverageAnswer,
  DetectionHonesty,
  OutputsAnswer,
  OutputTest,
  RuleCheck,
  RuleDetail,
  RuleReplay,
  RulesAnswer,
  SavedRules,
  SelftestAlertsBody,
  SelftestBody,
  SelftestKept,
  SelftestResult,
  SelftestStatus,
  SuppressionBody,
  SuppressionsAnswer,
  TriageBody,
} from './contract/detection.ts'

/** Which cases are meant. Members that are undefined match everything; merged cases are shown in what they went into. */
export interface CaseFilter {
  readonly states?: readonly CaseState[] | undefined
  /** This severity and graver. */
  readonly atLeast?: Severity | undefined
  readonly namespace?: string | undefined
  /** Rule id. */
  readonly rule?: string | undefined
  /** Empty: cases that nobody owns. */
  readonly owner?: string | undefined
  /** A word of the title, a name of an entity, or an id; letters of either case. */
  readonly text?: string | undefined
}

export interface DetectionServices {
  readonly cases: CaseServices
  readonly rules: RuleServices
  readonly suppressions: SuppressionServices
  readonly backtests: BacktestServices
  readonly outputs: OutputServices
  readonly selftests: SelftestServices
  honesty(): DetectionHonesty
  /** Rule by source: what fires, could fire, and cannot and why. */
  coverage(): Promise<CoverageAnswer>
}

export interface CaseServices {
  /** Those that need a person first. `limit` at most 1000; `cursor` as the last page gave it. */
  list(filter: CaseFilter, page: { readonly limit: number; readonly cursor?: string | undefined }): Promise<CasesAnswer>
  /** A merged case is told as the one that it went into. */
  detail(id: string): Promise<CaseDetail>
  /** A suppression filled in from a case, as narrow as it can be, with an expiry in 30 days. */
  suppressionFor(id: string): Promise<SuppressionSpec>
  triage(id: string, change: TriageBody): Promise<CaseChanged>
  /** `into` keeps its id and its triage. */
  merge(into: string, others: readonly string[], by: string): Promise<CaseChanged>
  /** Takes steps, by their ids, out into a new case. */
  split(id: string, steps: readonly string[], by: string): Promise<CaseChanged>
  /** Takes a triage, a merge or a split back: `change` as {@link CaseChanged.undo} or the history gave it. */
  undo(change: string, by: string): Promise<CaseChanged>
  /**
   * Every case that changes, from now on, after it is on disk: what changes in 100 ms is told together. The answer ends it.
   * A listener that throws is dropped.
   */
  subscribe(listener: (changed: CasesChanged) => void): () => void
  /** The position of what was told last. */
  position(): string
  /** All that was told after a position. Undefined where that is not known: it is too long ago, or of another run. */
  since(position: string): CasesChanged | undefined
}

export interface RuleServices {
  list(): Promise<RulesAnswer>
  detail(id: string): Promise<RuleDetail>
  /** Runs the tests beside a shipped rule in which it fires, by the rules as they run. */
  replay(id: string): Promise<RuleReplay>
  /**
   * What loading a text would say, beside the rules that are there; nothing is kept. `name`: under which it would be saved,
   * so that it stands in place of what is saved there.
   */
  check(text: string, name?: string): Promise<RuleCheck>
  /** Switches a rule on or off, over what the sets say. Kept in the desk; takes effect with the next record. */
  switch(id: string, enabled: boolean, by: string): Promise<RuleDetail>
  /**
   * Saves rules that a person wrote: one or more documents under a name of theirs (letters, digits, `-`, `_`), in place of
   * what was saved under it. Refused as a whole with RULES_INVALID, naming line and mend, where a document is in error; with
   * RULES_CONFLICT where `version` is given and is not the one that stands there (empty: nothing stands there).
   */
  save(name: string, text: string, by: string, version?: string): Promise<RulesAnswer>
  /** What was saved under a name, as it was written. */
  saved(name: string): Promise<SavedRules>
  /** Removes what was saved under a name. */
  remove(name: string, by: string): Promise<RulesAnswer>
}

export interface SuppressionServices {
  list(): Promise<SuppressionsAnswer>
  /** Refused without the id of a finished back-test of this very text. */
  save(body: SuppressionBody): Promise<SuppressionsAnswer>
  /** Only those made on the page; others are removed where they are kept. */
  remove(id: string, by: string): Promise<SuppressionsAnswer>
}

export interface BacktestServices {
  /** Begins one; it goes on by itself. At most two run at once: OVERLOADED beyond. */
  start(body: BacktestBody): Promise<BacktestStatus>
  status(id: string): Promise<BacktestStatus>
  cancel(id: string): Promise<BacktestStatus>
  /** Told of each change until it is over. The answer ends it. */
  subscribe(id: string, listener: (status: BacktestStatus) => void): () => void
}

export interface OutputServices {
  list(): Promise<OutputsAnswer>
  /** Sends a sample, or with `dryRun` only shows it. Waits for the other side, at most some seconds. */
  test(id: string, dryRun: boolean): Promise<OutputTest>
}

export interface SelftestServices {
  /** Begins one: what carries its marker from now on is told as made by it. OVERLOADED beyond four. */
  begin(body: SelftestBody): Promise<SelftestStatus>
  status(id: string): Promise<SelftestStatus>
  /** Records samples of what a sensor tells, durably. Throws SPOOL_FULL, SPOOL_WRITE_FAILED. */
  hand(id: string, body: SelftestAlertsBody): Promise<SelftestStatus>
  /**
   * Keeps what it found as the last results of these rules. Of each that is not to be believed the reason is told: a rule
   * that is not known, one that is told twice, one that fired and of which nothing was seen.
   */
  keep(id: string, results: readonly SelftestResult[]): Promise<SelftestKept>
  /** Closes the cases that are the self-test's alone. */
  end(id: string): Promise<SelftestStatus>
}
