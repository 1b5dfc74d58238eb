import { asList, asObject, asText, type JsonObject } from '../../model/json.ts'
import { type Guard, picked, step } from './guard.ts'

const enforces = ['Enforce', 'Audit'] as const

/** Kyverno 1: https://kyverno.io/docs/policy-types/cluster-policy/validate/. A rule may say what its policy does not. */
const kyverno = (resource: string): Guard => ({
  group: 'kyverno.io',
  resource,
  keep: (body) => {
    const spec = asObject(body.spec)
    return {
      spec: {
        ...picked(spec, ['validationFailureAction']),
        rules: asList(spec.rules).map((one) => ({
          ...picked(asObject(one), ['name']),
          validate: picked(asObject(asObject(one).validate), ['failureAction']),
        })),
      },
    }
  },
  lowered: (before, after) => {
    const now = new Map(asList(asObject(after.spec).rules).map((one) => [asText(asObject(one).name), asObject(one)]))
    const guard = 'kyverno-policy.failureAction'
    const lowerings = asList(asObject(before.spec).rules).flatMap((one) => {
      const rule = now.get(asText(asObject(one).name))
      return rule === undefined ? [] : step(guard, enforces, actionOf(asObject(one), before), actionOf(rule, after))
    })
    return lowerings.slice(0, 1)
  },
  named: () => [],
})

/** The older spelling is in small letters. Without one it is Audit. */
const actionOf = (rule: JsonObject, policy: JsonObject): string => {
  const told = asText(asObject(rule.validate).failureAction) || asText(asObject(policy.spec).validationFailureAction)
  return told.toLowerCase() === 'enforce' ? 'Enforce' : 'Audit'
}

/** Gatekeeper: https://open-policy-agent.github.io/gatekeeper/website/docs/violations/. Each template is a kind of its own. */
const gatekeeper: Guard = {
  group: 'constraints.gatekeeper.sh',
  resource: '*',
  keep: (body) => ({ spec: picked(asObject(body.spec), ['enforcementAction']) }),
  lowered: (before, after) => {
    const action = (kept: JsonObject): string => asText(asObject(kept.spec).enforcementAction) || 'deny'
    const [from, to] = [action(before), action(after)]
    return from === 'deny' && to !== 'deny' ? [{ guard: 'gatekeeper-constraint.enforcementAction', from, to }] : []
  },
  named: () => [],
}

export const policyEngines: readonly Guard[] = [kyverno('clusterpolicies'), kyverno('policies'), gatekeeper]
