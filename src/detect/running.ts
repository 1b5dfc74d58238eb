import type { LinkedCorrelation } from '../engines/sigma/index.ts'
import type { RuleHead } from '../model/rule.ts'
import type { BaselineRule } from './baseline/index.ts'
import { documentKey } from './heads.ts'
import type { Runnable } from './lane.ts'
import type { RuleSet } from './rule-set.ts'

/** What of a set is run. */
export interface RunningRules {
  readonly rules: readonly Runnable[]
  readonly correlations: readonly LinkedCorrelation[]
  readonly baselines: readonly BaselineRule[]
}

/** Those that are on, and those that are off and that one asks for which is on: these are looked at and stay silent. */
export const runningRules = (set: RuleSet, enabled: (head: RuleHead) => boolean): RunningRules => {
  const heads = new Map(set.heads.map((head) => [head.id, head]))
  const isOn = (id: string): boolean => {
    const head = heads.get(id)
    return head !== undefined && enabled(head)
  }
  const linked = set.sigma.correlations
    .filter((one) => one.enabled)
    .map((one) => ({ ...one, alerts: one.alerts && isOn(documentKey(one.correlation)) }))
  const asked = new Set<LinkedCorrelation['inputs'][number]>()
  const correlations: LinkedCorrelation[] = []
  // Those that ask stand behind those that they ask for.
  for (const one of linked.toReversed()) {
    if (!isOn(documentKey(one.correlation)) && !asked.has(one.correlation)) continue
    correlations.unshift(one)
    for (const input of one.inputs) asked.add(input)
  }
  const baselines = set.baselines.filter((one) => isOn(documentKey(one)))
  const references = new Set(baselines.flatMap((one) => [...one.rules, ...one.learnFrom]))
  const rules = set.sigma.rules.flatMap((loaded): readonly Runnable[] => {
    const head = heads.get(documentKey(loaded.rule))
    if (head === undefined || !loaded.enabled) return []
    const { id = '', name = '' } = loaded.rule
    const feeds = asked.has(loaded.rule) || references.has(id) || references.has(name)
    const alerts = loaded.alerts && enabled(head)
    return alerts || feeds ? [{ loaded, head, alerts, feeds }] : []
  })
  return { rules, correlations, baselines }
}
