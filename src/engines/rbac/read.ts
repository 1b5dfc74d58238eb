import { isObject, type JsonObject } from '../../model/json.ts'
import { type LabelSelector, readLabelSelector } from '../apimachinery/label-selector.ts'
import type { Binding, PolicyRule, RbacObjects, Role, Subject } from './types.ts'

/** Something in an object that the API server would refuse. The object is left out of decisions, or the field read as absent. */
export interface RbacProblem {
  /** `ClusterRole/edit`, `RoleBinding/shop/readers`. */
  readonly object: string
  readonly path: string
  readonly what: string
}

/** What could be read of some objects, and what could not. */
export interface RbacReading {
  readonly objects: RbacObjects
  readonly problems: readonly RbacProblem[]
}

/**
 * Reads the RBAC objects among `objects` (other kinds are passed over), in their order. A field of a wrong type is
 * reported and read as absent, which grants nothing.
 */
export const readRbac = (objects: Iterable<JsonObject>): RbacReading => {
  const roles: Role[] = []
  const bindings: Binding[] = []
  const problems: RbacProblem[] = []
  for (const object of objects) {
    const kind = object.kind
    if (kind !== 'Role' && kind !== 'ClusterRole' && kind !== 'RoleBinding' && kind !== 'ClusterRoleBinding') continue
    const { namespace, name } = namesOf(object, kind)
    const label = objectLabel(kind, namespace, name)
    const report = (path: string, what: string) => problems.push({ object: label, path, what })
    if (name === '') report('metadata.name', 'is missing')
    else if (kind === 'Role' || kind === 'ClusterRole') roles.push(readRole(object, kind, namespace, name, report))
    else bindings.push(readBinding(object, kind, namespace, name, report))
  }
  return { objects: { roles, bindings }, problems }
}

/** `ClusterRole/edit`, `RoleBinding/shop/readers`. */
export const objectLabel = (kind: string, namespace: string, name: string): string =>
  namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`

type Report = (path: string, what: string) => void

/** The namespace (empty for a kind that has none) and name; empty where they cannot be read. */
export const namesOf = (object: JsonObject, kind: string): { readonly namespace: string; readonly name: string } => {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  const namespaced = kind === 'Role' || kind === 'RoleBinding'
  return {
    namespace: namespaced && typeof metadata.namespace === 'string' ? metadata.namespace : '',
    name: typeof metadata.name === 'string' ? metadata.name : '',
  }
}

const readRole = (object: JsonObject, kind: Role['kind'], namespace: string, name: string, report: Report): Role => {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  const aggregation = isObject(object.aggregationRule) ? object.aggregationRule : {}
  return {
    kind,
    namespace,
    name,
    labels: readTextMap(metadata.labels, 'metadata.labels', report),
    rules: readList(object.rules, 'rules', report).map((rule, index) => readRule(rule, `rules[${index}]`, report)),
    aggregates: readList(aggregation.clusterRoleSelectors, 'aggregationRule.clusterRoleSelectors', report).map(
      (selector, index) => readSelector(selector, `aggregationRule.clusterRoleSelectors[${index}]`, report),
    ),
  }
}

/** One PolicyRule; what is not a list of texts is reported and empty. */
export const readRule = (value: JsonObject, path = 'rule', report: Report = () => {}): PolicyRule => {
  let namesAreRead = true
  const resourceNames = readTexts(value.resourceNames, `${path}.resourceNames`, (at, what) => {
    namesAreRead = false
    report(at, what)
  })
  const verbs = readTexts(value.verbs, `${path}.verbs`, report)
  return {
    // Without its names a rule would be for every object: it is for none instead.
    verbs: namesAreRead ? verbs : [],
    apiGroups: readTexts(value.apiGroups, `${path}.apiGroups`, report),
    resources: readTexts(value.resources, `${path}.resources`, report),
    resourceNames,
    nonResourceURLs: readTexts(value.nonResourceURLs, `${path}.nonResourceURLs`, report),
  }
}

const readBinding = (
  object: JsonObject,
  kind: Binding['kind'],
  namespace: string,
  name: string,
  report: Report,
): Binding => {
  const roleRef = isObject(object.roleRef) ? object.roleRef : {}
  return {
    kind,
    namespace,
    name,
    roleRef: {
      kind: readText(roleRef.kind, 'roleRef.kind', report),
      name: readText(roleRef.name, 'roleRef.name', report),
    },
    subjects: readList(object.subjects, 'subjects', report).map((subject, index) =>
      readSubject(subject, `subjects[${index}]`, report),
    ),
  }
}

const readSubject = (value: JsonObject, path: string, report: Report): Subject => {
  const kind = readText(value.kind, `${path}.kind`, report)
  const apiGroup = isAbsent(value.apiGroup) ? '' : readText(value.apiGroup, `${path}.apiGroup`, report)
  return {
    kind,
    // The API server fills it in for users and groups.
    apiGroup: apiGroup === '' && (kind === 'User' || kind === 'Group') ? 'rbac.authorization.k8s.io' : apiGroup,
    name: readText(value.name, `${path}.name`, report),
    namespace: isAbsent(value.namespace) ? '' : readText(value.namespace, `${path}.namespace`, report),
  }
}

/** A selector that cannot be read selects nothing: its role takes no rules by it. */
const readSelector = (value: JsonObject, path: string, report: Report): LabelSelector => {
  const selector = readLabelSelector(value)
  if (selector.kind === 'error') report(path, selector.message)
  return selector
}

const readText = (value: unknown, path: string, report: Report): string => {
  if (typeof value === 'string') return value
  report(path, isAbsent(value) ? 'is missing' : 'is not a text')
  return ''
}

/** To the API server null is the same as nothing; in a list, or as a value of a map, it is the empty text or object. */
const isAbsent = (value: unknown): value is undefined | null => value === undefined || value === null

const readTexts = (value: unknown, path: string, report: Report): readonly string[] => {
  if (isAbsent(value)) return []
  if (!Array.isArray(value)) {
    report(path, 'is not a list')
    return []
  }
  return value.flatMap((one, index) => {
    if (one === null) return ['']
    if (typeof one === 'string') return [one]
    report(`${path}[${index}]`, 'is not a text')
    return []
  })
}

const readList = (value: unknown, path: string, report: Report): readonly JsonObject[] => {
  if (isAbsent(value)) return []
  if (!Array.isArray(value)) {
    report(path, 'is not a list')
    return []
  }
  // A wrong member stays as an empty one, so that places in the list are those of the object.
  return value.map((one, index) => {
    if (isObject(one)) return one
    if (one !== null) report(`${path}[${index}]`, 'is not an object')
    return {}
  })
}

const readTextMap = (value: unknown, path: string, report: Report): Readonly<Record<string, string>> => {
  if (isAbsent(value)) return {}
  if (!isObject(value)) {
    report(path, 'is not a map of texts')
    return {}
  }
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, one]) => {
      if (one === null) return [[key, '']]
      if (typeof one === 'string') return [[key, one]]
      report(`${path}.${key}`, 'is not a text')
      return []
    }),
  )
}
