import { isObject, type JsonObject, type JsonValue } from '../../src/model/json.ts'
import { objectsIn, type RbacFilter, type RbacPolicy, type RbacRules } from './envoy-rbac.ts'
import { type About, aboutField, aboutKey, jwtFilter } from './istio-requests.ts'

/**
 * A part of what is asked: all that is about one thing, wanted or not wanted. Rules that ask everything at once can never
 * match, so each part is compared by itself as well: the same part of the policies, and of Envoy's filters.
 */
export interface Part {
  readonly about: About
  readonly wanted: boolean
}

/** The policies with what is not of the part taken out of each rule. */
export const policiesFor = (policies: readonly JsonObject[], part: Part): readonly JsonObject[] =>
  policies.map((policy) => {
    const spec = isObject(policy.spec) ? policy.spec : {}
    if (!Array.isArray(spec.rules)) return policy
    const rules = spec.rules.map((rule) => (isObject(rule) ? ruleFor(rule, part) : rule))
    return { ...policy, spec: { ...spec, rules } }
  })

const ruleFor = (rule: JsonObject, part: Part): JsonObject => {
  const kept = (list: JsonValue | undefined, key: string): JsonValue[] =>
    objectsIn(list).map((entry) => ({ [key]: fieldsFor(entry[key], part) }))
  const when = objectsIn(rule.when).flatMap(({ key, values, notValues }): readonly JsonObject[] => {
    if (key === undefined || aboutKey(String(key)) !== part.about) return []
    return part.wanted
      ? values === undefined
        ? []
        : [{ key, values }]
      : notValues === undefined
        ? []
        : [{ key, notValues }]
  })
  return {
    ...(rule.from === undefined ? {} : { from: kept(rule.from, 'source') }),
    ...(rule.to === undefined ? {} : { to: kept(rule.to, 'operation') }),
    when: [...when],
  }
}

const fieldsFor = (parent: JsonValue | undefined, part: Part): JsonObject =>
  Object.fromEntries(
    Object.entries(isObject(parent) ? parent : {}).filter(([field]) => {
      const { about, wanted } = aboutField(field)
      return about === part.about && wanted === part.wanted
    }),
  )

/** The filters with what is not of the part taken out of each permission and principal. */
export const filtersFor = (filters: readonly RbacFilter[], part: Part): readonly RbacFilter[] =>
  filters.map((filter) => ({
    ...filter,
    rules: filter.rules && rulesFor(filter.rules, part),
    shadowRules: filter.shadowRules && rulesFor(filter.shadowRules, part),
  }))

const rulesFor = (rules: RbacRules, part: Part): RbacRules => ({
  ...rules,
  policies: Object.fromEntries(Object.entries(rules.policies).map(([name, policy]) => [name, policyFor(policy, part)])),
})

const policyFor = ({ permissions, principals }: RbacPolicy, part: Part): RbacPolicy => ({
  permissions: permissions.map((one) => nodeFor(one, part)),
  principals: principals.map((one) => nodeFor(one, part)),
})

/** What stands beside each other in the outermost `and`. */
const nodeFor = (node: JsonObject, part: Part): JsonObject => {
  if (isObject(node.andRules)) return { andRules: { rules: childrenFor(node.andRules.rules, part) } }
  if (isObject(node.andIds)) return { andIds: { ids: childrenFor(node.andIds.ids, part) } }
  return node
}

const childrenFor = (children: JsonValue | undefined, part: Part): JsonValue =>
  objectsIn(children).filter((child) => {
    const { about, wanted } = partOf(child)
    return about === part.about && wanted === part.wanted
  })

/** What a child of the outermost `and` is about. */
export const partOf = (node: JsonObject): Part => {
  const [[kind = '', value] = []] = Object.entries(node)
  const inner = isObject(value) ? value : {}
  if (kind === 'notRule' || kind === 'notId') return { about: partOf(inner).about, wanted: false }
  return { about: aboutNode(kind, inner), wanted: true }
}

const aboutNode = (kind: string, inner: JsonObject): About => {
  switch (kind) {
    case 'orRules':
    case 'orIds': {
      const [first] = objectsIn(inner.rules ?? inner.ids)
      return first === undefined ? 'nothing' : partOf(first).about
    }
    // Inside of another `and`, only an issuer and a subject stand together.
    case 'andIds':
      return 'requestPrincipal'
    case 'authenticated':
      return 'identity'
    case 'directRemoteIp':
      return 'sourceIp'
    case 'remoteIp':
    case 'destinationIp':
      return kind
    case 'destinationPort':
      return 'port'
    case 'requestedServerName':
      return 'sni'
    case 'urlPath':
    case 'uriTemplate':
      return 'path'
    case 'header':
      return `header ${String(inner.name).toLowerCase()}`
    case 'metadata': {
      const keys = objectsIn(inner.path).map(({ key }) => String(key))
      return inner.filter === jwtFilter
        ? `claim ${keys.slice(1).join('/')}`
        : `metadata ${inner.filter}/${keys.join('/')}`
    }
    default:
      return kind
  }
}

/** The outermost children of all permissions and principals. */
export const childrenOf = (node: JsonObject): readonly JsonObject[] => {
  if (isObject(node.andRules)) return objectsIn(node.andRules.rules)
  return isObject(node.andIds) ? objectsIn(node.andIds.ids) : []
}
