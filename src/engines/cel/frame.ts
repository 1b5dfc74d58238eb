/** What one evaluation holds: variables, fold variables, and the cost so far. */
import { ListBuilder } from './list-builder.ts'
import { type CelValue, isList } from './values.ts'

/** Leaves an evaluation at once: no operator absorbs what is told. */
export class EvaluationEnded extends Error {}

/** Leaves an evaluation whose cost has passed its limit. */
export class CostExceeded extends EvaluationEnded {
  constructor() {
    super('operation cancelled: actual cost limit exceeded')
  }
}

/** Leaves an evaluation where cel-go ends in a Go panic, which it tells as an error of the whole. */
export class GoPanic extends EvaluationEnded {
  constructor(text: string) {
    super(`internal error: ${text}`)
  }
}

/**
 * Characters and list items that the calls of one evaluation may put together. Upstream charges nearly nothing for a list
 * joined to itself again and again, because it never writes the result out.
 */
const maxBuilt = 100_000_000

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
  #built = 0
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

  /** Counts what a call made; leaves the evaluation as if its cost were exceeded where that is too much. */
  built(value: CelValue): void {
    if (typeof value === 'string') this.#built += value.length
    else if (isList(value) && !(value instanceof ListBuilder)) this.#built += value.length
    else return
    if (this.#built > maxBuilt) throw new CostExceeded()
  }
}

/** A planned expression. */
export type Run = (frame: Frame) => CelValue
