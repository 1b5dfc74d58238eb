import type { AdmissionWorld } from '../../engines/admission/index.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import { splitApiVersion } from '../../model/object.ts'
import { loadGrants } from '../can/grants.ts'
import type { KnownKind } from '../objects/built-in-kinds.ts'
import { type KindName, nameOf, type World } from '../objects/load.ts'
import type { Policies } from './policies.ts'

/**
 * What the policies may ask of the cluster, fetched before: the objects of their param kinds, the namespaces, and, where an
 * expression asks the authorizer, roles and bindings. What is given stands for what is there by the same name.
 */
export const admissionWorld = async (
  given: World,
  context: World | undefined,
  policies: Policies,
  kinds: readonly KnownKind[],
): Promise<AdmissionWorld> => {
  const hooks = [...policies.validating, ...policies.mutating].map(({ policy }) => policy.object)
  const fetched = await fetchAll([{ group: '', kind: 'Namespace' }, ...hooks.flatMap(paramKindOf)], given, context)
  const namespaces = new Map(
    fetched
      .filter(({ kind }) => kind === 'Namespace')
      .map((one) => [nameOf(one).name, asServed(one, nameOf(one).name)]),
  )
  // Manifests seldom bring the namespaces that their objects are in; a cluster has them all.
  const namespace = (name: string): JsonObject | undefined =>
    namespaces.get(name) ??
    (context?.fromFiles === false ? undefined : asServed({ apiVersion: 'v1', kind: 'Namespace' }, name))
  const asksAuthorizer = hooks.some((policy) => JSON.stringify(policy).includes('authorizer'))
  return {
    namespace,
    namespaceLabels: (name) => labelsOf(namespace(name)),
    // Objects stay in the version in which they are written.
    equivalents: () => [],
    convert: () => undefined,
    scopeOf: (apiVersion, kind) => {
      const { group } = splitApiVersion(apiVersion)
      const known = kinds.find((one) => one.group === group && one.kind === kind)
      const found = fetched.find((object) => sameKind(object, { group, kind }))
      if (known === undefined && found === undefined) return undefined
      return (known?.namespaced ?? nameOf(found ?? {}).namespace !== '') ? 'Namespaced' : 'Cluster'
    },
    objectsOf: (apiVersion, kind, from) => {
      const { group } = splitApiVersion(apiVersion)
      return fetched.filter((object) => sameKind(object, { group, kind }) && nameOf(object).namespace === from)
    },
    authorize: asksAuthorizer ? await authorizerOf(context ?? given) : () => ({ decision: 'no opinion', reason: '' }),
  }
}

const paramKindOf = ({ spec }: JsonObject): readonly KindName[] => {
  const kind = isObject(spec) && isObject(spec.paramKind) ? spec.paramKind : undefined
  if (typeof kind?.kind !== 'string' || typeof kind.apiVersion !== 'string') return []
  return [{ group: splitApiVersion(kind.apiVersion).group, kind: kind.kind }]
}

const fetchAll = async (
  kinds: readonly KindName[],
  given: World,
  context: World | undefined,
): Promise<readonly JsonObject[]> => {
  const unique = [...new Map(kinds.map((one) => [`${one.group}/${one.kind}`, one])).values()]
  const found = [...((await context?.objectsOf(unique)) ?? []), ...(await given.objectsOf(unique))]
  return [...new Map(found.map(({ object }) => [JSON.stringify(Object.values(nameOf(object))), object])).values()]
}

const sameKind = (object: JsonObject, { group, kind }: KindName): boolean => {
  const name = nameOf(object)
  return name.group === group && name.kind === kind
}

/** What the API server adds to every namespace that it makes. */
const asServed = (object: JsonObject, name: string): JsonObject => {
  const metadata = isObject(object.metadata) ? object.metadata : {}
  const labels = isObject(metadata.labels) ? metadata.labels : {}
  const made = { spec: { finalizers: ['kubernetes'] }, status: { phase: 'Active' } }
  return {
    ...made,
    ...object,
    metadata: { ...metadata, name, labels: { ...labels, 'kubernetes.io/metadata.name': name } },
  }
}

const labelsOf = (namespace: JsonObject | undefined): Readonly<Record<string, string>> | undefined => {
  if (namespace === undefined) return undefined
  const labels = isObject(namespace.metadata) && isObject(namespace.metadata.labels) ? namespace.metadata.labels : {}
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

/** RBAC only, as everywhere in the command line. */
const authorizerOf = async (world: World): Promise<AdmissionWorld['authorize']> => {
  const { authorizer } = await loadGrants(world)
  return ({ user, verb, path, resource }) => {
    if (user.groups.includes('system:masters')) return { decision: 'allow', reason: '' }
    const { decision, reason } = authorizer.authorize(
      user,
      resource === undefined
        ? { kind: 'non-resource', verb, path: path ?? '' }
        : { kind: 'resource', verb, apiGroup: resource.group, ...resource },
    )
    return { decision: decision === 'Allow' ? 'allow' : 'no opinion', reason }
  }
}
