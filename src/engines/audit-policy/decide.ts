import { type Criterion, matchRule } from './match.ts'
import type { Attributes, Level, Policy, Stage } from './types.ts'

/** What the policy makes of a request. */
export interface AuditDecision {
  readonly level: Level
  /** Those of the policy and of the rule, sorted, each once. */
  readonly omitStages: readonly Stage[]
  readonly omitManagedFields: boolean
  /** Place of the rule that decided; -1 when none matched, which means level None. */
  readonly rule: number
}

/**
 * The first rule that matches decides; no rule means level None. Parts of the request that are not known count as not
 * matching: see `reachableLevels` for what is possible.
 * Upstream: EvaluatePolicyRule in k8s.io/apiserver/pkg/audit/policy/checker.go (v0.37.2).
 */
export const decide = (policy: Policy, attributes: Attributes): AuditDecision => {
  const index = policy.rules.findIndex((rule) => matchRule(rule, attributes).match === 'yes')
  const rule = policy.rules[index]
  return {
    level: rule?.level ?? 'None',
    omitStages: [...new Set([...policy.omitStages, ...(rule?.omitStages ?? [])])].sort(),
    omitManagedFields: rule?.omitManagedFields ?? policy.omitManagedFields,
    rule: index,
  }
}

/** Why each rule above the deciding one (or, where none decided, each rule) does not match. */
export const whyNot = (
  policy: Policy,
  attributes: Attributes,
): readonly { readonly rule: number; readonly criterion: Criterion }[] => {
  const { rule: decided } = decide(policy, attributes)
  return policy.rules.slice(0, decided < 0 ? undefined : decided).flatMap((rule, index) => {
    const { by } = matchRule(rule, attributes)
    return by === undefined ? [] : [{ rule: index, criterion: by }]
  })
}

/** A level that some request of this kind gets, with the rule that gives it (-1: none matched) and what is then omitted. */
export interface ReachableLevel {
  readonly level: Level
  readonly rule: number
  readonly omitStages: readonly Stage[]
}

/** Every level that a request can get of which only some parts are known, in order of rules. */
export const reachableLevels = (policy: Policy, attributes: Attributes): readonly ReachableLevel[] => {
  const reached: ReachableLevel[] = []
  for (const [index, rule] of policy.rules.entries()) {
    const { match } = matchRule(rule, attributes)
    if (match === 'no') continue
    reached.push({ level: rule.level, rule: index, omitStages: [...policy.omitStages, ...rule.omitStages] })
    if (match === 'yes') return reached
  }
  return [...reached, { level: 'None', rule: -1, omitStages: policy.omitStages }]
}
