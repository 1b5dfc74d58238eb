/**
 * What the API answers about detection: cases, rules, suppressions, coverage, back-tests, outputs. Times are RFC 3339 in
 * UTC. JSON leaves out members that are undefined.
 */
import type { GapRow } from '../../model/answer.ts'
import type { Case, CaseState, CaseStep, ClosingReason } from '../../model/case.ts'
import type { Severity } from '../../model/finding.ts'
import type { OutputRow } from '../../model/output.ts'
import type { Sensor } from '../../model/record.ts'
import type { RuleCoverage, RuleHead, RuleOrigin } from '../../model/rule.ts'
import type { RuleSelftest, SelftestFound } from '../../model/selftest.ts'
import type { Suppression, SuppressionSpec } from '../../model/suppression.ts'

export type { OutputRow, RuleCoverage, RuleSelftest }

/** Cases, those that need a person first: by state, severity, then the newest change. */
export interface CasesAnswer {
  readonly items: readonly Case[]
  readonly total: number
  readonly nextCursor: string | undefined
  /** Over all cases, whatever the filter. */
  readonly counts: Readonly<Record<CaseState, number>>
  /** How far detection is behind the record, in milliseconds; and what it could not see. */
  readonly honesty: DetectionHonesty
}

export interface DetectionHonesty {
  readonly rulesRunning: number
  readonly lagMillis: number
  /** Where detection stands in the record. */
  readonly upTo: string | undefined
  readonly silentSources: readonly string[]
  readonly suppressed: number
  /** What a person must know of detection itself, a sentence each; empty where all is well. */
  readonly notes: readonly string[]
}

/** A case with its story. `steps` in order of time, at most 1000. */
export interface CaseDetail {
  readonly case: Case
  readonly steps: readonly CaseStep[]
  readonly moreSteps: boolean
  /** What to do next, from the guides of its rules: the gravest first. */
  readonly advice: readonly { readonly rule: string; readonly title: string; readonly text: string }[]
  readonly history: readonly CaseChange[]
  /** Gaps of the record that overlap the case. */
  readonly gaps: readonly GapRow[]
}

/** What a person, or time, did to a case. */
export interface CaseChange {
  readonly id: string
  readonly time: string
  /** The name that the person gave; empty for what Bulwark did by itself. */
  readonly by: string
  readonly text: string
  readonly undoable: boolean
}

/** A change that a person makes. Members that are missing stay as they are. */
export interface TriageBody {
  readonly state?: CaseState
  readonly owner?: string
  readonly closingReason?: ClosingReason
  readonly note?: string
  readonly snoozedUntil?: string
  /** Who does it. */
  readonly by?: string
}

/** Who does it. */
export interface ByBody {
  readonly by: string
}

/** Cases that go into the one of the path. */
export interface MergeBody extends ByBody {
  readonly others: readonly string[]
}

/** Ids of steps that become a case of their own. */
export interface SplitBody extends ByBody {
  readonly steps: readonly string[]
}

export interface SwitchBody extends ByBody {
  readonly enabled: boolean
}

/** Rules as text: one or more documents of Sigma, Falco or a baseline. */
export interface RuleTextBody extends ByBody {
  readonly text: string
}

/** A text to be checked; `name`: under which it would be saved, so that it stands in place of what is saved there. */
export interface RuleCheckBody extends RuleTextBody {
  readonly name?: string
}

/**
 * Rules to be saved. `version`: that of the text they were made of, empty where nothing stood under the name; refused with
 * RULES_CONFLICT where another stands there now. Missing: whatever stands there is replaced.
 */
export interface SaveRulesBody extends RuleTextBody {
  readonly version?: string
}

/** Rules that a person saved, byte for byte. */
export interface SavedRules {
  readonly name: string
  readonly text: string
  /** Another for each text. */
  readonly version: string
  /** Who saved it, and when. */
  readonly by: string
  readonly at: string
}

/** What a change did, and the id by which it is undone (`POST /api/v1/case-changes/{id}/undo`). */
export interface CaseChanged {
  readonly cases: readonly Case[]
  readonly undo: string
}

/** How a rule is doing. */
export interface RuleRow {
  readonly rule: RuleHead
  readonly enabled: boolean
  readonly fired: number
  readonly lastFired: string | undefined
  readonly suppressed: number
  readonly coverage: RuleCoverage
  /** Problems of loading and health, each with file and line; empty where all is well. */
  readonly problems: readonly string[]
  readonly lastBacktest:
    | { readonly time: string; readonly from: string; readonly to: string; readonly fired: number }
    | undefined
  /** What the last self-test found; undefined where none has tried it. */
  readonly selftest: RuleSelftest | undefined
}

export interface RulesAnswer {
  readonly items: readonly RuleRow[]
  /** Files that were refused as a whole, with the reason; the set before goes on. */
  readonly refused: readonly RuleProblemRow[]
  readonly loadedAt: string
}

export interface RuleProblemRow {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly rule: string
  readonly severity: 'error' | 'warning'
  readonly what: string
  readonly mend: string
}

/** What loading a text says, without keeping it: for an editor. */
export interface RuleCheck {
  readonly rules: readonly RuleHead[]
  readonly problems: readonly RuleProblemRow[]
}

export interface RuleDetail extends RuleRow {
  /** The document as it is written. */
  readonly text: string
  /** By hour of the last 7 days, the newest last. */
  readonly firedByHour: readonly number[]
  readonly fields: readonly string[]
}

export interface CoverageAnswer {
  readonly at: string
  readonly sources: readonly { readonly id: string; readonly title: string; readonly state: string }[]
  readonly rows: readonly {
    readonly rule: string
    readonly title: string
    readonly severity: Severity
    readonly origin: RuleOrigin
    readonly techniques: readonly string[]
    /** What the last self-test found; undefined where none has tried it. */
    readonly selftest: RuleSelftest | undefined
    /** By id of source; a source that the rule does not look at is left out. */
    readonly cells: Readonly<Record<string, RuleCoverage>>
  }[]
}

export interface SuppressionsAnswer {
  readonly items: readonly Suppression[]
}

/** A suppression to be saved. `backtest`: the id of a finished back-test of this very text. */
export interface SuppressionBody extends SuppressionSpec {
  readonly backtest: string
}

/**
 * What is tried on the record: a rule's text (new, or in place of `replaces`), or a suppression. Without a period: the last
 * seven days, or as much of them as there is a record of.
 */
export type BacktestBody = { readonly from?: string; readonly to?: string } & (
  | {
      readonly kind: 'rule'
      readonly text: string
      readonly replaces?: string
      /** The name of saved rules that the text would stand in place of: all of them are compared with it. */
      readonly replacesSaved?: string
    }
  | { readonly kind: 'suppression'; readonly suppression: SuppressionSpec }
)

/** Kinds of records that back-tests read: requests, what runtime sensors tell, Kubernetes Event objects. */
export const backtestKinds = ['audit', 'runtime', 'events'] as const
export type BacktestKind = (typeof backtestKinds)[number]

/** How a back-test stands. `before` is what fires today, `after` with the candidate. Partial until `done`. */
export interface BacktestStatus {
  readonly id: string
  readonly state: 'running' | 'done' | 'failed' | 'cancelled'
  readonly error: string | undefined
  readonly from: string
  readonly to: string
  /** Records of the kinds that are read. */
  readonly scanned: number
  readonly toScan: number
  /** Kinds that the candidate, or what it replaces, looks at, and how many records of each the period has. */
  readonly read: readonly { readonly kind: BacktestKind; readonly records: number }[]
  readonly before: number
  readonly after: number
  readonly byDay: readonly { readonly day: string; readonly before: number; readonly after: number }[]
  readonly byPrincipal: readonly { readonly principal: string; readonly before: number; readonly after: number }[]
  /** Samples of what differs, the newest first, at most 50. */
  readonly samples: readonly {
    readonly change: 'new' | 'gone' | 'kept'
    readonly event: string
    readonly time: string
    readonly message: string
  }[]
  readonly gaps: readonly GapRow[]
  /** What the candidate asks for and the period never had: fields, verbs, resources. */
  readonly unexercised: readonly string[]
}

/** Events of `GET /api/v1/backtests/{id}/stream`. */
export interface BacktestEvents {
  readonly status: BacktestStatus
}

/** Events of `GET /api/v1/cases/stream`. */
export interface CaseEvents {
  /** These cases changed: a page that shows them asks again. `news`: what is worth telling of. */
  readonly changed: CasesChanged
  /** What changed before is not known to this client: it asks for all again. Always first, but for one that comes back in time. */
  readonly reload: Readonly<Record<never, never>>
  readonly heartbeat: { readonly now: string }
}

/** Ids of the cases that changed, and what is worth telling of them. */
export interface CasesChanged {
  readonly ids: readonly string[]
  readonly news: readonly { readonly id: string; readonly kind: 'opened' | 'escalated' | 'reopened' }[]
}

export interface OutputsAnswer {
  readonly items: readonly OutputRow[]
}

/** The exact payload that a test would send or sent, and what the other side said. */
export interface OutputTest {
  readonly sent: boolean
  readonly payload: string
  readonly answer: string
}

/** A self-test that begins. */
export interface SelftestBody extends ByBody {
  /** The namespace that is made for it. */
  readonly namespace: string
  /** Outputs are told of its cases as of any other; without it nobody is. */
  readonly tellOutputs?: boolean
}

/** What the server saw of a self-test so far. It ends by itself at `until`. */
export interface SelftestStatus {
  readonly id: string
  /** Requests of the self-test have `bulwark-selftest/MARKER (ACT)` in their user agent. */
  readonly marker: string
  readonly state: 'running' | 'over'
  readonly began: string
  readonly until: string
  readonly fired: readonly SelftestFired[]
  readonly cases: readonly SelftestCase[]
}

/** A rule that fired by an act; the empty act is that of a sample of a sensor. */
export interface SelftestFired {
  readonly rule: string
  readonly act: string
  readonly detections: number
  /** Id of the suppression that hid it; else empty. */
  readonly suppression: string
  /** The case that it is in; empty where it is only a signal so far. */
  readonly case: string
}

/** A case with something of the self-test. `isShared`: not all of it is, so that it is not closed. */
export interface SelftestCase {
  readonly id: string
  readonly title: string
  readonly isShared: boolean
  readonly state: CaseState
}

/** Samples of what a sensor tells, to be recorded as the self-test's. */
export interface SelftestAlertsBody {
  readonly sensor: Sensor
  /** As the sensor exports them: JSON, one each. At most 100. */
  readonly alerts: readonly string[]
}

/** What a self-test found, to be kept as the last result of each of these rules. At most 1000. */
export interface SelftestResultsBody {
  readonly results: readonly SelftestResult[]
}

export type SelftestResult = SelftestFound & {
  /** Id of the rule. */
  readonly rule: string
  /** How, or why not, for a person. */
  readonly why: string
  /** Id of the act that was done for it; empty where none was. */
  readonly act: string
}

/** How many results are kept, and which are not and why. */
export interface SelftestKept {
  readonly kept: number
  readonly refused: readonly { readonly rule: string; readonly why: string }[]
}

/** What came of the tests beside a rule in which it fires, by the rules as they run now. */
export interface RuleReplay {
  readonly rule: string
  /** Their names. */
  readonly tests: readonly string[]
  readonly records: number
  /** Those in which it did not fire. */
  readonly silent: readonly string[]
}
