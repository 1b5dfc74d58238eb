import { quote } from '../apimachinery/quote.ts'
import { ruleAllows, serviceAccountUser, subjectMatches } from './match.ts'
import type { Binding, Decision, Grant, PolicyRule, RbacObjects, Request, Role, Subject, User } from './types.ts'

/** Roles and bindings, indexed for questions. Made once for a state of the cluster; a changed object needs a new one. */
export interface Authorizer {
  /** Upstream's decision and reason text, and the rule behind it. Cluster role bindings come first, in their order. */
  authorize(user: User, request: Request): Decision
  /** Every rule that applies to the user in a namespace (empty: cluster-wide only), in the order of trying. */
  rulesFor(user: User, namespace: string): readonly Grant[]
  /** The namespaces in which a role binding gives the user anything: everywhere else only cluster role bindings count. */
  namespacesOf(user: User): ReadonlySet<string>
  /** The subjects that may do it, in order of bindings and without repeats. The group system:masters is always first: it is allowed before RBAC. */
  whoCan(request: Request): readonly Subject[]
  /** Like whoCan, with the binding and rule behind each subject; system:masters, which no binding gives, is not in it. */
  grantsOf(request: Request): readonly Grant[]
  /** Bindings that refer to a role that is not there. */
  readonly dangling: readonly Binding[]
}

export const systemMasters: Subject = {
  kind: 'Group',
  apiGroup: 'rbac.authorization.k8s.io',
  name: 'system:masters',
  namespace: '',
}

/** A binding with its place in the order of trying and the role that it gives; `role` is undefined when it is missing. */
interface Bound {
  readonly order: number
  readonly binding: Binding
  readonly role: Role | undefined
}

/** Upstream: DefaultRuleResolver (pkg/registry/rbac/validation/rule.go) and SubjectAccessEvaluator (subject_locator.go). */
export const createAuthorizer = (objects: RbacObjects): Authorizer => {
  const roles = rolesByKey(objects.roles)
  const all = inOrder(objects.bindings).map((binding, order) => ({ order, binding, role: roleOf(binding, roles) }))
  const index = indexByPrincipal(all)
  const clusterWide = all.filter(({ binding }) => binding.namespace === '')
  const inNamespace = Map.groupBy(
    all.filter(({ binding }) => binding.namespace !== ''),
    ({ binding }) => binding.namespace,
  )

  const applying = (user: User, namespace: string): readonly Bound[] => {
    const found = new Set<Bound>()
    for (const key of principalKeys(user)) {
      for (const bound of index.get(key) ?? []) {
        const scope = bound.binding.namespace
        if (scope === '' || scope === namespace) found.add(bound)
      }
    }
    return [...found].sort((a, b) => a.order - b.order)
  }

  const allowedBy = (request: Request): readonly { readonly bound: Bound; readonly place: number }[] => {
    // Thousands of bindings share few roles: each role is asked once.
    const places = new Map<Role, number>()
    const namespaced = request.kind === 'resource' ? (inNamespace.get(request.namespace) ?? []) : []
    return [clusterWide, namespaced].flat().flatMap((bound) => {
      if (bound.role === undefined) return []
      let place = places.get(bound.role)
      if (place === undefined) {
        place = bound.role.rules.findIndex((rule) => ruleAllows(rule, request))
        places.set(bound.role, place)
      }
      return place < 0 ? [] : [{ bound, place }]
    })
  }

  return {
    authorize: (user, request) => {
      const missing: string[] = []
      for (const bound of applying(user, request.kind === 'resource' ? request.namespace : '')) {
        if (bound.role === undefined) {
          missing.push(missingRole(bound.binding))
          continue
        }
        const place = bound.role.rules.findIndex((rule) => ruleAllows(rule, request))
        if (place < 0) continue
        const grant = grantOf(bound, user, place)
        if (grant) return { decision: 'Allow', reason: `RBAC: allowed by ${describe(grant)}`, grant }
      }
      return { decision: 'NoOpinion', reason: missing.length === 0 ? '' : `RBAC: ${aggregate(missing)}` }
    },
    rulesFor: (user, namespace) =>
      applying(user, namespace).flatMap((bound) =>
        (bound.role?.rules ?? []).flatMap((_, place) => grantOf(bound, user, place) ?? []),
      ),
    namespacesOf: (user) => {
      const found = new Set<string>()
      for (const key of principalKeys(user)) {
        for (const { binding } of index.get(key) ?? []) if (binding.namespace !== '') found.add(binding.namespace)
      }
      return found
    },
    whoCan: (request) => {
      const subjects = allowedBy(request).flatMap(({ bound }) => bound.binding.subjects)
      return unique([systemMasters, ...subjects])
    },
    grantsOf: (request) =>
      allowedBy(request).flatMap(({ bound, place }) =>
        bound.binding.subjects.flatMap((subject) => grant(bound, subject, place) ?? []),
      ),
    dangling: all.filter(({ role }) => role === undefined).map(({ binding }) => binding),
  }
}

/**
 * Cluster role bindings are tried before role bindings; inside each the order given is kept. A role binding without a
 * namespace is in none, so that it gives nothing: it must not count as one for the cluster.
 */
const inOrder = (bindings: readonly Binding[]): readonly Binding[] => [
  ...bindings.filter(({ kind }) => kind === 'ClusterRoleBinding'),
  ...bindings.filter(({ kind, namespace }) => kind === 'RoleBinding' && namespace !== ''),
]

const rolesByKey = (roles: readonly Role[]): ReadonlyMap<string, Role> => {
  const byKey = new Map<string, Role>()
  for (const role of roles) {
    if (role.kind === 'Role' && role.namespace === '') continue
    const key = roleKey(role.kind, role.namespace, role.name)
    if (!byKey.has(key)) byKey.set(key, role)
  }
  return byKey
}

// A space stands in no Kubernetes name.
const roleKey = (kind: string, namespace: string, name: string): string => `${kind} ${namespace} ${name}`

/** A ClusterRoleBinding that names a Role finds nothing: roles without a namespace do not exist. */
const roleOf = ({ namespace, roleRef }: Binding, roles: ReadonlyMap<string, Role>): Role | undefined =>
  roles.get(roleKey(roleRef.kind, roleRef.kind === 'Role' ? namespace : '', roleRef.name))

const principalKeys = (user: User): readonly string[] => [
  `User ${user.name}`,
  ...user.groups.map((group) => `Group ${group}`),
]

const indexByPrincipal = (all: readonly Bound[]): ReadonlyMap<string, readonly Bound[]> => {
  const index = new Map<string, Bound[]>()
  for (const bound of all) {
    for (const subject of bound.binding.subjects) {
      const key = subjectKey(subject, bound.binding.namespace)
      if (key === undefined) continue
      const list = index.get(key)
      if (list === undefined) index.set(key, [bound])
      else list.push(bound)
    }
  }
  return index
}

const subjectKey = (subject: Subject, bindingNamespace: string): string | undefined => {
  if (subject.kind === 'User' || subject.kind === 'Group') return `${subject.kind} ${subject.name}`
  const namespace = subject.namespace || bindingNamespace
  if (subject.kind !== 'ServiceAccount' || namespace === '') return undefined
  return `User ${serviceAccountUser(namespace, subject.name)}`
}

const grantOf = (bound: Bound, user: User, place: number): Grant | undefined => {
  const subject = bound.binding.subjects.find((one) => subjectMatches(one, user, bound.binding.namespace))
  return subject === undefined ? undefined : grant(bound, subject, place)
}

const grant = ({ binding, role }: Bound, subject: Subject, index: number): Grant | undefined => {
  const rule: PolicyRule | undefined = role?.rules[index]
  return role === undefined || rule === undefined ? undefined : { binding, subject, role, rule, index }
}

/** Upstream: clusterRoleBindingDescriber and roleBindingDescriber. A name comes before its namespace. */
const describe = ({ binding, subject }: Grant): string => {
  const name = binding.namespace === '' ? binding.name : `${binding.name}/${binding.namespace}`
  const who =
    subject.kind === 'ServiceAccount' ? `${subject.name}/${subject.namespace || binding.namespace}` : subject.name
  const { kind, name: role } = binding.roleRef
  return `${binding.kind} ${quote(name)} of ${kind} ${quote(role)} to ${subject.kind} ${quote(who)}`
}

/** What the API server's listers answer for a role that is not there. */
const missingRole = ({ roleRef }: Binding): string => {
  if (roleRef.kind !== 'Role' && roleRef.kind !== 'ClusterRole') {
    return `unsupported role reference kind: ${quote(roleRef.kind)}`
  }
  return `${roleRef.kind.toLowerCase()}.rbac.authorization.k8s.io ${quote(roleRef.name)} not found`
}

/** Upstream: utilerrors.Aggregate.Error: repeats are dropped, and several stand in brackets. */
const aggregate = (errors: readonly string[]): string => {
  const distinct = [...new Set(errors)]
  return distinct.length === 1 ? (distinct[0] ?? '') : `[${distinct.join(', ')}]`
}

const unique = (subjects: readonly Subject[]): readonly Subject[] => {
  const seen = new Map<string, Subject>()
  for (const subject of subjects) {
    const key = `${subject.kind} ${subject.apiGroup} ${subject.namespace} ${subject.name}`
    if (!seen.has(key)) seen.set(key, subject)
  }
  return [...seen.values()]
}
