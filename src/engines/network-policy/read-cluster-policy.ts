import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { readCidrs } from './addresses.ts'
import { isPortNumber, listAt, objectAt, type Reading, selectorMatch, textOf, textsAt, unknown } from './fields.ts'
import { allOf, anyOf, anything, everyPort, fixedPorts, isPod, isProtocol, nothing } from './match.ts'
import { portsOf } from './traffic.ts'
import type { Action, Direction, Match, Policy, Ports, Rule } from './types.ts'

/** A policy of the cluster's administrator, with its place among the others. */
export interface ClusterPolicy {
  readonly tier: 'Admin' | 'Baseline'
  readonly priority: number
  readonly policies: readonly Policy[]
}

/**
 * AdminNetworkPolicy and BaselineAdminNetworkPolicy (policy.networking.k8s.io/v1alpha1), ClusterNetworkPolicy (v1alpha2).
 * Undefined where its place among the others cannot be read, or for a baseline that is not named `default`.
 * Upstream: kubernetes-sigs/network-policy-api apis/{v1alpha1,v1alpha2}.
 */
export const readClusterPolicy = (object: JsonObject, reading: Reading): ClusterPolicy | undefined => {
  const spec = objectAt(object, 'spec', '', reading)
  const place = placeOf(spec, reading)
  if (place === undefined) return undefined
  const subject = readSubject(spec.subject, 'spec.subject', reading)
  const policies = (['ingress', 'egress'] as const).flatMap((direction): readonly Policy[] => {
    const rules = listAt(spec, direction, 'spec', reading).map((rule, index) =>
      readRule(rule, direction, `spec.${direction}[${index}]`, reading),
    )
    return rules.length === 0 ? [] : [{ ref: reading.ref, direction, subject, isolates: false, rules }]
  })
  return { ...place, policies }
}

const placeOf = (spec: JsonObject, reading: Reading): Omit<ClusterPolicy, 'policies'> | undefined => {
  const { kind, name } = reading.ref
  if (kind === 'BaselineAdminNetworkPolicy') {
    if (name === 'default') return { tier: 'Baseline', priority: 0 }
    reading.problem('metadata.name', 'is not "default": the API server takes no other baseline')
    return undefined
  }
  const { priority } = spec
  if (typeof priority !== 'number' || !Number.isInteger(priority) || priority < 0 || priority > 1000) {
    reading.problem('spec.priority', 'is not a whole number from 0 to 1000')
    return undefined
  }
  if (kind === 'AdminNetworkPolicy') return { tier: 'Admin', priority }
  const tier = textOf(spec.tier)
  if (tier === 'Admin' || tier === 'Baseline') return { tier, priority }
  reading.problem('spec.tier', 'is not Admin or Baseline')
  return undefined
}

/** Exactly one of `namespaces` and `pods`. Pods on the host network are neither subject nor peer. */
const readSubject = (value: JsonValue | undefined, path: string, reading: Reading): Match => {
  if (!isObject(value)) return unknown(path, 'is not an object', reading)
  const pods = podsMatch(value, path, reading)
  return pods ?? unknown(path, 'has neither namespaces nor pods', reading)
}

/** Undefined where the object has neither field. */
const podsMatch = (value: JsonObject, path: string, reading: Reading): Match | undefined => {
  const { namespaces, pods } = value
  if (namespaces !== undefined && namespaces !== null)
    return allOf(isPod, selectorMatch(namespaces, 'namespace', `${path}.namespaces`, reading))
  if (!isObject(pods)) return undefined
  const selected = (key: 'namespaceSelector' | 'podSelector', of: 'namespace' | 'self'): Match => {
    const selector = pods[key]
    if (selector !== undefined && selector !== null) return selectorMatch(selector, of, `${path}.pods.${key}`, reading)
    // The schema asks for both; what reads the object without it takes an absent one for an empty one.
    reading.problem(`${path}.pods.${key}`, 'is absent, which the API server refuses; read as selecting all')
    return anything
  }
  return allOf(isPod, selected('namespaceSelector', 'namespace'), selected('podSelector', 'self'))
}

const readRule = (value: JsonValue, direction: Direction, path: string, reading: Reading): Rule => {
  if (!isObject(value)) {
    return { action: 'deny', peer: unknown(path, 'is not an object', reading), ports: everyPort, path }
  }
  const action = actionOf(value.action)
  const key = direction === 'ingress' ? 'from' : 'to'
  const entries = listAt(value, key, path, reading)
  const peers = entries.map((entry, index) => readPeer(entry, action, `${path}.${key}[${index}]`, reading))
  const list = value.ports ?? value.protocols
  const portsPath = `${path}.${value.ports === undefined ? 'protocols' : 'ports'}`
  const ports = readPorts(list, portsPath, reading)
  const doubts = [
    ...(action === undefined
      ? [unknown(`${path}.action`, `${JSON.stringify(value.action)} is no action`, reading)]
      : []),
    ...(entries.length === 0 ? [unknown(`${path}.${key}`, 'has no peer, which the API server refuses', reading)] : []),
    ...(ports === undefined ? [unknown(portsPath, 'has an entry that is not understood', reading)] : []),
  ]
  return {
    action: action ?? 'deny',
    peer: entries.length === 0 ? allOf(...doubts) : allOf(anyOf(...peers), ...doubts),
    ports: ports ?? everyPort,
    path,
    name: textOf(value.name),
  }
}

const actionOf = (value: JsonValue | undefined): Action | undefined => {
  if (value === 'Allow' || value === 'Accept') return 'allow'
  if (value === 'Deny') return 'deny'
  return value === 'Pass' ? 'pass' : undefined
}

/** A peer of a kind that is newer than this fails closed, as the API asks of implementations. */
const readPeer = (entry: JsonValue, action: Action | undefined, path: string, reading: Reading): Match => {
  if (!isObject(entry)) return unknown(path, 'is not an object', reading)
  const pods = podsMatch(entry, path, reading)
  if (pods !== undefined) return pods
  const { networks, nodes, domainNames } = entry
  if (Array.isArray(networks)) {
    const problems: Match[] = []
    const ranges = readCidrs(textsAt(entry, 'networks', path, reading), (text, index) => {
      problems.push(unknown(`${path}.networks[${index}]`, `"${text}" is not a CIDR`, reading))
    })
    return anyOf({ kind: 'address', ranges }, ...problems)
  }
  if (isObject(nodes)) {
    const selected = reading.options.nodesAreKnown
      ? selectorMatch(nodes, 'self', `${path}.nodes`, reading)
      : unknown(`${path}.nodes`, 'selects nodes, which were not read', reading)
    return allOf({ kind: 'is', endpoint: 'host' }, selected)
  }
  if (Array.isArray(domainNames)) {
    return allOf(
      { kind: 'is', endpoint: 'external' },
      unknown(`${path}.domainNames`, 'depends on what DNS answers', reading),
    )
  }
  reading.problem(path, 'has no peer that is understood: fails closed')
  return action === 'allow' ? nothing : anything
}

/** Undefined where an entry is not understood. */
const readPorts = (list: JsonValue | undefined, path: string, reading: Reading): Ports | undefined => {
  if (list === undefined || list === null) return everyPort
  if (!Array.isArray(list)) {
    reading.problem(path, 'is not a list')
    return undefined
  }
  const read = list.map((entry: JsonValue, index) => {
    const ports = isObject(entry) ? (readPortV1alpha1(entry) ?? readPortV1alpha2(entry)) : undefined
    if (ports === undefined) reading.problem(`${path}[${index}]`, 'is not understood')
    return ports
  })
  const known = read.filter((one) => one !== undefined)
  if (known.length < read.length) return undefined
  return list.length === 0 ? everyPort : { kind: 'anyOf', of: known }
}

const readPortV1alpha1 = ({ portNumber, portRange, namedPort }: JsonObject): Ports | undefined => {
  if (isObject(portNumber)) return range(portNumber.protocol ?? 'TCP', portNumber.port, portNumber.port)
  if (isObject(portRange)) return range(portRange.protocol ?? 'TCP', portRange.start, portRange.end)
  return typeof namedPort === 'string' ? { kind: 'named', name: namedPort } : undefined
}

const readPortV1alpha2 = (entry: JsonObject): Ports | undefined => {
  const { destinationNamedPort } = entry
  if (typeof destinationNamedPort === 'string') return { kind: 'named', name: destinationNamedPort }
  for (const [key, protocol] of [
    ['tcp', 'TCP'],
    ['udp', 'UDP'],
    ['sctp', 'SCTP'],
  ] as const) {
    const value = entry[key]
    if (!isObject(value)) continue
    const { destinationPort } = value
    if (destinationPort === undefined || destinationPort === null) return fixedPorts(portsOf(protocol))
    if (!isObject(destinationPort)) return undefined
    const { number, range: span } = destinationPort
    return isObject(span) ? range(protocol, span.start, span.end) : range(protocol, number, number)
  }
  return undefined
}

const range = (protocol: JsonValue, start: JsonValue | undefined, end: JsonValue | undefined): Ports | undefined =>
  isProtocol(protocol) && isPortNumber(start) && isPortNumber(end) && start <= end
    ? fixedPorts(portsOf(protocol, start, end))
    : undefined
