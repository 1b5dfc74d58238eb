import { asList, asObject, asText, type JsonObject, type JsonValue } from '../../model/json.ts'
import { isDns1123Subdomain, isLabelKey, isLabelValue, isPathSegmentName } from '../apimachinery/label.ts'
import { impossibleKey, readLabelSelector } from '../apimachinery/label-selector.ts'
import { namesOf, objectLabel, type RbacProblem, readRbac, readRule } from './read.ts'
import type { PolicyRule, Subject } from './types.ts'

/**
 * What the API server would refuse in the objects of RBAC among `objects`, beyond fields of wrong types, which `readRbac`
 * tells. Decisions take such an object as it stands: in a cluster it cannot be. A namespace that is missing is no fault,
 * since clients fill it in. Upstream: pkg/apis/rbac/validation/validation.go (kubernetes v1.37.2).
 */
export const refusalsOf = (objects: Iterable<JsonObject>): readonly RbacProblem[] => {
  const refusals: RbacProblem[] = []
  for (const object of objects) {
    const { kind } = object
    if (kind !== 'Role' && kind !== 'ClusterRole' && kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') continue
    const { namespace, name } = namesOf(object, kind)
    const faults = [
      ...metadataFaults(asObject(object.metadata)),
      ...(kind === 'Role' || kind === 'ClusterRole' ? roleFaults(object, kind) : bindingFaults(object, kind)),
    ]
    const label = objectLabel(kind, namespace, name)
    refusals.push(...faults.map(({ path, what }) => ({ object: label, path, what })))
  }
  return refusals
}

interface Fault {
  readonly path: string
  readonly what: string
}

const group = 'rbac.authorization.k8s.io'

const metadataFaults = ({ name, namespace, labels }: JsonObject): readonly Fault[] => [
  ...(isTextOrNone(namespace) ? [] : [{ path: 'metadata.namespace', what: 'is not a text' }]),
  ...(isPathSegmentName(asText(name)) ? [] : [{ path: 'metadata.name', what: notASegment }]),
  ...Object.entries(asObject(labels)).flatMap(([key, value]): readonly Fault[] => {
    const path = `metadata.labels[${JSON.stringify(key)}]`
    if (!isLabelKey(key)) return [{ path, what: 'is not the key of a label' }]
    return isLabelValue(asText(value)) ? [] : [{ path, what: 'is not the value of a label' }]
  }),
]

const isTextOrNone = (value: JsonValue | undefined): boolean =>
  value === undefined || value === null || typeof value === 'string'

const notASegment = 'must not be "." or ".." and must not hold "/" or "%"'

const roleFaults = (object: JsonObject, kind: 'Role' | 'ClusterRole'): readonly Fault[] => [
  ...asList(object.rules).flatMap((rule, index) =>
    ruleFaults(readRule(asObject(rule)), kind === 'Role', `rules[${index}]`),
  ),
  ...(kind === 'ClusterRole' ? aggregationFaults(object.aggregationRule) : []),
]

const ruleFaults = (rule: PolicyRule, namespaced: boolean, path: string): readonly Fault[] => {
  const faults: Fault[] = []
  if (rule.verbs.length === 0) faults.push({ path: `${path}.verbs`, what: 'must contain at least one value' })
  if (rule.nonResourceURLs.length > 0) {
    const urls = `${path}.nonResourceURLs`
    if (namespaced) faults.push({ path: urls, what: 'are not for a Role: namespaced rules cannot apply to them' })
    if (rule.apiGroups.length + rule.resources.length + rule.resourceNames.length > 0)
      faults.push({ path: urls, what: 'cannot stand in a rule with regular resources' })
    return faults
  }
  if (rule.apiGroups.length === 0)
    faults.push({ path: `${path}.apiGroups`, what: 'must hold a group; the core group is ""' })
  if (rule.resources.length === 0) faults.push({ path: `${path}.resources`, what: 'must hold a resource' })
  return faults
}

const aggregationFaults = (rule: JsonValue | undefined): readonly Fault[] => {
  if (rule === undefined || rule === null) return []
  const path = 'aggregationRule.clusterRoleSelectors'
  const selectors = asList(asObject(rule).clusterRoleSelectors)
  if (selectors.length === 0) return [{ path, what: 'must hold a selector' }]
  return selectors.flatMap((selector, index) => {
    const read = readLabelSelector(asObject(selector))
    if (read.kind === 'error') return [{ path: `${path}[${index}]`, what: read.message }]
    const key = impossibleKey(read)
    return key === undefined ? [] : [{ path: `${path}[${index}]`, what: `asks of "${key}" what no label can have` }]
  })
}

const bindingFaults = (object: JsonObject, kind: 'RoleBinding' | 'ClusterRoleBinding'): readonly Fault[] => {
  const faults: Fault[] = []
  const { apiGroup, kind: roleKind, name } = asObject(object.roleRef)
  if (!isTextOrNone(apiGroup) || (asText(apiGroup) !== '' && apiGroup !== group))
    faults.push({ path: 'roleRef.apiGroup', what: `must be "${group}"` })
  if (roleKind !== 'ClusterRole' && (kind === 'ClusterRoleBinding' || roleKind !== 'Role'))
    faults.push({
      path: 'roleRef.kind',
      what: kind === 'ClusterRoleBinding' ? 'must be ClusterRole' : 'must be Role or ClusterRole',
    })
  if (asText(name) === '') faults.push({ path: 'roleRef.name', what: 'is missing' })
  else if (!isPathSegmentName(asText(name))) faults.push({ path: 'roleRef.name', what: notASegment })
  // Read by themselves, their defaults are filled in.
  const subjects = readRbac([{ ...object, metadata: { name: 'any' } }]).objects.bindings[0]?.subjects ?? []
  return [...faults, ...subjects.flatMap((subject, index) => subjectFaults(subject, kind, `subjects[${index}]`))]
}

const subjectFaults = (
  { kind, apiGroup, name, namespace }: Subject,
  bindingKind: 'RoleBinding' | 'ClusterRoleBinding',
  path: string,
): readonly Fault[] => {
  const faults: Fault[] = name === '' ? [{ path: `${path}.name`, what: 'is missing' }] : []
  switch (kind) {
    case 'ServiceAccount':
      if (name !== '' && !isDns1123Subdomain(name))
        faults.push({ path: `${path}.name`, what: 'is not the name of a service account' })
      if (apiGroup !== '') faults.push({ path: `${path}.apiGroup`, what: 'must be empty for a service account' })
      if (namespace === '' && bindingKind === 'ClusterRoleBinding')
        faults.push({ path: `${path}.namespace`, what: 'is missing' })
      return faults
    case 'User':
    case 'Group':
      return apiGroup === group ? faults : [...faults, { path: `${path}.apiGroup`, what: `must be "${group}"` }]
    default:
      return [...faults, { path: `${path}.kind`, what: 'must be ServiceAccount, User or Group' }]
  }
}
