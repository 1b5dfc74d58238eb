/** What one evaluation holds: variables, fold variables, and the cost so far. */
import type { CelValue } from './values.ts'

/** Leaves an evaluation whose cost has passed its limit. */
export class CostExceeded extends Error {
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

/** Variables by name. A value may be made when it is first asked for, and then charges its cost to the frame that asks. */
export interface Bindings {
  readonly [name: string]: CelValue | LazyValue | undefined
}

/** A variable that is evaluated when it is first used, in the frame that uses it. */
export class LazyValue {
  readonly evaluate: (frame: Frame) => CelValue

  constructor(evaluate: (frame: Frame) => CelValue) {
    this.evaluate = evaluate
  }
}

export class Frame {
  readonly bindings: Bindings
  readonly locals: (CelValue | undefined)[]
  cost = 0
  readonly limit: number

  constructor(bindings: Bindings, locals: number, limit: number) {
    this.bindings = bindings
    this.locals = new Array<CelValue | undefined>(locals).fill(undefined)
    this.limit = limit
  }

  /** Adds to the cost; leaves the evaluation by {@link CostExceeded} where that passes the limit. */
  charge(cost: number): void {
    this.cost += cost
    if (this.cost > this.limit) throw new CostExceeded()
  }
}

/** A planned expression. */
export type Run = (frame: Frame) => CelValue
