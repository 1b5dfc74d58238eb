import type { Notice, Thread } from './output.ts'

/** Something that waits to be sent by one output. A newer word on the same case takes the place of one that waits. */
export interface Waiting {
  /** `OUTPUT/CASE`, or `OUTPUT/digest/…`: at most one waits under each key. */
  readonly key: string
  readonly output: string
  readonly notice: Notice
  /** Milliseconds since 1970. */
  readonly since: number
  readonly attempts: number
  readonly notBefore: number
  /** Why it was not delivered the last time; empty before the first try. */
  readonly failure: string
}

/** Something that was given up, for a person to look at. */
export interface Dead extends Waiting {
  readonly diedAt: number
}

/** What an output sent in the hour that began at `hour` (hours since 1970), and what its budget held back. */
export interface Budget {
  readonly hour: number
  readonly spent: number
  /** Ids of cases, each once, in the order in which they were held back. */
  readonly heldBack: readonly string[]
  readonly sent: number
  readonly failed: number
}

/**
 * Where deliveries are kept, so that nothing is forgotten or told twice over a restart. All calls are durable when they
 * return.
 */
export interface DeliveryDesk {
  waiting(): readonly Waiting[]
  put(item: Waiting): void
  remove(key: string): void
  bury(item: Dead): void
  dead(): readonly Dead[]
  thread(output: string, caseId: string): Thread | undefined
  saveThread(output: string, caseId: string, thread: Thread): void
  budget(output: string): Budget | undefined
  saveBudget(output: string, budget: Budget): void
}
