import { isObject, type JsonObject, type JsonValue } from '../../src/model/json.ts'
import { objectsIn, type RbacFilter, type RbacRules } from './envoy-rbac.ts'
import { type About, aboutField, aboutKey, jwtFilter } from './istio-requests.ts'

/**
 * A part of what is asked: all that is about one thing, wanted or not wanted. Rules that ask everything at once can never
 * match, so each part is compared by itself as well: the same part of the policies, and of Envoy's filters.
 */
export interface Part {
  readonly about: About
  readonly wanted: boolean
  /** False: without what matches everything, such as `*`, beside which nothing else shows. */
  readonly stars: boolean
}

/** The policies with what is not of the part taken out; rules and sources that ask nothing of it would hide the others. */
export const policiesFor = (policies: readonly JsonObject[], part: Part): readonly JsonObject[] =>
  policies.map((policy) => {
    const spec = isObject(policy.spec) ? policy.spec : {}
    const rules = objectsIn(spec.rules).flatMap((rule) => asList(ruleFor(rule, part)))
    return { ...policy, spec: { ...spec, rules } }
  })

/** Undefined where nothing is asked. */
const ruleFor = (rule: JsonObject, part: Part): JsonObject | undefined => {
  const when = objectsIn(rule.when).flatMap(({ key, values, notValues }): readonly JsonObject[] => {
    if (key === undefined || aboutKey(String(key)) !== part.about) return []
    const kept = listFor(part.wanted ? values : notValues, part)
    return kept.length === 0 ? [] : [{ key, [part.wanted ? 'values' : 'notValues']: kept }]
  })
  // A condition is asked with every source and operation, also with those that ask nothing themselves.
  const from = entriesFor(rule.from, 'source', when.length > 0, part)
  const to = entriesFor(rule.to, 'operation', when.length > 0, part)
  if (when.length + from.length + to.length === 0) return undefined
  return { when: [...when], ...(from.length > 0 && { from }), ...(to.length > 0 && { to }) }
}

const entriesFor = (list: JsonValue | undefined, key: string, withEmpty: boolean, part: Part): JsonObject[] =>
  objectsIn(list).flatMap((entry): readonly JsonObject[] => {
    const kept = Object.entries(isObject(entry[key]) ? entry[key] : {}).flatMap(([field, values]) => {
      const { about, wanted } = aboutField(field)
      const left = about === part.about && wanted === part.wanted ? listFor(values, part) : []
      return left.length === 0 ? [] : [[field, left] as const]
    })
    return kept.length === 0 && !withEmpty ? [] : [{ [key]: Object.fromEntries(kept) }]
  })

const listFor = (values: JsonValue | undefined, { stars }: Part): JsonValue[] =>
  (Array.isArray(values) ? values : []).filter((value) => stars || value !== '*')

/** The filters with what is not of the part taken out of each permission and principal. */
export const filtersFor = (filters: readonly RbacFilter[], part: Part): readonly RbacFilter[] =>
  filters.map((filter) => ({
    ...filter,
    rules: filter.rules && rulesFor(filter.rules, part),
    shadowRules: filter.shadowRules && rulesFor(filter.shadowRules, part),
  }))

const rulesFor = (rules: RbacRules, part: Part): RbacRules => ({
  ...rules,
  policies: Object.fromEntries(
    Object.entries(rules.policies).flatMap(([name, policy]) => {
      const [permissions, principals] = [nodesFor(policy.permissions, part), nodesFor(policy.principals, part)]
      if (permissions.length + principals.length === 0) return []
      const any: readonly JsonObject[] = [{ any: true }]
      const orAny = (nodes: readonly JsonObject[]) => (nodes.length === 0 ? any : nodes)
      return [[name, { permissions: orAny(permissions), principals: orAny(principals) }] as const]
    }),
  ),
})

/** Those that ask something of the part, without the rest of what stands beside each other in the outermost `and`. */
const nodesFor = (nodes: readonly JsonObject[], part: Part): readonly JsonObject[] =>
  nodes.flatMap((node): readonly JsonObject[] => {
    const ours = childrenOf(node).filter((child) => {
      const { about, wanted } = partOf(child)
      return about === part.about && wanted === part.wanted
    })
    const kept = part.stars ? [...ours] : ours.flatMap((child) => asList(starless(child)))
    return kept.length === 0 ? [] : [{ andIds: { ids: kept } }]
  })

const asList = <T>(value: T | undefined): T[] => (value === undefined ? [] : [value])

/** A node without the matchers of anything; undefined where it is nothing else. */
const starless = (node: JsonObject): JsonObject | undefined => {
  const [[kind = '', value] = []] = Object.entries(node)
  const inner = isObject(value) ? value : {}
  if (kind === 'notRule' || kind === 'notId') {
    const left = starless(inner)
    return left && { [kind]: left }
  }
  if (kind === 'orRules' || kind === 'orIds') {
    const list = kind === 'orRules' ? 'rules' : 'ids'
    const left = objectsIn(inner[list]).flatMap((one): JsonObject[] => asList(starless(one)))
    return left.length === 0 ? undefined : { [kind]: { [list]: left } }
  }
  if (kind === 'andIds') {
    const left = objectsIn(inner.ids).flatMap((one): JsonObject[] => asList(starless(one)))
    return left.length === 0 ? undefined : node
  }
  if (kind === 'metadata') {
    const left = starlessValue(inner.value)
    return left && { metadata: { ...inner, value: left } }
  }
  const { presentMatch, principalName, path, safeRegex } = inner
  const isAny =
    [principalName, path, inner].some(isAnyText) || (kind === 'requestedServerName' && isAnyText({ safeRegex }))
  return presentMatch === true || isAny ? undefined : node
}

const starlessValue = (value: JsonValue | undefined): JsonObject | undefined => {
  const matcher = isObject(value) ? value : {}
  if (isObject(matcher.orMatch)) {
    const valueMatchers = objectsIn(matcher.orMatch.valueMatchers).flatMap((one) => asList(starlessValue(one)))
    return valueMatchers.length === 0 ? undefined : { orMatch: { valueMatchers } }
  }
  if (isObject(matcher.listMatch)) {
    const oneOf = starlessValue(matcher.listMatch.oneOf)
    return oneOf && { listMatch: { oneOf } }
  }
  return isAnyText(matcher.stringMatch) ? undefined : matcher
}

/** Of a text, or of a namespace in an identity. */
const isAnyText = (matcher: JsonValue | undefined): boolean =>
  isObject(matcher) &&
  isObject(matcher.safeRegex) &&
  (matcher.safeRegex.regex === '.+' || matcher.safeRegex.regex === '.*/ns/.*/.*')

/** What a child of the outermost `and` is about. */
export const partOf = (node: JsonObject): Part => {
  const [[kind = '', value] = []] = Object.entries(node)
  const inner = isObject(value) ? value : {}
  if (kind === 'notRule' || kind === 'notId') return { about: partOf(inner).about, wanted: false, stars: true }
  return { about: aboutNode(kind, inner), wanted: true, stars: true }
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
