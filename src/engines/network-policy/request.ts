import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { type Decision, judge } from './evaluate.ts'
import type { NamespaceLabels } from './match.ts'
import { contains } from './ranges.ts'
import { fitsPath, fitsText } from './request-patterns.ts'
import { commonTraffic, isNoTraffic, portsOf } from './traffic.ts'
import type { Endpoint, Gate, Policy, RequestCondition, Rule } from './types.ts'

/** One request, or one connection that is none of HTTP, as the proxy at the destination sees it. */
export interface ProxiedRequest {
  /** Of TCP, at the destination. */
  readonly port: number
  /** The name that the client asks for by TLS; empty without one. */
  readonly sni: string
  /** The client's, where it is not the source's, as behind a gateway that tells it. On the line of addresses.ts. */
  readonly clientAddress?: bigint | undefined
  /** What other filters of the proxy wrote down, by filter and key. */
  readonly metadata?: JsonObject | undefined
  /** Undefined: the proxy takes it for plain TCP. */
  readonly http?: HttpRequest | undefined
}

export interface HttpRequest {
  readonly method: string
  readonly host: string
  /** With or without a query. */
  readonly path: string
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string>>
  /** The claims of a token that was found valid; undefined without one. */
  readonly claims?: JsonObject | undefined
}

export interface RequestVerdict {
  /** `unknown`: it depends on what is not known, such as the answer of an external provider. */
  readonly verdict: 'allowed' | 'denied' | 'unknown'
  readonly decisions: readonly Decision[]
}

/**
 * Whether one request from `source` to `destination` passes, by all gates. On plain TCP a rule that asks about HTTP never
 * allows, and one that denies or asks a provider does so without regard to what it asks about HTTP, as upstream has it.
 * Upstream: https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/, and for TCP
 * istio/istio pilot/pkg/security/authz/model/model.go.
 */
export const judgeRequest = (
  gates: readonly Gate[],
  source: Endpoint,
  destination: Endpoint,
  request: ProxiedRequest,
  namespaceLabels: NamespaceLabels,
): RequestVerdict => {
  const asked = portsOf('TCP', request.port, request.port)
  const { allowed, possible, decisions } = judge(
    gates.map((gate) => settle(gate, source, destination, request)),
    source,
    destination,
    namespaceLabels,
  )
  const touches = (traffic: Decision['traffic']): boolean => !isNoTraffic(commonTraffic(traffic, asked))
  return {
    verdict: touches(allowed) ? 'allowed' : touches(possible) ? 'unknown' : 'denied',
    decisions: decisions.filter(({ traffic }) => touches(traffic)),
  }
}

/** The gate with each rule decided as far as the request decides it. */
const settle = (gate: Gate, source: Endpoint, destination: Endpoint, request: ProxiedRequest): Gate => {
  const rulesOf = (rules: readonly Rule[]): readonly Rule[] =>
    rules.flatMap((rule) => settleRule(rule, source, destination, request) ?? [])
  const policyOf = (policy: Policy): Policy => ({ ...policy, rules: rulesOf(policy.rules) })
  return { ...gate, tiers: gate.tiers.map((tier) => ({ ...tier, policies: tier.policies.map(policyOf) })) }
}

/** Undefined: it is not about this request. */
const settleRule = (rule: Rule, source: Endpoint, destination: Endpoint, request: ProxiedRequest): Rule | undefined => {
  if (rule.request === undefined) return rule
  const { conditions, beyond } = rule.request
  const { http } = request
  const ofConnection = conditions.filter((one) => !isOfHttp(one))
  if (http === undefined && rule.action === 'allow' && ofConnection.length < conditions.length) return undefined
  const reasons = new Set(beyond === undefined ? [] : [beyond])
  for (const condition of http === undefined ? ofConnection : conditions) {
    if (condition.kind === 'unknown') reasons.add(condition.reason)
    else if (holds(condition, source, destination, request) !== condition.wanted) return undefined
  }
  const { request: _, ...rest } = rule
  return { ...rest, sometimes: reasons.size === 0 ? undefined : `it depends on ${[...reasons].join('; and on ')}` }
}

const isOfHttp = ({ kind }: RequestCondition): boolean =>
  kind === 'method' ||
  kind === 'host' ||
  kind === 'path' ||
  kind === 'header' ||
  kind === 'claim' ||
  kind === 'requestPrincipal'

/** Whether what is asked is there; `wanted` is not looked at. */
const holds = (
  condition: Exclude<RequestCondition, { kind: 'unknown' }>,
  source: Endpoint,
  destination: Endpoint,
  { sni, clientAddress, metadata, http }: ProxiedRequest,
): boolean => {
  const some = (text: string | undefined, patterns: readonly string[]): boolean =>
    text !== undefined && patterns.some((pattern) => fitsText(pattern, text))
  // Of headers, and these are headers to Envoy, `*` matches an empty one too.
  const someHeader = (text: string | undefined, patterns: readonly string[]): boolean =>
    text !== undefined && (patterns.includes('*') || some(text, patterns))
  switch (condition.kind) {
    case 'method':
      return someHeader(http?.method, condition.patterns)
    case 'sni':
      return some(sni, condition.patterns)
    case 'host':
      return someHeader(
        http?.host.toLowerCase(),
        condition.patterns.map((pattern) => pattern.toLowerCase()),
      )
    case 'path':
      return http !== undefined && condition.patterns.some((pattern) => fitsPath(pattern, pathOf(http)))
    case 'header':
      return http !== undefined && someHeader(headerOf(http, condition.name), condition.patterns)
    case 'claim':
      return textsOf(valueAt(http?.claims, condition.keys)).some((text) => some(text, condition.patterns))
    case 'requestPrincipal':
      return condition.patterns.some((pattern) => fitsPrincipal(pattern, http?.claims))
    case 'metadata':
      return fitsMetadata(valueAt(metadata, [condition.filter, condition.key]), condition.patterns)
    case 'clientAddress': {
      const addresses = clientAddress === undefined ? source.addresses : [clientAddress]
      return addresses.some((address) => contains(condition.ranges, address))
    }
    case 'destinationAddress':
      return destination.addresses.some((address) => contains(condition.ranges, address))
  }
}

const pathOf = ({ path }: HttpRequest): string => /^[^?#]*/.exec(path)?.[0] ?? ''

/** Those that begin with a colon are parts of the request. */
const headerOf = (http: HttpRequest, name: string): string | undefined => {
  if (name === ':method') return http.method
  if (name === ':authority' || name === 'host') return http.host
  if (name === ':path') return http.path
  return Object.hasOwn(http.headers, name) ? http.headers[name] : undefined
}

const valueAt = (object: JsonObject | undefined, keys: readonly string[]): JsonValue | undefined => {
  let value: JsonValue | undefined = object
  for (const key of keys) value = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return value
}

const textsOf = (value: JsonValue | undefined): readonly string[] =>
  (Array.isArray(value) ? value : [value]).filter((one) => typeof one === 'string')

/** `issuer/subject`; a pattern without a slash is about the one at its `*`, or a token without a subject. */
const fitsPrincipal = (pattern: string, claims: JsonObject | undefined): boolean => {
  const [issuer, subject] = [claims?.iss, claims?.sub]
  if (typeof issuer !== 'string' || typeof subject !== 'string') return false
  const cut = pattern.lastIndexOf('/')
  if (pattern === '*') return issuer !== '' && subject !== ''
  if (cut >= 0) {
    // The star at one end leaves the other end as it is written.
    const [first, second] = [pattern.slice(0, cut), pattern.slice(cut + 1)]
    if (pattern.startsWith('*')) return fitsText(first, issuer) && second === subject
    return first === issuer && (pattern.endsWith('*') ? fitsText(second, subject) : second === subject)
  }
  if (pattern.startsWith('*')) return issuer !== '' && fitsText(pattern, subject)
  if (pattern.endsWith('*')) return fitsText(pattern, issuer) && subject !== ''
  return pattern === issuer && subject === ''
}

const fitsMetadata = (value: JsonValue | undefined, patterns: readonly string[]): boolean =>
  patterns.some((pattern) => {
    const [, inList] = /^\[(.*)\]$/.exec(pattern) ?? []
    if (inList === undefined) return typeof value === 'string' && fitsText(pattern, value)
    return Array.isArray(value) && textsOf(value).some((text) => fitsText(inList, text))
  })
