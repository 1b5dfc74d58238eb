import type { SelftestCase } from '../../api/contract/detection.ts'
import { selftestKinds } from '../../model/selftest.ts'

interface Told {
  /** Id, name and title of the rule. */
  readonly rule: string
  readonly name: string
  readonly title: string
  /** Id of the act that was done for it; empty where none was. */
  readonly act: string
}

/** What came of a rule: exactly one of these. */
export type Outcome = Told &
  (
    | {
        readonly kind: 'fired'
        /** From the answer to the last request of its act to when the server told of it; to a fifth of a second. */
        readonly seconds: number
        /** The case that it is in; empty: it is a signal, which opens none alone. */
        readonly case: string
        /** `request`: what it saw was done. `made-up`: a sample of a sensor, or an Event of what did not happen. */
        readonly by: 'request' | 'made-up'
        /** The title of the rule that counts what it sees, where it tells of nothing alone; else empty. */
        readonly through: string
      }
    | { readonly kind: 'replayed'; readonly why: string; readonly tests: number }
    | { readonly kind: 'cannot'; readonly why: string }
    | { readonly kind: 'failed'; readonly why: string }
  )

/** The worst first. */
export const outcomeKinds = selftestKinds satisfies readonly Outcome['kind'][]

export interface Report {
  readonly namespace: string
  readonly seconds: number
  readonly outcomes: readonly Outcome[]
  readonly cases: readonly SelftestCase[]
  /** Of how many rules the server keeps what came of them. */
  readonly kept: number
  /** What could not be made or kept, and namespaces of earlier runs that were deleted. */
  readonly notes: readonly string[]
  /** Why the namespaces are still there; empty where they are gone. */
  readonly left: string
  readonly isInterrupted: boolean
}
