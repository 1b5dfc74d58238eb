import type { Case, CaseState, CaseStep, ClosingReason } from '../../model/case.ts'
import type { Detection } from '../../model/detection.ts'
import type { RuleGuide } from '../../model/rule.ts'
import type { Micros } from '../../model/time.ts'
import type { CaseContext } from './context.ts'
import type { CaseChanges, CaseRows, ChangeRow } from './rows.ts'

/**
 * The cases of all clusters: detections in, cases out. A deterministic machine without a clock: moments are arguments.
 * Every call that changes something answers with the rows that differ; a book restored from the rows goes on the same.
 *
 * Calls that name a case or a change throw BulwarkError `NOT_FOUND` where it is not in memory (see `load`),
 * `CASE_CONFLICT` where it cannot be changed in this way, and `REQUEST_INVALID` where the request is not whole.
 */
export interface CaseBook {
  /** Takes detections in, in the order of the record. How they are split into calls makes no difference. */
  apply(detections: readonly Detection[], context: CaseContext): CaseChanges
  triage(id: string, triage: Triage, at: Micros): CaseChanged
  /** Merges cases into one, which keeps its id and its triage. What comes later for the others is shown in it too. */
  merge(into: string, others: readonly string[], by: string, at: Micros, context: CaseContext): CaseChanged
  /** Takes steps (by their ids) out into a new case. What comes later and is the same as one of them goes there too. */
  split(id: string, steps: readonly string[], by: string, at: Micros, context: CaseContext): CaseChanged
  /** Takes a triage, a merge or a split back. What was detected since stays. */
  undo(change: string, by: string, at: Micros, context: CaseContext): CaseChanged
  /** Time goes on: snoozes end, and what is long over leaves the memory. Call about once a minute. */
  tick(now: Micros): CaseChanges
  /** Brings cases that left the memory (or all of them, after a restart) back from the desk's rows, with their whole root. */
  load(rows: CaseRows): void
  has(id: string): boolean
  /** The case with its story; undefined where it is not in memory. */
  detail(id: string): CaseStory | undefined
  /** Cases in memory, also merged ones, in no promised order. */
  cases(): Iterable<Case>
  status(): CaseBookStatus
}

/** What a person changes. Members that are missing stay as they are; an empty `owner` or `note` takes it away. */
export interface Triage {
  readonly state?: CaseState
  readonly owner?: string
  /** Needed to close; not allowed with any other state. */
  readonly closingReason?: ClosingReason
  readonly note?: string
  /** RFC 3339, needed to snooze. */
  readonly snoozedUntil?: string
  readonly by?: string
}

export interface CaseChanged {
  readonly changes: CaseChanges
  /** The cases that differ, as they are now. */
  readonly cases: readonly Case[]
  /** The id of the change, for `undo`. Empty where the call undid something. */
  readonly undo: string
}

export interface CaseStory {
  readonly case: Case
  /** In order of time. */
  readonly steps: readonly CaseStep[]
  readonly advice: readonly CaseAdvice[]
  /** The newest first. */
  readonly history: readonly ChangeRow[]
}

/** What to do next, by the guide of one rule. */
export interface CaseAdvice {
  readonly rule: string
  readonly title: string
  readonly text: string
}

/** What the book holds, and what it gave up to stay within its bounds. */
export interface CaseBookStatus {
  readonly cases: number
  readonly steps: number
  readonly signals: number
  /** Cases that left the memory before they were over, because there were too many. They stay in the desk. */
  readonly evictedCases: number
  readonly evictedSignals: number
  /** Steps that were made one with others of their kind, because there were too many. Counts stay exact. */
  readonly generalisedSteps: number
  /** Detections that went into a case of many actors, because too many cases had been opened. */
  readonly overflowed: number
}

/** Times in microseconds. Every bound is kept for any detections. */
export interface CaseLimits {
  /** How long after its last alarm a case takes further detections. */
  readonly quiet: Micros
  /** How long signals wait for a case. */
  readonly signalMemory: Micros
  /** In how short a time several different signals of one actor open a case. */
  readonly clusterWindow: Micros
  /** How long a case that is over stays in memory. */
  readonly recent: Micros
  readonly cases: number
  readonly stepsPerCase: number
  /** Different names (and namespaces, and resources) that a rule is told of one by one for one principal of a case. */
  readonly namesPerStep: number
  readonly evidencePerStep: number
  /** Actors of whom signals are kept. */
  readonly signalActors: number
  readonly stepsPerSignalActor: number
  /** Going cases begun by one rule; what comes above goes into one case of many actors. */
  readonly casesPerRule: number
  /** Cases opened in one quiet period by all rules together; what comes above goes into such a case of its rule. */
  readonly casesPerQuiet: number
  readonly changesPerCase: number
}

export interface CaseBookOptions {
  readonly limits?: Partial<CaseLimits>
  /** The prose of a rule, for `advice`. */
  readonly guideOf?: (rule: string) => RuleGuide | undefined
}
