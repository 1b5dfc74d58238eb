/** What a self-test's last result says of a rule as it is now. Pure. */
import type { RuleSelftest } from '../../api/contract/detection.ts'
import { selftestKinds } from '../../model/selftest.ts'

/** `outdated`: the rule was changed since; `never`: none has tried it. */
export const selftestStates = [...selftestKinds, 'outdated', 'never'] as const
export type SelftestState = (typeof selftestStates)[number]

/** What was found of another text of the rule proves nothing of this one. */
export const selftestState = (selftest: RuleSelftest | undefined): SelftestState => {
  if (selftest === undefined) return 'never'
  return selftest.isOutdated ? 'outdated' : selftest.kind
}

/** What tries all rules of ours, or one. */
export const selftestCommand = (rule?: string): string =>
  `npx bulwark selftest --yes${rule === undefined ? '' : ` --rule ${rule}`}`
