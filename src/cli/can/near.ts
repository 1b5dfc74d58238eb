import { type Grant, type PolicyRule, type Request, ruleAllows } from '../../engines/rbac/index.ts'

/** A rule that would allow the request, were it not for one part. */
export interface NearMiss {
  readonly grant: Grant
  readonly lacks: 'verb' | 'name' | 'subresource' | 'API group'
}

/** Of the rules that a user has, those that miss a request by one part only, in the order of the parts below. */
export const nearMisses = (grants: readonly Grant[], request: Request): readonly NearMiss[] => {
  const missing = (lacks: NearMiss['lacks'], open: (rule: PolicyRule) => PolicyRule, asked = request) =>
    grants.filter(({ rule }) => ruleAllows(open(rule), asked)).map((grant): NearMiss => ({ grant, lacks }))
  const verb = missing('verb', (rule) => ({ ...rule, verbs: ['*'] }))
  if (request.kind === 'non-resource') return verb
  return [
    ...verb,
    ...missing('name', (rule) => ({ ...rule, resourceNames: [] })),
    ...(request.subresource === '' ? [] : missing('subresource', (rule) => rule, { ...request, subresource: '' })),
    ...missing('API group', (rule) => ({ ...rule, apiGroups: ['*'] })),
  ]
}
