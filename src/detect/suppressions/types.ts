import type { SuppressionOrigin, SuppressionSpec } from '../../model/suppression.ts'
import type { Micros } from '../../model/time.ts'

/** A suppression as somebody wrote it, good or not. */
export interface DeclaredSuppression extends SuppressionSpec {
  readonly id: string
  readonly origin: SuppressionOrigin
  /** File and line, or the object's name; empty for `page`. */
  readonly where: string
  /** When it was made; undefined for a file, which does not say. */
  readonly created: Micros | undefined
  /** What is wrong with it: then it suppresses nothing. */
  readonly problems: readonly SuppressionProblem[]
}

/** Something wrong with a suppression. Line and column count from 1; 0 where it is in no file. */
export interface SuppressionProblem {
  readonly file: string
  readonly line: number
  readonly column: number
  /** Name of the suppression, empty where it has none. */
  readonly name: string
  readonly what: string
  readonly mend: string
}

/** What could be read of some files or objects. A problem that belongs to a suppression stands with it too. */
export interface SuppressionReading {
  readonly suppressions: readonly DeclaredSuppression[]
  readonly problems: readonly SuppressionProblem[]
}
