import { trimRight } from '../apimachinery/trim-right.ts'
import type { Attributes, GroupResources, PolicyRule, ResourceScope } from './types.ts'

/** `maybe`: it depends on a part of the request that is not known. */
export type Match = 'yes' | 'no' | 'maybe'

/** The criteria of a rule, in upstream's order of looking at them. */
export const criteria = ['users', 'userGroups', 'verbs', 'namespaces', 'resources', 'nonResourceURLs'] as const
export type Criterion = (typeof criteria)[number]

/**
 * Whether a rule is for a request, and which criterion says no (or leaves it open).
 * Upstream: ruleMatches in k8s.io/apiserver/pkg/audit/policy/checker.go (v0.37.2).
 */
export const matchRule = (
  rule: PolicyRule,
  attributes: Attributes,
): { readonly match: Match; readonly by?: Criterion } => {
  let open: Criterion | undefined
  for (const criterion of criteria) {
    const match = matchCriterion(criterion, rule, attributes)
    if (match === 'no') return { match, by: criterion }
    if (match === 'maybe') open ??= criterion
  }
  return open === undefined ? { match: 'yes' } : { match: 'maybe', by: open }
}

const matchCriterion = (criterion: Criterion, rule: PolicyRule, { user, verb, scope }: Attributes): Match => {
  switch (criterion) {
    case 'users':
      if (rule.users.length === 0) return 'yes'
      if (user === undefined) return 'maybe'
      return yesIf(user !== null && rule.users.includes(user.name))
    case 'userGroups':
      if (rule.userGroups.length === 0) return 'yes'
      if (user === undefined) return 'maybe'
      return yesIf(user?.groups.some((group) => rule.userGroups.includes(group)) ?? false)
    case 'verbs':
      if (rule.verbs.length === 0) return 'yes'
      return verb === undefined ? 'maybe' : yesIf(rule.verbs.includes(verb))
    case 'namespaces':
      if (rule.namespaces.length === 0) return 'yes'
      if (scope.kind !== 'resource') return 'no'
      return scope.namespace === undefined ? 'maybe' : yesIf(rule.namespaces.includes(scope.namespace))
    case 'resources':
      if (rule.resources.length === 0) return 'yes'
      return scope.kind === 'resource' ? matchResources(rule.resources, scope) : 'no'
    case 'nonResourceURLs':
      // Resources or namespaces in the rule make it one for resources, whatever its URLs: validation refuses both.
      if (rule.nonResourceURLs.length === 0 || rule.resources.length > 0 || rule.namespaces.length > 0) return 'yes'
      return yesIf(scope.kind === 'non-resource' && rule.nonResourceURLs.some((url) => urlCovers(url, scope.path)))
    default:
      return criterion satisfies never
  }
}

const yesIf = (condition: boolean): Match => (condition ? 'yes' : 'no')

const matchResources = (entries: readonly GroupResources[], scope: ResourceScope): Match => {
  let result: Match = 'no'
  for (const entry of entries) {
    const match = matchEntry(entry, scope)
    if (match === 'yes') return match
    if (match === 'maybe') result = match
  }
  return result
}

const matchEntry = ({ group, resources, resourceNames }: GroupResources, scope: ResourceScope): Match => {
  if (group !== '*' && group !== scope.apiGroup) return 'no'
  if (resources.length === 0) return 'yes'
  if (!resources.some((pattern) => resourceCovers(pattern, scope.resource, scope.subresource))) return 'no'
  if (resourceNames.length === 0) return 'yes'
  return scope.name === undefined ? 'maybe' : yesIf(resourceNames.includes(scope.name))
}

/** Unlike RBAC, `pods/*` means pods and all below; `*\/*` is literal. */
export const resourceCovers = (pattern: string, resource: string, subresource: string): boolean =>
  pattern === '*' ||
  pattern === (subresource === '' ? resource : `${resource}/${subresource}`) ||
  (subresource !== '' && pattern === `*/${subresource}`) ||
  pattern === `${resource}/*`

/** Equal, `*`, or a prefix before stars at the end: `/api*` covers `/apix` as well. */
export const urlCovers = (pattern: string, path: string): boolean =>
  pattern === '*' || pattern === path || (pattern.endsWith('*') && path.startsWith(trimRight(pattern, '*')))
