import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { readCidrs } from './addresses.ts'
import { listAt, objectAt, objectOf, type Reading, selectorMatch, textOf, textsAt, unknown } from './fields.ts'
import { type InboundPolicy, inboundPolicies, isInboundPolicy, linkerdIdentity } from './linkerd-options.ts'
import { addressIn, allOf, anyOf, anything, not, nothing } from './match.ts'
import { type Ranges, subtract, union } from './ranges.ts'
import type { Match } from './types.ts'

/** A client whose identity is proven by Linkerd's mutual TLS. */
export const authenticated: Match = { kind: 'identity', patterns: ['*.serviceaccount.identity.*'] }

/** The clients that an InboundPolicy lets in by itself. */
export const clientsOf = (policy: InboundPolicy, { options }: Pick<Reading, 'options'>): Match => {
  if (policy === 'deny') return nothing
  if (policy === 'all-unauthenticated' || policy === 'audit') return anything
  const inCluster = addressIn(readCidrs(options.linkerd.clusterNetworks, () => {}))
  switch (policy) {
    case 'all-authenticated':
      return authenticated
    case 'cluster-authenticated':
      return allOf(authenticated, inCluster)
    case 'cluster-unauthenticated':
      return inCluster
  }
}

/** What a Server lets in beside its authorizations. */
export const accessPolicyOf = (spec: JsonObject, reading: Reading): Match => {
  const given = spec.accessPolicy ?? 'deny'
  if (isInboundPolicy(given)) return clientsOf(given, reading)
  return unknown('spec.accessPolicy', `is none of ${inboundPolicies.join(', ')}`, reading)
}

/** MeshTLSAuthentication: clients with one of the identities. */
export const meshTlsMatch = (object: JsonObject, reading: Reading): Match => {
  const spec = objectAt(object, 'spec', '', reading)
  const identities = textsAt(spec, 'identities', 'spec', reading).map(identityMatch)
  const refs = listAt(spec, 'identityRefs', 'spec', reading).map((value, index) =>
    identityRefMatch(value, `spec.identityRefs[${index}]`, reading),
  )
  if (identities.length + refs.length === 0) reading.problem('spec', 'names no identity, so it lets nobody in')
  return anyOf(...identities, ...refs)
}

const identityRefMatch = (value: JsonValue, path: string, reading: Reading): Match => {
  const { kind, name, namespace } = objectOf(value)
  const { linkerd } = reading.options
  if (isKind(kind, 'ServiceAccount') && typeof name === 'string')
    return identityMatch(linkerdIdentity(name, textOf(namespace) ?? reading.ref.namespace, linkerd))
  if (isKind(kind, 'Namespace') && typeof name === 'string') return identityMatch(linkerdIdentity('*', name, linkerd))
  return unknown(path, 'refers to no ServiceAccount or Namespace', reading)
}

/** `*` alone or before a dot stands for any beginning; elsewhere it is a letter like others, which no identity has. */
export const identityMatch = (text: string): Match => {
  if (text === '*') return authenticated
  const rest = text.startsWith('*.') ? text.slice(1) : text
  if (rest.includes('*')) return nothing
  return allOf(authenticated, { kind: 'identity', patterns: [text] })
}

/** NetworkAuthentication, and `networks` of a ServerAuthorization: clients by their address. */
export const networksMatch = (parent: JsonObject, path: string, reading: Reading): Match => {
  const bad: Match[] = []
  const read = (texts: readonly string[], where: string) =>
    readCidrs(withBits(texts), (text) => bad.push(unknown(where, `"${text}" is not a CIDR`, reading)))
  // Together, since 0.0.0.0/0 and ::/0 let in a client of which the address is not known, and neither does alone.
  const ranges = listAt(parent, 'networks', path, reading).map((value, index) => {
    const at = `${path}.networks[${index}]`
    const network = objectOf(value)
    const inside = read([textOf(network.cidr) ?? ''], `${at}.cidr`)
    return subtract(inside, read(textsAt(network, 'except', at, reading), `${at}.except`))
  })
  return anyOf(addressIn(ranges.reduce<Ranges<bigint>>(union, [])), ...bad)
}

const withBits = (texts: readonly string[]): readonly string[] =>
  texts.map((text) => (text === '' || text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`))

/** `spec.client` of a ServerAuthorization. */
export const clientMatch = (spec: JsonObject, reading: Reading): Match => {
  const client = objectAt(spec, 'client', 'spec', reading)
  const path = 'spec.client'
  const networks = client.networks === undefined || client.networks === null
  const where = networks ? anything : networksMatch(client, path, reading)
  if (client.unauthenticated === true) return where
  if (!isObject(client.meshTLS)) {
    reading.problem(path, 'lets nobody in: neither unauthenticated nor meshTLS')
    return nothing
  }
  const tls = client.meshTLS
  // Any client may speak TLS without an identity; of those in the mesh it is known that they do speak it.
  if (tls.unauthenticatedTLS === true)
    return allOf(where, anyOf(authenticated, { kind: 'unknown', reason: 'whether the client speaks TLS' }))
  const identities = textsAt(tls, 'identities', `${path}.meshTLS`, reading).map(identityMatch)
  const accounts = listAt(tls, 'serviceAccounts', `${path}.meshTLS`, reading).map((value, index): Match => {
    const { name, namespace } = objectOf(value)
    if (typeof name !== 'string') return unknown(`${path}.meshTLS.serviceAccounts[${index}]`, 'has no name', reading)
    return identityMatch(linkerdIdentity(name, textOf(namespace) ?? reading.ref.namespace, reading.options.linkerd))
  })
  if (identities.length + accounts.length === 0)
    reading.problem(`${path}.meshTLS`, 'names no identity, so it lets nobody in')
  return allOf(where, anyOf(...identities, ...accounts))
}

/** The authentications that an AuthorizationPolicy may refer to, by `namespace/name`. */
export interface Authentications {
  readonly meshTls: ReadonlyMap<string, Match>
  readonly network: ReadonlyMap<string, Match>
}

/**
 * The clients that fulfil all that an AuthorizationPolicy requires. Upstream takes one reference to an identity and one
 * to networks at most, and passes over a policy with more, or with one to something that is not there.
 */
export const requiredMatch = (spec: JsonObject, { meshTls, network }: Authentications, reading: Reading): Match => {
  const identities: Match[] = []
  const networks: Match[] = []
  const ignored = (path: string, what: string): Match => {
    reading.problem(path, `${what}, so the policy lets nobody in`)
    return nothing
  }
  for (const [index, value] of listAt(spec, 'requiredAuthenticationRefs', 'spec', reading).entries()) {
    const path = `spec.requiredAuthenticationRefs[${index}]`
    const ref = objectOf(value)
    const [name, namespace] = [textOf(ref.name) ?? '', textOf(ref.namespace) ?? reading.ref.namespace]
    const found = (of: ReadonlyMap<string, Match>): Match =>
      of.get(`${namespace}/${name}`) ?? ignored(path, `refers to ${namespace}/${name}, which is not there`)
    if (isKind(ref.kind, 'MeshTLSAuthentication')) identities.push(found(meshTls))
    else if (isKind(ref.kind, 'NetworkAuthentication')) networks.push(found(network))
    else if (isKind(ref.kind, 'ServiceAccount'))
      identities.push(identityMatch(linkerdIdentity(name, namespace, reading.options.linkerd)))
    else identities.push(ignored(path, `refers to a kind that is no authentication: ${JSON.stringify(ref.kind)}`))
  }
  if (identities.length > 1 || networks.length > 1)
    return ignored('spec.requiredAuthenticationRefs', 'names more than one identity or more than one set of networks')
  return allOf(...identities, ...networks)
}

/** Linkerd compares kinds without regard to case. */
export const isKind = (value: unknown, kind: string): boolean =>
  typeof value === 'string' && value.toLowerCase() === kind.toLowerCase()

/** A client that is not authenticated. */
export const unauthenticated: Match = not(authenticated)

/** Whether a ServerAuthorization is about a Server of its namespace: by name, else by the Server's labels. */
export const selectsServer = (
  spec: JsonObject,
  reading: Reading,
): { readonly name: string } | { readonly labels: Match } => {
  const server = objectAt(spec, 'server', 'spec', reading)
  if (typeof server.name === 'string') return { name: server.name }
  if (server.selector === undefined || server.selector === null) return { labels: anything }
  return { labels: selectorMatch(server.selector, 'self', 'spec.server.selector', reading) }
}
