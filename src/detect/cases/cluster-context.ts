import {
  type Authorizer,
  createAuthorizer,
  readRbac,
  serviceAccountIdentity,
  type User,
} from '../../engines/rbac/index.ts'
import type { DetectionTarget } from '../../model/detection.ts'
import { isObject, type JsonValue } from '../../model/json.ts'
import type { ObjectVersion } from '../../model/object.ts'
import type { Snapshot } from '../../state/snapshot.ts'
import type { CaseContext, PrincipalRights, TargetWeight } from './context.ts'
import { exposedBy } from './exposure.ts'
import { greaterText, rightsText } from './facts.ts'
import { masters } from './groups.ts'

/** On a namespace or an object, as label or annotation: what it holds is worth more than other things. */
export const sensitivityKey = 'bulwark.dev/sensitivity'
/** On a namespace: `test` says that nothing in it matters much. */
export const environmentKey = 'bulwark.dev/environment'

/** How many answers of one kind are kept; then all are asked anew. */
const mostAnswers = 10_000

const plain: TargetWeight = { kind: 'plain', why: '' }
const noRights: PrincipalRights = { clusterAdmin: false, readsAllSecrets: false, by: '' }

/**
 * The context of cases by the live state of each cluster; a cluster without a state is known nothing of. RBAC is read anew
 * only when one of its objects changed, all else when anything did; asking is then a look into a map. The groups of
 * users are not in the state: they are those of the records.
 */
export const createClusterContext = (stateOf: (cluster: string) => Snapshot | undefined): CaseContext => {
  const known = new Map<string, Answers>()
  const of = (cluster: string): Answers | undefined => {
    const state = stateOf(cluster)
    if (state === undefined) return undefined
    const answers = known.get(cluster)
    if (answers?.state === state) return answers
    const fresh = answersOf(state)
    known.set(cluster, fresh)
    return fresh
  }
  return {
    rightsOf: (cluster, principal, groups) => of(cluster)?.rightsOf(principal, groups) ?? noRights,
    weightOf: (cluster, target) => of(cluster)?.weightOf(target) ?? plain,
    isTest: (cluster, namespace) => of(cluster)?.isTest(namespace) ?? false,
    accountOf: (cluster, namespace, pod) => of(cluster)?.accountOf(namespace, pod) ?? '',
    isShared: (cluster, address) => of(cluster)?.nodeAddresses().has(address) ?? false,
  }
}

interface Answers {
  readonly state: Snapshot
  rightsOf(principal: string, groups: readonly string[]): PrincipalRights
  weightOf(target: DetectionTarget): TargetWeight
  isTest(namespace: string): boolean
  accountOf(namespace: string, pod: string): string
  nodeAddresses(): ReadonlySet<string>
}

const answersOf = (state: Snapshot): Answers => {
  const rights = whileSame(
    () => rbacKinds.flatMap((kind) => [...state.objects({ group: 'rbac.authorization.k8s.io', kind })]),
    () => state.version,
    (objects) => {
      const rbac = readRbac(objects.map(({ body }) => body)).objects
      const authorizer = createAuthorizer(rbac)
      const subjects = rbac.bindings.flatMap((binding) => binding.subjects)
      const bound = new Set(subjects.flatMap(({ kind, name }) => (kind === 'Group' ? name : [])))
      const rights = answered((user: User) => rightsBy(authorizer, user), userKey)
      return (principal: string, groups: readonly string[]): PrincipalRights => {
        if (groups.includes(masters)) return mastersRights
        const { name, groups: own } = userOf(principal)
        // Only groups that a binding names make a difference. One by one, so that answers about some are part of those about
        // more, and few have to be kept.
        const byGroup = groups
          .filter((group) => bound.has(group))
          .map((group) => rights({ name, groups: [...own, group] }))
        return byGroup.reduce(greater, rights({ name, groups: own }))
      }
    },
  )
  const addresses = whileSame(
    () => [...state.objects({ group: '', kind: 'Node' })],
    () => state.version,
    (nodes) => new Set(nodes.flatMap(addressesOf)),
  )
  let weights = { version: -1, of: answered((target: DetectionTarget) => weightIn(state, target), targetKey) }
  return {
    state,
    rightsOf: (principal, groups) => rights()(principal, groups),
    weightOf: (target) => {
      if (weights.version !== state.version)
        weights = { version: state.version, of: answered((one: DetectionTarget) => weightIn(state, one), targetKey) }
      return weights.of(target)
    },
    isTest: (namespace) => markOf(namespaceIn(state, namespace), environmentKey) === 'test',
    accountOf: (namespace, name) => accountIn(state, namespace, name),
    nodeAddresses: addresses,
  }
}

const rbacKinds = ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'] as const

/** What is made of some objects, made anew only when one of them is another than before. */
const whileSame = <T>(
  list: () => readonly ObjectVersion[],
  version: () => number,
  make: (objects: readonly ObjectVersion[]) => T,
): (() => T) => {
  let made: { readonly value: T; readonly objects: readonly ObjectVersion[]; version: number } | undefined
  return () => {
    const now = version()
    if (made?.version === now) return made.value
    const objects = list()
    const before = made
    const same = before !== undefined && sameList(before.objects, objects)
    made = { value: same ? before.value : make(objects), objects, version: now }
    return made.value
  }
}

const sameList = (a: readonly unknown[], b: readonly unknown[]): boolean =>
  a.length === b.length && a.every((one, place) => one === b[place])

/** Remembers answers, not without end. */
const answered = <Question, Answer>(
  ask: (question: Question) => Answer,
  keyOf: (question: Question) => string = String,
): ((question: Question) => Answer) => {
  const answers = new Map<string, Answer>()
  return (question) => {
    const key = keyOf(question)
    const known = answers.get(key)
    if (known !== undefined) return known
    if (answers.size >= mostAnswers) answers.clear()
    const answer = ask(question)
    answers.set(key, answer)
    return answer
  }
}

const targetKey = ({ group, resource, namespace, name }: DetectionTarget): string =>
  [group, resource, namespace, name].join('\u0000')

const greater = (a: PrincipalRights, b: PrincipalRights): PrincipalRights => {
  const text = rightsText(a)
  return greaterText(text, rightsText(b)) === text ? a : b
}

const userKey = ({ name, groups }: User): string => [name, ...groups].join('\u0000')

/** They are allowed everything before RBAC is asked. */
const mastersRights: PrincipalRights = { clusterAdmin: true, readsAllSecrets: true, by: `as a member of ${masters}` }

const rightsBy = (authorizer: Authorizer, user: User): PrincipalRights => {
  const allowed = (verb: string, apiGroup: string, resource: string): string | undefined => {
    const request = { kind: 'resource', verb, apiGroup, resource, subresource: '', namespace: '', name: '' } as const
    const decision = authorizer.authorize(user, request)
    if (decision.decision !== 'Allow') return undefined
    const { binding, subject } = decision.grant
    const through = subject.kind === 'Group' ? ` through the group ${subject.name}` : ''
    return `by ${binding.kind} ${binding.name}${through}`
  }
  // A rule allows the verb `*` only where it says `*` itself, and so with groups and resources.
  const admin = allowed('*', '*', '*')
  const secrets = allowed('list', '', 'secrets') ?? allowed('get', '', 'secrets')
  return { clusterAdmin: admin !== undefined, readsAllSecrets: secrets !== undefined, by: admin ?? secrets ?? '' }
}

const userOf = (principal: string): User => {
  const [, namespace, name] = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(principal) ?? []
  if (namespace !== undefined && name !== undefined) return serviceAccountIdentity(namespace, name)
  const anonymous = principal === 'system:anonymous'
  return { name: principal, groups: [anonymous ? 'system:unauthenticated' : 'system:authenticated'] }
}

const weightIn = (state: Snapshot, target: DetectionTarget): TargetWeight => {
  const { group, resource, namespace, name } = target
  if (group === '' && resource === 'secrets') return { kind: 'sensitive', why: 'Secrets were reached' }
  if (namespace === 'kube-system') return { kind: 'sensitive', why: 'kube-system holds parts of the control plane' }
  if (markOf(namespaceIn(state, namespace), sensitivityKey) === 'high')
    return { kind: 'sensitive', why: `namespace ${namespace} is marked as highly sensitive` }
  const object = objectIn(state, target)
  if (object === undefined) return plain
  if (markOf(object, sensitivityKey) === 'high')
    return { kind: 'sensitive', why: `${object.ref.kind} ${namespace}/${name} is marked as highly sensitive` }
  const exposed = exposedBy(state, object)
  return exposed === ''
    ? plain
    : { kind: 'exposed', why: `${object.ref.kind} ${namespace}/${name} is exposed: ${exposed}` }
}

const namespaceIn = (state: Snapshot, name: string): ObjectVersion | undefined =>
  name === '' ? undefined : state.get({ group: '', kind: 'Namespace', namespace: '', name })

const objectIn = (
  state: Snapshot,
  { group, resource, namespace, name }: DetectionTarget,
): ObjectVersion | undefined => {
  if (name === '' || resource === '') return undefined
  for (const { ref } of state.kinds()) {
    if (ref.group === group && ref.resource === resource) return state.get({ group, kind: ref.kind, namespace, name })
  }
  return undefined
}

/** The value of a label or, where there is none, of an annotation. */
const markOf = (object: ObjectVersion | undefined, key: string): JsonValue | undefined => {
  const metadata = object?.body.metadata
  const labels: unknown = metadata?.labels
  const annotations: unknown = metadata?.annotations
  return (isObject(labels) ? labels[key] : undefined) ?? (isObject(annotations) ? annotations[key] : undefined)
}

const accountIn = (state: Snapshot, namespace: string, name: string): string => {
  const spec = state.get({ group: '', kind: 'Pod', namespace, name })?.body.spec
  const account = isObject(spec) ? spec.serviceAccountName : undefined
  return typeof account === 'string' && account !== '' ? `system:serviceaccount:${namespace}:${account}` : ''
}

const addressesOf = ({ body }: ObjectVersion): readonly string[] => {
  const list = isObject(body.status) ? body.status.addresses : undefined
  if (!Array.isArray(list)) return []
  return list.slice(0, 64).flatMap((one) => (isObject(one) && typeof one.address === 'string' ? one.address : []))
}
