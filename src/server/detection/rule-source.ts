import { loadRuleSet, type RuleFile, type RuleSet } from '../../detect/rule-set.ts'
import type { RuleOrigin } from '../../model/rule.ts'
import type { Running } from './judge.ts'

/** What the rules that run are made of: plain data, which may go to another thread. */
export interface RuleSource {
  readonly files: readonly RuleFile[]
  /** By id: rules that a person switched on or off. */
  readonly switches: ReadonlyMap<string, boolean>
  /** Where rules are on without a switch. */
  readonly on: ReadonlySet<RuleOrigin>
}

/** `set`: of these files, where it is at hand. */
export const runningOf = ({ files, switches, on }: RuleSource, set: RuleSet = loadRuleSet(files)): Running => ({
  set,
  enabled: ({ id, origin }) => switches.get(id) ?? on.has(origin),
})
