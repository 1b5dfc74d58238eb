/** What the live state says of those in a case. Rights and addresses are read anew at most every few seconds. */
import type { CaseContext, PrincipalRights, TargetWeight } from '../../detect/cases/index.ts'
import { createAuthorizer, type Request, readRbac } from '../../engines/rbac/index.ts'
import type { DetectionTarget } from '../../model/detection.ts'
import { asString, isObject, type JsonObject } from '../../model/json.ts'
import type { Snapshot } from '../../state/snapshot.ts'

/** How long an answer that looks at the whole state is kept (milliseconds). */
const freshMillis = 5000

/** There is one state, of the cluster that is watched: records of others are told nothing. */
export const stateContext = (state: Snapshot, cluster: () => string, now: () => number = Date.now): CaseContext => {
  const authorizer = kept(state, now, () => createAuthorizer(readRbac(rbacObjects(state)).objects))
  const rights = new Map<string, PrincipalRights>()
  const shared = kept(state, now, () => sharedAddresses(state))
  let rightsOf: unknown
  return {
    rightsOf: (of, principal) => {
      if (of !== cluster() || principal === '') return noRights
      const current = authorizer()
      if (rightsOf !== current || rights.size > 10_000) rights.clear()
      rightsOf = current
      const known = rights.get(principal)
      if (known !== undefined) return known
      const user = { name: principal, groups: groupsOf(principal) }
      const asked = (request: Request): string => {
        const decision = current.authorize(user, request)
        return decision.decision === 'Allow' ? bindingName(decision.grant.binding) : ''
      }
      const admin = asked({ ...everything, verb: '*', apiGroup: '*', resource: '*' })
      const secrets = asked({ ...everything, verb: 'list', apiGroup: '', resource: 'secrets' })
      const made = { clusterAdmin: admin !== '', readsAllSecrets: secrets !== '', by: admin || secrets }
      rights.set(principal, made)
      return made
    },
    weightOf: (of, target) => (of === cluster() ? weightOf(state, target) : plain),
    isTest: (of, namespace) => of === cluster() && environmentOf(state, namespace) === 'test',
    accountOf: (of, namespace, name) => {
      const pod = of === cluster() ? state.get({ group: '', kind: 'Pod', namespace, name }) : undefined
      const spec = pod && isObject(pod.body.spec) ? pod.body.spec : undefined
      if (spec === undefined) return ''
      return `system:serviceaccount:${namespace}:${asString(spec.serviceAccountName) ?? 'default'}`
    },
    isShared: (of, address) => of === cluster() && shared().has(address),
  }
}

const noRights: PrincipalRights = { clusterAdmin: false, readsAllSecrets: false, by: '' }
const plain: TargetWeight = { kind: 'plain', why: '' }
const everything = { kind: 'resource', subresource: '', namespace: '', name: '' } as const

/** Made anew when it is asked for, the state has changed and the last one is some seconds old. */
const kept = <T>(state: Snapshot, now: () => number, make: () => T): (() => T) => {
  let held: { readonly value: T; readonly version: number; readonly at: number } | undefined
  return () => {
    if (held === undefined || (held.version !== state.version && now() - held.at > freshMillis))
      held = { value: make(), version: state.version, at: now() }
    return held.value
  }
}

function* rbacObjects(state: Snapshot): Iterable<JsonObject> {
  for (const kind of ['ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding'])
    for (const { body } of state.objects({ group: 'rbac.authorization.k8s.io', kind })) yield body
}

/** The groups that a name alone tells: a record of a detection has no others. */
const groupsOf = (principal: string): readonly string[] => {
  const account = /^system:serviceaccount:([^:]+):/.exec(principal)?.[1]
  if (account === undefined) return ['system:authenticated']
  return ['system:serviceaccounts', `system:serviceaccounts:${account}`, 'system:authenticated']
}

const bindingName = ({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string =>
  `${kind} ${namespace === '' ? name : `${namespace}/${name}`}`

/** Nodes, and the addresses behind the Service `kubernetes`: many share them, so that they name nobody. */
const sharedAddresses = (state: Snapshot): ReadonlySet<string> => {
  const found = new Set<string>()
  for (const { body } of state.objects({ group: '', kind: 'Node' })) {
    const status = isObject(body.status) ? body.status : {}
    for (const one of Array.isArray(status.addresses) ? status.addresses : [])
      if (isObject(one) && one.type !== 'Hostname' && typeof one.address === 'string') found.add(one.address)
  }
  for (const { ref, body } of state.objects({
    group: 'discovery.k8s.io',
    kind: 'EndpointSlice',
    namespace: 'default',
  })) {
    if (body.metadata?.labels?.['kubernetes.io/service-name'] !== 'kubernetes' && ref.name !== 'kubernetes') continue
    for (const endpoint of Array.isArray(body.endpoints) ? body.endpoints : [])
      for (const address of isObject(endpoint) && Array.isArray(endpoint.addresses) ? endpoint.addresses : [])
        if (typeof address === 'string') found.add(address)
  }
  return found
}

const weightOf = (state: Snapshot, { resource, namespace, name }: DetectionTarget): TargetWeight => {
  if (resource === 'nodes') return { kind: 'sensitive', why: 'a node runs the pods of many' }
  if (namespace === 'kube-system') return { kind: 'sensitive', why: 'kube-system runs the cluster itself' }
  if (resource !== 'pods' || name === '') return plain
  const pod = state.get({ group: '', kind: 'Pod', namespace, name })
  const labels = pod?.body.metadata?.labels
  if (labels === undefined) return plain
  for (const { ref, body } of state.objects({ group: '', kind: 'Service', namespace })) {
    const spec = isObject(body.spec) ? body.spec : {}
    if (spec.type !== 'LoadBalancer' && spec.type !== 'NodePort') continue
    const selector = isObject(spec.selector) ? Object.entries(spec.selector) : []
    if (selector.length > 0 && selector.every(([key, value]) => labels[key] === value))
      return { kind: 'exposed', why: `reached from outside by Service ${ref.name} (${spec.type})` }
  }
  return plain
}

/** Label or annotation `bulwark.dev/environment` of a namespace. */
const environmentOf = (state: Snapshot, name: string): string | undefined => {
  const metadata = state.get({ group: '', kind: 'Namespace', namespace: '', name })?.body.metadata
  const key = 'bulwark.dev/environment'
  return metadata?.labels?.[key] ?? metadata?.annotations?.[key]
}
