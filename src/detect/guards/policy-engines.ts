import type { JsonObject } from '../../model/json.ts'
import { type Guard, list, part, picked, step, text } from './guard.ts'

const enforces = ['Enforce', 'Audit'] as const

/** Kyverno 1: https://kyverno.io/docs/policy-types/cluster-policy/validate/. A rule may say what its policy does not. */
const kyverno = (resource: string): Guard => ({
  group: 'kyverno.io',
  resource,
  keep: (body) => {
    const spec = part(body.spec)
    return {
      spec: {
        ...picked(spec, ['validationFailureAction']),
        rules: list(spec.rules).map((one) => ({
          ...picked(part(one), ['name']),
          validate: picked(part(part(one).validate), ['failureAction']),
        })),
      },
    }
  },
  lowered: (before, after) => {
    const now = new Map(list(part(after.spec).rules).map((one) => [text(part(one).name), part(one)]))
    const guard = 'kyverno-policy.failureAction'
    const lowerings = list(part(before.spec).rules).flatMap((one) => {
      const rule = now.get(text(part(one).name))
      return rule === undefined ? [] : step(guard, enforces, actionOf(part(one), before), actionOf(rule, after))
    })
    return lowerings.slice(0, 1)
  },
  named: () => [],
})

/** The older spelling is in small letters. Without one it is Audit. */
const actionOf = (rule: JsonObject, policy: JsonObject): string => {
  const told = text(part(rule.validate).failureAction) || text(part(policy.spec).validationFailureAction)
  return told.toLowerCase() === 'enforce' ? 'Enforce' : 'Audit'
}

/** Gatekeeper: https://open-policy-agent.github.io/gatekeeper/website/docs/violations/. Each template is a kind of its own. */
const gatekeeper: Guard = {
  group: 'constraints.gatekeeper.sh',
  resource: '*',
  keep: (body) => ({ spec: picked(part(body.spec), ['enforcementAction']) }),
  lowered: (before, after) => {
    const action = (kept: JsonObject): string => text(part(kept.spec).enforcementAction) || 'deny'
    const [from, to] = [action(before), action(after)]
    return from === 'deny' && to !== 'deny' ? [{ guard: 'gatekeeper-constraint.enforcementAction', from, to }] : []
  },
  named: () => [],
}

export const policyEngines: readonly Guard[] = [kyverno('clusterpolicies'), kyverno('policies'), gatekeeper]
