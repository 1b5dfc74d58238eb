import { celSpecExceptions } from './cel-spec-exceptions.ts'
import { falcoExceptions } from './falco-exceptions.ts'
import { kyvernoExceptions } from './kyverno-exceptions.ts'
import { networkPolicyExceptions } from './network-policy-exceptions.ts'
import { pantherExceptions } from './panther-exceptions.ts'

/**
 * A case that cannot pass, with the reason for it: what upstream's own case gets wrong, or what we leave out on purpose.
 * Such a case is counted apart. It is never an excuse inside an engine: engines know nothing of cases.
 */
export interface Exception {
  readonly suite: string
  readonly case: string
  readonly reason: string
}

export const exceptions: readonly Exception[] = [
  ...celSpecExceptions(),
  ...falcoExceptions(),
  ...kyvernoExceptions(),
  ...networkPolicyExceptions(),
  ...pantherExceptions(),
]
