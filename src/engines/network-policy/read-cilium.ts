import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { ipv4Addresses, ipv6Addresses, readCidr, readCidrs } from './addresses.ts'
import { listAt, objectAt, type Reading, selectorMatch, textOf, textsAt, unknown, unknownFields } from './fields.ts'
import { allOf, anyOf, anything, everyPort, fixedPorts, isPod, isProtocol, not, nothing } from './match.ts'
import { subtract } from './ranges.ts'
import { otherProtocol, portsOf } from './traffic.ts'
import type { Action, Direction, Match, Policy, Ports, Rule } from './types.ts'

/** Denials go before every allowance, whichever policy it stands in. */
export interface CiliumPolicies {
  readonly denials: readonly Policy[]
  readonly allowances: readonly Policy[]
}

/**
 * CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (cilium.io/v2), for pods.
 * Upstream: cilium/cilium pkg/policy/api and pkg/k8s/apis/cilium.io/utils.
 */
export const readCiliumPolicy = (object: JsonObject, reading: Reading): CiliumPolicies => {
  const specs = [
    ...(isObject(object.spec) ? [{ spec: object.spec, path: 'spec' }] : []),
    ...listAt(object, 'specs', '', reading).flatMap((spec, index) =>
      isObject(spec) ? [{ spec, path: `specs[${index}]` }] : [],
    ),
  ]
  if (specs.length === 0) reading.problem('spec', 'is absent, so the policy does nothing')
  const read = specs.flatMap(({ spec, path }) =>
    (['ingress', 'egress'] as const).map((direction) => readDirection(spec, direction, path, reading)),
  )
  return { denials: read.flatMap(({ denials }) => denials), allowances: read.flatMap(({ allowances }) => allowances) }
}

const specFields = [
  ...['endpointSelector', 'nodeSelector', 'ingress', 'ingressDeny', 'egress', 'egressDeny'],
  ...['enableDefaultDeny', 'labels', 'description', 'log'],
]

const readDirection = (spec: JsonObject, direction: Direction, path: string, reading: Reading): CiliumPolicies => {
  const { ref } = reading
  const subject = allOf(subjectOf(spec, path, reading), ...unknownFields(spec, specFields, path, reading))
  const sections = [`${direction}Deny`, direction] as const
  const [denying = [], allowing = []] = sections.map((key, index) =>
    listAt(spec, key, path, reading).flatMap((rule, at) =>
      readRule(rule, index === 0 ? 'deny' : 'allow', direction, `${path}.${key}[${at}]`, reading),
    ),
  )
  const given = sections.some((key) => Array.isArray(spec[key]) && spec[key].length > 0)
  const asked = objectAt(spec, 'enableDefaultDeny', path, reading)[direction]
  const isolates = typeof asked === 'boolean' ? asked : given
  const denials = denying.length === 0 ? [] : [{ ref, direction, subject, isolates: false, rules: denying }]
  const allowances = given || isolates ? [{ ref, direction, subject, isolates, rules: allowing }] : []
  return { denials, allowances }
}

const subjectOf = (spec: JsonObject, path: string, reading: Reading): Match => {
  const { endpointSelector, nodeSelector } = spec
  if (isObject(nodeSelector)) {
    const nodes = reading.options.nodesAreKnown
      ? selectorMatch(nodeSelector, 'self', `${path}.nodeSelector`, reading)
      : unknown(`${path}.nodeSelector`, 'selects nodes, which were not read', reading)
    return allOf({ kind: 'is', endpoint: 'host' }, nodes)
  }
  if (!isObject(endpointSelector)) return unknown(`${path}.endpointSelector`, 'is absent', reading)
  const own: Match = reading.ref.namespace === '' ? anything : { kind: 'namespace', names: [reading.ref.namespace] }
  return allOf(isPod, own, endpointMatch(endpointSelector, `${path}.endpointSelector`, reading))
}

/** A rule with entries for ports, of which some look into the traffic, is one of ours for each of them. */
const readRule = (
  value: JsonValue,
  action: Action,
  direction: Direction,
  path: string,
  reading: Reading,
): readonly Rule[] => {
  if (!isObject(value)) return [{ action, peer: unknown(path, 'is not an object', reading), ports: everyPort, path }]
  const prefix = direction === 'ingress' ? 'from' : 'to'
  const peerKeys = peerFields
    .map((field) => `${prefix}${field}`)
    .filter((key) => value[key] !== undefined && value[key] !== null)
  const has = (key: string): boolean => Array.isArray(value[key]) && value[key].length > 0
  // An empty rule switches on the default and chooses nothing.
  if (peerKeys.length === 0 && !has('toPorts') && !has('icmps')) return []
  const known = [...peerFields.map((field) => `${prefix}${field}`), 'toPorts', 'icmps', 'authentication']
  const doubts = unknownFields(value, known, path, reading)
  const peers = peerKeys.map((key) => readPeers(value, key, `${path}.${key}`, reading))
  const constraint = isRequired(value, `${prefix}Requires`, path, reading)
  const peer = allOf(peers.length === 0 ? anything : anyOf(...peers), ...constraint, ...doubts)
  const sometimes = isObject(value.authentication) ? 'it depends on mutual authentication' : undefined
  const entries = [...portsIn(value, path, reading), ...icmpsIn(value, path, reading)]
  if (entries.length === 0) return [{ action, peer, ports: everyPort, path, sometimes }]
  return entries.map((entry) => ({
    action,
    peer: allOf(peer, ...entry.doubts),
    ports: entry.ports,
    path: entry.path,
    sometimes: entry.sometimes ?? sometimes,
  }))
}

const peerFields = ['Endpoints', 'CIDR', 'CIDRSet', 'Entities', 'Groups', 'Nodes', 'Services', 'FQDNs']

const isRequired = (value: JsonObject, key: string, path: string, reading: Reading): readonly Match[] =>
  Array.isArray(value[key]) && value[key].length > 0
    ? [unknown(`${path}.${key}`, 'adds conditions to other rules, which is not read', reading)]
    : []

const readPeers = (value: JsonObject, key: string, path: string, reading: Reading): Match => {
  const list = listAt(value, key, path.slice(0, -key.length - 1), reading)
  const each = (read: (entry: JsonValue, at: string) => Match): Match =>
    anyOf(...list.map((entry, index) => read(entry, `${path}[${index}]`)))
  const world: Match = { kind: 'is', endpoint: 'external' }
  switch (key.replace(/^(?:from|to)/, '')) {
    case 'Endpoints':
      return each((entry, at) => readEndpointPeer(entry, at, reading))
    case 'CIDR':
      return each((entry, at) => readCidrPeer(isObject(entry) ? entry : { cidr: entry }, at, reading))
    case 'CIDRSet':
      return each((entry, at) =>
        isObject(entry) ? readCidrPeer(entry, at, reading) : unknown(at, 'is not an object', reading),
      )
    case 'Entities':
      return each((entry, at) => readEntity(entry, at, reading))
    case 'FQDNs':
      return list.length === 0 ? nothing : allOf(world, unknown(path, 'depends on what DNS answers', reading))
    case 'Nodes':
      return each((entry, at) =>
        allOf(
          { kind: 'is', endpoint: 'host' },
          reading.options.nodesAreKnown
            ? selectorMatch(entry, 'self', at, reading)
            : unknown(at, 'selects nodes, which were not read', reading),
        ),
      )
    default:
      return list.length === 0 ? nothing : unknown(path, 'names what is looked up outside of the policy', reading)
  }
}

/** Without a word on namespaces, the selector of a namespaced policy stays in its own. */
const readEndpointPeer = (entry: JsonValue, path: string, reading: Reading): Match => {
  if (!isObject(entry)) return unknown(path, 'is not an object', reading)
  const { namespace } = reading.ref
  const keys = [
    ...Object.keys(isObject(entry.matchLabels) ? entry.matchLabels : {}),
    ...(Array.isArray(entry.matchExpressions)
      ? entry.matchExpressions.filter(isObject).map(({ key }) => textOf(key) ?? '')
      : []),
  ].map(bareKey)
  const speaksOfNamespace = keys.some((key) => key === namespaceKey || key.startsWith(namespaceLabelsKey))
  const own: Match = namespace === '' || speaksOfNamespace ? anything : { kind: 'namespace', names: [namespace] }
  return allOf(isPod, own, endpointMatch(entry, path, reading))
}

const namespaceKey = 'io.kubernetes.pod.namespace'
const namespaceLabelsKey = 'io.cilium.k8s.namespace.labels.'
const serviceAccountKey = 'io.cilium.k8s.policy.serviceaccount'
const clusterKey = 'io.cilium.k8s.policy.cluster'
const bareKey = (key: string): string => key.replace(/^(?:k8s|any)[:.]/, '')

/** Labels of identities: those of the pod, with a prefix for where they come from, and facts of Kubernetes. */
const endpointMatch = (selector: JsonObject, path: string, reading: Reading): Match =>
  translate(selectorMatch(selector, 'self', path, reading))

const translate = (match: Match): Match => {
  if (match.kind === 'all') return { kind: 'all', of: match.of.map(translate) }
  if (match.kind !== 'label') return match
  const { requirement } = match
  const { operator, values } = requirement
  const key = bareKey(requirement.key)
  if (key.startsWith('reserved:')) return { kind: 'unknown', reason: `label ${key} is an identity of Cilium` }
  if (key.startsWith(namespaceLabelsKey))
    return {
      kind: 'label',
      of: 'namespace',
      requirement: { ...requirement, key: key.slice(namespaceLabelsKey.length) },
    }
  // Every endpoint has the name of its cluster; which name that is we do not know.
  if (key === clusterKey && operator !== 'Exists' && operator !== 'DoesNotExist')
    return { kind: 'unknown', reason: `label ${key} is the name of the cluster` }
  const fact: Match | undefined =
    key === clusterKey
      ? anything
      : key === namespaceKey
        ? { kind: 'namespace', names: values }
        : key === serviceAccountKey
          ? { kind: 'serviceAccount', names: values }
          : undefined
  if (fact === undefined) return { kind: 'label', of: 'self', requirement: { ...requirement, key } }
  if (operator === 'Exists') return anything
  if (operator === 'DoesNotExist') return nothing
  return operator === 'In' ? fact : not(fact)
}

/** Pods and nodes have identities, so a block never matches them by address. */
const readCidrPeer = (entry: JsonObject, path: string, reading: Reading): Match => {
  const whole = readCidr(cidrText(entry.cidr))
  if (whole === undefined) return unknown(`${path}.cidr`, 'is not a CIDR', reading)
  const bad: Match[] = []
  const excepted = readCidrs(textsAt(entry, 'except', path, reading), (text, index) => {
    bad.push(unknown(`${path}.except[${index}]`, `"${text}" is not a CIDR`, reading))
  })
  return allOf({ kind: 'is', endpoint: 'external' }, { kind: 'address', ranges: subtract(whole, excepted) }, ...bad)
}

const cidrText = (value: JsonValue | undefined): string => {
  const text = textOf(value) ?? ''
  if (text.includes('/')) return text
  return text.includes(':') ? `${text}/128` : `${text}/32`
}

const readEntity = (value: JsonValue, path: string, reading: Reading): Match => {
  const host: Match = { kind: 'is', endpoint: 'host' }
  const world: Match = { kind: 'is', endpoint: 'external' }
  switch (value) {
    case 'all':
      return anything
    case 'world':
      return world
    case 'world-ipv4':
      return allOf(world, { kind: 'address', ranges: ipv4Addresses })
    case 'world-ipv6':
      return allOf(world, { kind: 'address', ranges: ipv6Addresses })
    case 'cluster':
      return not(world)
    // Its own node always reaches a pod, so what is asked about is another one.
    case 'host':
      return nothing
    case 'remote-node':
      return host
    case 'kube-apiserver':
      return allOf(not(isPod), unknown(path, 'depends on where the API server runs', reading))
    case 'init':
    case 'health':
    case 'ingress':
    case 'unmanaged':
    case 'none':
      return nothing
    default:
      return unknown(path, `is no entity that is understood: ${JSON.stringify(value)}`, reading)
  }
}

interface PortEntry {
  readonly ports: Ports
  readonly path: string
  readonly sometimes: string | undefined
  readonly doubts: readonly Match[]
}

const portsIn = (rule: JsonObject, path: string, reading: Reading): readonly PortEntry[] =>
  listAt(rule, 'toPorts', path, reading).map((value, index): PortEntry => {
    const at = `${path}.toPorts[${index}]`
    if (!isObject(value)) {
      return { ports: everyPort, path: at, sometimes: undefined, doubts: [unknown(at, 'is not an object', reading)] }
    }
    const list = listAt(value, 'ports', at, reading)
    const read = list.map((port, place) => {
      const ports = isObject(port) ? readPort(port) : undefined
      return ports ?? unknown(`${at}.ports[${place}]`, 'is not a port', reading)
    })
    const doubts = read.filter((one): one is Match => one.kind === 'unknown')
    const known = read.filter(
      (one): one is Ports => one.kind === 'fixed' || one.kind === 'named' || one.kind === 'anyOf',
    )
    const { rules } = value
    const looksInside = isObject(rules) && Object.values(rules).some((one) => Array.isArray(one) && one.length > 0)
    const other = ['listener', 'serverNames', 'originatingTLS', 'terminatingTLS'].find(
      (key) => value[key] !== undefined,
    )
    return {
      ports: doubts.length > 0 || list.length === 0 ? everyPort : { kind: 'anyOf', of: known },
      path: at,
      sometimes: looksInside
        ? 'it depends on the request (rules of layer 7)'
        : other === undefined
          ? undefined
          : `it depends on ${other}`,
      doubts,
    }
  })

/** Port 0 and none are all ports; a protocol that is not given, or ANY, is all three. */
const readPort = ({ port, endPort, protocol: given }: JsonObject): Ports | undefined => {
  const protocol = given === undefined || given === null || given === '' || given === 'ANY' ? undefined : given
  if (protocol !== undefined && !isProtocol(protocol)) return icmpNamed(protocol)
  const protocols = protocol === undefined ? (['TCP', 'UDP', 'SCTP'] as const) : [protocol]
  const each = (from?: number, to?: number): Ports => ({
    kind: 'anyOf',
    of: protocols.map((one) => fixedPorts(portsOf(one, from, to))),
  })
  const text = typeof port === 'number' ? `${port}` : port
  if (text === undefined || text === null || text === '0' || text === '') return each()
  if (typeof text !== 'string') return undefined
  if (!/^\d+$/.test(text)) return { kind: 'named', name: text.toLowerCase(), protocol }
  const from = Number(text)
  const to = typeof endPort === 'number' && endPort > 0 ? endPort : from
  return from <= 65535 && to <= 65535 && from <= to ? each(from, to) : undefined
}

const icmpNamed = (protocol: JsonValue): Ports | undefined => {
  if (protocol === 'ICMP') return fixedPorts(otherProtocol(1))
  return protocol === 'ICMPv6' ? fixedPorts(otherProtocol(58)) : undefined
}

const icmpsIn = (rule: JsonObject, path: string, reading: Reading): readonly PortEntry[] =>
  listAt(rule, 'icmps', path, reading).flatMap((value, index) => {
    const at = `${path}.icmps[${index}]`
    const fields = isObject(value) ? listAt(value, 'fields', at, reading).filter(isObject) : []
    return fields.map(({ family }) => ({
      ports: fixedPorts(otherProtocol(family === 'IPv6' ? 58 : 1)),
      path: at,
      sometimes: 'it depends on the type of the ICMP message',
      doubts: [],
    }))
  })
