/** What the desk keeps of cases: rows that are put in or replaced one by one, and from which a book goes on after a restart. */
import type { Case, CaseStep } from '../../model/case.ts'
import type { JsonObject } from '../../model/json.ts'

/** One case. Key: `case.id`. */
export interface CaseRow {
  /** As people see it. */
  readonly case: Case
  /** The case that it is shown in: its own id, or that of the case into which it was merged in the end. */
  readonly root: string
  /** What the book needs to go on; means nothing to anybody else. A few kB of JSON, bounded also for hostile names. */
  readonly memory: JsonObject
}

/** One step. Key: `home` and `step.id`. The steps of a case are those with its id as `caseId`. */
export interface StepRow {
  /** The case that the step is shown in. A merge and its undo change it, and nothing else of the row. */
  readonly caseId: string
  /** The case that keeps the step, whatever is merged. */
  readonly home: string
  readonly step: CaseStep
  readonly memory: JsonObject
}

/** What one actor did that opens no case by itself. Key: `actor`. */
export interface SignalRow {
  readonly actor: string
  readonly memory: JsonObject
}

/** What a person, or time, did to a case. Key: `id`; the id of an undoable one is what `undo` takes. */
export interface ChangeRow {
  readonly id: string
  readonly caseId: string
  /** RFC 3339. */
  readonly time: string
  /** Empty for what Bulwark did by itself. */
  readonly by: string
  readonly text: string
  readonly undoable: boolean
  readonly memory: JsonObject
}

/** Something that is worth telling: what outputs send. */
export interface CaseNews {
  readonly caseId: string
  /** `escalated`: its severity rose. `reopened`: a snooze ended, or was broken by a rise of severity. */
  readonly kind: 'opened' | 'escalated' | 'reopened'
}

/**
 * Everything that differs after a call, to be stored in one transaction: rows to put in or replace, and keys of rows to
 * remove. A row stands at most once in it.
 */
export interface CaseChanges {
  readonly cases: readonly CaseRow[]
  /** Ids. Only the undo of a split removes a case. */
  readonly goneCases: readonly string[]
  readonly steps: readonly StepRow[]
  readonly goneSteps: readonly { readonly home: string; readonly id: string }[]
  readonly signals: readonly SignalRow[]
  readonly goneSignals: readonly string[]
  readonly changes: readonly ChangeRow[]
  readonly news: readonly CaseNews[]
}

/**
 * What a book is restored from. At start: every signal, and of cases those that are not closed or changed in the last
 * day, the newest first and as many as `CaseLimits.cases`, with all cases of the same `root`, their steps and changes.
 */
export interface CaseRows {
  readonly cases: readonly CaseRow[]
  readonly steps: readonly StepRow[]
  readonly signals: readonly SignalRow[]
  readonly changes: readonly ChangeRow[]
}
