/** Which suppressions a person wants to see, and in which order. Pure. */
import type { Suppression, SuppressionState } from '../../../model/suppression.ts'
import { wordFilter } from '../../filters/words.ts'

/** States that a person should look at, the gravest first; then those that work. */
export const stateOrder: readonly SuppressionState[] = [
  'invalid',
  'too-broad',
  'never-matching',
  'active',
  'unused',
  'expired',
]

/** True for a state in which something is wrong. */
export const needsLook = (state: SuppressionState): boolean =>
  state === 'invalid' || state === 'too-broad' || state === 'never-matching'

/** True where it hides what it means. */
export const inForce = (state: SuppressionState): boolean =>
  state === 'active' || state === 'unused' || state === 'too-broad'

export const shownSuppressions = (
  items: readonly Suppression[],
  text: string | undefined,
  state: SuppressionState | undefined,
): readonly Suppression[] => {
  const hasWords = wordFilter(text)
  return items
    .filter(
      (item) =>
        (state === undefined || item.state === state) &&
        hasWords([item.name, item.reason, item.owner, item.query, ...item.rules]),
    )
    .toSorted(
      (a, b) =>
        stateOrder.indexOf(a.state) - stateOrder.indexOf(b.state) ||
        b.uses - a.uses ||
        (a.name < b.name ? -1 : a.name > b.name ? 1 : 0),
    )
}

/** How many are in each state. */
export const stateCounts = (items: readonly Suppression[]): Readonly<Record<SuppressionState, number>> => {
  const counts: Record<SuppressionState, number> = {
    active: 0,
    unused: 0,
    expired: 0,
    'too-broad': 0,
    'never-matching': 0,
    invalid: 0,
  }
  for (const { state } of items) counts[state] += 1
  return counts
}
