import { trimRight } from '../apimachinery/trim-right.ts'
import type { PolicyRule, Request, Subject, User } from './types.ts'

/**
 * Whether one rule allows a request. Upstream: RuleAllows in plugin/pkg/auth/authorizer/rbac/rbac.go and the helpers of
 * pkg/apis/rbac/v1/evaluation_helpers.go (kubernetes v1.37.2).
 */
export const ruleAllows = (rule: PolicyRule, request: Request): boolean => {
  if (!rule.verbs.includes('*') && !rule.verbs.includes(request.verb)) return false
  if (request.kind === 'non-resource')
    return rule.nonResourceURLs.some((url) => nonResourceUrlCovers(url, request.path))
  return (
    (rule.apiGroups.includes('*') || rule.apiGroups.includes(request.apiGroup)) &&
    resourceMatches(rule.resources, request.resource, request.subresource) &&
    (rule.resourceNames.length === 0 || rule.resourceNames.includes(request.name))
  )
}

/** `pods/*` is no wildcard here: only `*` and `*\/sub` are. */
const resourceMatches = (resources: readonly string[], resource: string, subresource: string): boolean => {
  const combined = subresource === '' ? resource : `${resource}/${subresource}`
  return resources.some(
    (candidate) =>
      candidate === '*' || candidate === combined || (subresource !== '' && candidate === `*/${subresource}`),
  )
}

/** Equal, or a prefix before stars at the end; all trailing stars are one, so `/a/**` is `/a/*`. */
export const nonResourceUrlCovers = (pattern: string, path: string): boolean =>
  pattern === path || (pattern.endsWith('*') && path.startsWith(trimRight(pattern, '*')))

/** The user name of a service account. */
export const serviceAccountUser = (namespace: string, name: string): string =>
  `system:serviceaccount:${namespace}:${name}`

/**
 * Whether a subject of a binding is this user. `bindingNamespace` is empty for a ClusterRoleBinding, where a service
 * account without a namespace matches nobody. Upstream: appliesToUser in pkg/registry/rbac/validation/rule.go.
 */
export const subjectMatches = (subject: Subject, user: User, bindingNamespace: string): boolean => {
  switch (subject.kind) {
    case 'User':
      return user.name === subject.name
    case 'Group':
      return user.groups.includes(subject.name)
    case 'ServiceAccount': {
      const namespace = subject.namespace || bindingNamespace
      return namespace !== '' && user.name === serviceAccountUser(namespace, subject.name)
    }
    default:
      return false
  }
}

/** The user that a service account's token authenticates as. */
export const serviceAccountIdentity = (namespace: string, name: string): User => ({
  name: serviceAccountUser(namespace, name),
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
})
