import { formatAddress, readAddress } from '../../src/engines/network-policy/addresses.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../../src/model/json.ts'

/**
 * A reader of Envoy's RBAC filters, written from Envoy's own description of them and knowing nothing of Istio's policies.
 * Upstream: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/rbac/v3/rbac.proto
 */

/** A request as the filter sees it. Addresses are texts; an empty text is an absence. */
export interface RbacRequest {
  /** Without `spiffe://`. */
  readonly principal: string
  readonly sourceIp: string
  readonly remoteIp: string
  readonly destinationIp: string
  readonly port: number
  readonly sni: string
  /** With `:method` and `:authority`, in lower case; undefined for TCP. */
  readonly headers: Readonly<Record<string, string>> | undefined
  readonly path: string
  /** By filter, then by key. */
  readonly metadata: JsonObject
}

/** One filter of a chain. */
export interface RbacFilter {
  readonly rules: RbacRules | undefined
  readonly shadowRules: RbacRules | undefined
  /** The shadow rules say which requests an external provider is asked about. */
  readonly asksProvider: boolean
}

export interface RbacRules {
  readonly action: 'ALLOW' | 'DENY' | 'LOG'
  /** By name. */
  readonly policies: Readonly<Record<string, RbacPolicy>>
}

/** Matches where one of the permissions and one of the principals do. */
export interface RbacPolicy {
  readonly permissions: readonly JsonObject[]
  readonly principals: readonly JsonObject[]
}

/** Undefined where the filter is another one. */
export const readRbacFilter = (filter: JsonValue): RbacFilter | undefined => {
  const config = isObject(filter) && isObject(filter.typedConfig) ? filter.typedConfig : {}
  if (!String(config['@type']).endsWith('.RBAC')) return undefined
  return {
    rules: readRules(config.rules),
    shadowRules: readRules(config.shadowRules),
    asksProvider: config.shadowRulesStatPrefix === 'istio_ext_authz_',
  }
}

const readRules = (value: JsonValue | undefined): RbacRules | undefined => {
  if (!isObject(value)) return undefined
  const action = asString(value.action) ?? 'ALLOW'
  if (action !== 'ALLOW' && action !== 'DENY' && action !== 'LOG') throw new Error(`an action of Envoy: ${action}`)
  const policies = Object.entries(isObject(value.policies) ? value.policies : {}).map(([name, policy]) => {
    const { permissions, principals } = isObject(policy) ? policy : {}
    return [name, { permissions: objectsIn(permissions), principals: objectsIn(principals) }] as const
  })
  return { action, policies: Object.fromEntries(policies) }
}

export const policyMatches = ({ permissions, principals }: RbacPolicy, request: RbacRequest): boolean =>
  permissions.some((one) => nodeMatches(one, request)) && principals.some((one) => nodeMatches(one, request))

/** Whether the rules let it pass; those that log let pass everything. */
export const rulesAllow = ({ action, policies }: RbacRules, request: RbacRequest): boolean => {
  const matched = Object.values(policies).some((policy) => policyMatches(policy, request))
  return action === 'LOG' || matched === (action === 'ALLOW')
}

/** A permission or a principal. */
export const nodeMatches = (node: JsonObject, request: RbacRequest): boolean => {
  const [[kind = '', value] = []] = Object.entries(node)
  const inner = isObject(value) ? value : {}
  switch (kind) {
    case 'any':
      return value === true
    case 'andRules':
    case 'andIds':
      return objectsIn(inner.rules ?? inner.ids).every((one) => nodeMatches(one, request))
    case 'orRules':
    case 'orIds':
      return objectsIn(inner.rules ?? inner.ids).some((one) => nodeMatches(one, request))
    case 'notRule':
    case 'notId':
      return !nodeMatches(inner, request)
    case 'authenticated':
      return request.principal !== '' && textMatches(inner.principalName, `spiffe://${request.principal}`)
    case 'directRemoteIp':
      return inBlock(inner, request.sourceIp)
    case 'remoteIp':
      return inBlock(inner, request.remoteIp)
    case 'destinationIp':
      return inBlock(inner, request.destinationIp)
    case 'destinationPort':
      return value === request.port
    case 'requestedServerName':
      return textMatches(inner, request.sni)
    case 'header':
      return headerMatches(inner, request)
    case 'urlPath':
      return request.headers !== undefined && textMatches(inner.path, withoutQuery(request.path))
    case 'uriTemplate': {
      const template = isObject(inner.typedConfig) ? asString(inner.typedConfig.pathTemplate) : undefined
      return request.headers !== undefined && templateOf(template ?? '').test(withoutQuery(request.path))
    }
    case 'metadata':
      return valueMatches(inner.value, metadataAt(inner, request))
    default:
      throw new Error(`a matcher of Envoy that is not read: ${kind}`)
  }
}

const headerMatches = (matcher: JsonObject, { headers }: RbacRequest): boolean => {
  const value = headers?.[String(matcher.name).toLowerCase()]
  if (value === undefined) return false
  if (matcher.presentMatch === true) return true
  if (isObject(matcher.safeRegexMatch)) return textMatches({ safeRegex: matcher.safeRegexMatch }, value)
  return textMatches(matcher.stringMatch, value)
}

const textMatches = (matcher: JsonValue | undefined, text: string): boolean => {
  const { exact, prefix, suffix, safeRegex, ignoreCase } = isObject(matcher) ? matcher : {}
  const plain = (one: string): string => (ignoreCase === true ? one.toLowerCase() : one)
  if (typeof exact === 'string') return plain(text) === plain(exact)
  if (typeof prefix === 'string') return plain(text).startsWith(plain(prefix))
  if (typeof suffix === 'string') return plain(text).endsWith(plain(suffix))
  if (!isObject(safeRegex)) throw new Error(`a text matcher of Envoy that is not read: ${JSON.stringify(matcher)}`)
  const [, flags = '', pattern = ''] = /^(?:\(\?(i)\))?(.*)$/s.exec(String(safeRegex.regex)) ?? []
  return new RegExp(`^(?:${pattern})$`, `s${flags}`).test(text)
}

const valueMatches = (matcher: JsonValue | undefined, value: JsonValue | undefined): boolean => {
  const { stringMatch, listMatch, orMatch } = isObject(matcher) ? matcher : {}
  if (isObject(orMatch)) return objectsIn(orMatch.valueMatchers).some((one) => valueMatches(one, value))
  if (isObject(listMatch)) return Array.isArray(value) && value.some((one) => valueMatches(listMatch.oneOf, one))
  if (!isObject(stringMatch)) throw new Error(`a value matcher of Envoy that is not read: ${JSON.stringify(matcher)}`)
  return typeof value === 'string' && textMatches(stringMatch, value)
}

const metadataAt = (matcher: JsonObject, { metadata }: RbacRequest): JsonValue | undefined => {
  let value: JsonValue | undefined = metadata[String(matcher.filter)]
  for (const { key } of objectsIn(matcher.path)) value = isObject(value) ? value[String(key)] : undefined
  return value
}

const inBlock = ({ addressPrefix, prefixLen }: JsonObject, text: string): boolean => {
  const [from, address] = [readAddress(String(addressPrefix)), readAddress(text)]
  if (from === undefined || address === undefined) return false
  const shift = (formatAddress(from).includes(':') ? 128n : 32n) - BigInt(Number(prefixLen))
  return from >> shift === address >> shift
}

/** `*` is one part of the path, `**` any text. */
const templateOf = (template: string): RegExp => {
  const parts = template.split(/(\*\*|\*)/).map((part) => {
    if (part === '**') return '.*'
    return part === '*' ? '[^/]+' : part.replaceAll(/[.?+^${}()|[\]\\]/g, '\\$&')
  })
  return new RegExp(`^${parts.join('')}$`)
}

const withoutQuery = (path: string): string => path.split('?')[0] ?? ''

export const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
