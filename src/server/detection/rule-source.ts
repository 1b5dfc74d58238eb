import type { RuleFile, RuleSet } from '../../detect/rule-set.ts'
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

/** `set`: of the files of that source. */
export const runningOf = ({ switches, on }: Pick<RuleSource, 'switches' | 'on'>, set: RuleSet): Running => ({
  set,
  enabled: ({ id, origin }) => switches.get(id) ?? on.has(origin),
})
