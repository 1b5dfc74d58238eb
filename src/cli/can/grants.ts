import {
  type Authorizer,
  aggregatedRules,
  createAuthorizer,
  type Grant,
  type PolicyRule,
  type RbacObjects,
  type Role,
  readRbac,
  refusalsOf,
} from '../../engines/rbac/index.ts'
import { isObject } from '../../model/json.ts'
import { type LoadedObject, nameOf, type Place, placeText, type World } from '../objects/load.ts'

const group = 'rbac.authorization.k8s.io'
const kinds = ['ClusterRole', 'Role', 'ClusterRoleBinding', 'RoleBinding'].map((kind) => ({ group, kind }))

/** The roles and bindings of a world, ready for questions. */
export interface Grants {
  readonly authorizer: Authorizer
  readonly objects: RbacObjects
  /** Namespaces in which a RoleBinding is. Elsewhere only cluster role bindings count. */
  readonly boundNamespaces: readonly string[]
  /** What could not be read: the answer is not whole. */
  readonly problems: readonly string[]
  /** What has to be said: what the API server would refuse, roles that are missing, rules that were filled in. */
  readonly notes: readonly string[]
  placeOf(kind: string, namespace: string, name: string, path: string): Place | undefined
}

/** Reads all roles and bindings of a world. */
export const loadGrants = async (world: World): Promise<Grants> => {
  const loaded = await world.objectsOf(kinds)
  const byKey = new Map(loaded.map((one) => [keyOf(nameOf(one.object)), one]))
  const given = loaded.map(({ object }) => object)
  const reading = readRbac(given)
  // An object that has a uid came out of a cluster, where the controller has had its turn.
  const isStored = ({ kind, namespace, name }: Role): boolean => {
    const metadata = byKey.get(keyOf({ kind, namespace, name }))?.object.metadata
    return isObject(metadata) && metadata.uid !== undefined
  }
  const { objects, filled } = fillAggregated(reading.objects, (role) => !world.fromFiles || isStored(role))
  const authorizer = createAuthorizer(objects)
  const placeOf: Grants['placeOf'] = (kind, namespace, name, path) =>
    byKey.get(keyOf({ kind, namespace, name }))?.place(path)
  return {
    authorizer,
    objects,
    boundNamespaces: [...new Set(objects.bindings.map(({ namespace }) => namespace))]
      .filter((one) => one !== '')
      .sort(),
    problems: reading.problems.map(
      ({ object, path, what }) => `${placeOfTitle(byKey, object, path)}${object}: ${path} ${what}`,
    ),
    notes: [
      ...refusalsOf(given).map(
        ({ object, path, what }) =>
          `${placeOfTitle(byKey, object, path)}${object}: ${path} ${what}; the API server refuses it, and it is taken as it stands`,
      ),
      ...filled.map((name) => `ClusterRole ${name} has no rules of its own yet: taken to be those that it aggregates`),
      ...danglingNotes(authorizer),
    ],
    placeOf,
  }
}

const keyOf = ({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string =>
  namespace === '' ? `${kind}/${name}` : `${kind}/${namespace}/${name}`

const placeOfTitle = (byKey: ReadonlyMap<string, LoadedObject>, title: string, path: string): string => {
  const place = placeText(byKey.get(title)?.place(path))
  return place === '' ? '' : `${place}: `
}

/**
 * In a cluster a controller writes the rules of an aggregated role; in a manifest they are not there yet. A role may
 * aggregate another aggregated one, so it is done until nothing changes.
 */
const fillAggregated = (
  objects: RbacObjects,
  isStored: (role: Role) => boolean,
): { readonly objects: RbacObjects; readonly filled: readonly string[] } => {
  const open = new Set(
    objects.roles
      .filter((role) => role.aggregates.length > 0 && role.rules.length === 0 && !isStored(role))
      .map(({ name }) => name),
  )
  if (open.size === 0) return { objects, filled: [] }
  const isOpen = (role: Role): boolean => role.kind === 'ClusterRole' && open.has(role.name)
  let now = objects
  for (let round = 0; round <= open.size; round += 1) {
    const before = now
    now = {
      ...now,
      roles: before.roles.map((role) => (isOpen(role) ? { ...role, rules: aggregatedRules(role, before) } : role)),
    }
    if (countRules(now) === countRules(before)) break
  }
  return { objects: now, filled: [...open] }
}

const countRules = ({ roles }: RbacObjects): number => roles.reduce((sum, { rules }) => sum + rules.length, 0)

/** One note for each missing role, however many bindings name it. */
const danglingNotes = ({ dangling }: Authorizer): readonly string[] => {
  const missing = Map.groupBy(dangling, ({ kind, namespace, roleRef }) =>
    roleRef.kind === 'Role' && kind === 'RoleBinding'
      ? `Role ${namespace}/${roleRef.name}`
      : `${roleRef.kind} ${roleRef.name}`,
  )
  return [...missing].map(([role, bindings]) => {
    const by = bindings.length === 1 ? 'a binding refers' : `${bindings.length} bindings refer`
    return `${role} is not there, and ${by} to it: what it would allow is not in the answer`
  })
}

/** A grant as it is printed. */
export interface GrantView {
  readonly binding: {
    readonly kind: string
    readonly namespace: string
    readonly name: string
    readonly place: Place | undefined
  }
  readonly role: {
    readonly kind: string
    readonly namespace: string
    readonly name: string
    readonly place: Place | undefined
  }
  readonly ruleIndex: number
  readonly rule: PolicyRule
}

/** The binding, role and rule of a grant with their places; the role's place is that of the rule. */
export const viewOf = ({ binding, role, rule, index }: Grant, { placeOf }: Grants): GrantView => ({
  binding: {
    kind: binding.kind,
    namespace: binding.namespace,
    name: binding.name,
    place: placeOf(binding.kind, binding.namespace, binding.name, 'subjects'),
  },
  role: {
    kind: role.kind,
    namespace: role.namespace,
    name: role.name,
    place: placeOf(role.kind, role.namespace, role.name, `rules[${index}]`),
  },
  ruleIndex: index,
  rule,
})

/** `RoleBinding shop/readers`. */
export const objectText = ({ kind, namespace, name }: { kind: string; namespace: string; name: string }): string =>
  `${kind} ${namespace === '' ? '' : `${namespace}/`}${name}`

/** `get, list of pods, pods/log (core)`; the parts as they stand in the rule. */
export const ruleText = (rule: PolicyRule): string => {
  const verbs = rule.verbs.join(', ')
  const groups = rule.apiGroups.map((one) => (one === '' ? 'core' : one)).join(', ')
  const names = rule.resourceNames.length === 0 ? '' : ` named ${rule.resourceNames.join(', ')}`
  const resources = rule.resources.length === 0 ? [] : [`${rule.resources.join(', ')} (${groups})${names}`]
  return `${verbs} of ${[...resources, ...rule.nonResourceURLs].join(', ')}`
}
