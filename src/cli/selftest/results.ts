import type { SelftestResult } from '../../api/contract/detection.ts'
import type { Outcome } from './outcome.ts'

/** The server takes no longer reasons. */
const longestWhy = 1000

/** What the server is to keep of what came of a rule. */
export const resultOf = (one: Outcome): SelftestResult => {
  const { rule, act } = one
  if (one.kind === 'fired') return { rule, act, kind: one.kind, seconds: one.seconds, why: howOf(one) }
  return { rule, act, kind: one.kind, why: cut(one.why) }
}

/** How a rule fired, beyond that it did; empty where a request of its own made it. */
export const howOf = ({ through, by }: Extract<Outcome, { kind: 'fired' }>): string =>
  [through === '' ? '' : `by "${through}", which counts it`, by === 'made-up' ? 'on something made up' : '']
    .filter((part) => part !== '')
    .join('; ')

const cut = (text: string): string => (text.length <= longestWhy ? text : `${text.slice(0, longestWhy - 1)}…`)
