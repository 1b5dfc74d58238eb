/** What the parts of the planner share: planned nodes, and the context in which a node is planned. */

import type { Expr } from './ast.ts'
import type { Path } from './attribute.ts'
import type { Checked } from './check.ts'
import type { Environment } from './environment.ts'
import type { Run } from './frame.ts'
import type { CelValue } from './values.ts'

/** A planned node: a constant, a path that can still grow, or anything else. */
export type Planned =
  | { readonly kind: 'constant'; readonly value: CelValue }
  | { readonly kind: 'path'; readonly path: Path; readonly test: boolean }
  | { readonly kind: 'other'; readonly run: Run }

/** Planning failed: the expression can be checked but never be run. */
export class PlanFault extends Error {}

export interface PlanContext {
  readonly checked: Checked
  readonly environment: Environment
  /** True where calls are charged by the table of the API server. */
  readonly kubernetes: boolean
  plan(expr: Expr): Planned
  /** The closure of a planned node. */
  runOf(planned: Planned): Run
  run(expr: Expr): Run
  /** Makes room for a variable of a fold and returns its place. */
  newLocal(): number
  /** Shows a variable of a fold to what is planned inside `body`. */
  withLocal<T>(name: string, run: Run, body: () => T): T
}
