import type { JsonValue } from '../../model/json.ts'
import { wildcardHolds } from '../../model/wildcard.ts'
import { allAddresses } from './addresses.ts'
import { contains, type Ranges, subtract } from './ranges.ts'
import {
  allTraffic,
  allTrafficOf,
  commonTraffic,
  type Protocol,
  portsOf,
  protocols,
  removeTraffic,
  type Traffic,
} from './traffic.ts'
import type { Endpoint, Labels, Match, Ports, Requirement } from './types.ts'

/** `maybe` where it depends on something that is not known. */
export type Answer = 'yes' | 'no' | 'maybe'

/** The labels of a namespace, `kubernetes.io/metadata.name` included. */
export type NamespaceLabels = (namespace: string) => Labels

export const anything: Match = { kind: 'all', of: [] }
export const nothing: Match = { kind: 'any', of: [] }
export const allOf = (...of: readonly Match[]): Match => ({ kind: 'all', of })
export const anyOf = (...of: readonly Match[]): Match => ({ kind: 'any', of })
export const not = (of: Match): Match => ({ kind: 'not', of })
/**
 * One of the endpoint's addresses is in the ranges; not known of an endpoint that has none, as a pod of a manifest, where
 * the ranges are not all there are.
 */
export const addressIn = (ranges: Ranges<bigint>): Match =>
  subtract(allAddresses, ranges).length === 0
    ? anything
    : anyOf({ kind: 'address', ranges }, allOf(not(addressed), { kind: 'unknown', reason: 'the address of the pod' }))

const addressed: Match = { kind: 'address', ranges: allAddresses }
export const isPod: Match = { kind: 'is', endpoint: 'pod' }

/** Whether an endpoint meets a condition, in Kleene's logic: what is unknown decides nothing by itself. */
export const matches = (match: Match, endpoint: Endpoint, namespaceLabels: NamespaceLabels): Answer => {
  switch (match.kind) {
    case 'all':
      return every(match.of, endpoint, namespaceLabels)
    case 'any':
      return some(match.of, endpoint, namespaceLabels)
    case 'not':
      return opposite(matches(match.of, endpoint, namespaceLabels))
    case 'is':
      return answer(endpoint.kind === match.endpoint)
    case 'namespace':
      return answer(endpoint.kind !== 'external' && match.names.includes(endpoint.namespace))
    case 'serviceAccount':
      return answer(match.names.includes(endpoint.serviceAccount))
    case 'label': {
      const labels = match.of === 'self' ? endpoint.labels : namespaceLabels(endpoint.namespace)
      return answer(holds(match.requirement, labels))
    }
    case 'address':
      return answer(endpoint.addresses.some((address) => contains(match.ranges, address)))
    case 'identity':
      return answer(endpoint.identities.some((one) => match.patterns.some((pattern) => fits(pattern, one))))
    case 'trustDomain':
      return answer(endpoint.identities.some((one) => match.patterns.some((pattern) => fitsTrustDomain(pattern, one))))
    case 'inboundDefault':
      return answer(endpoint.inboundDefault === match.is)
    case 'unknown':
      return 'maybe'
  }
}

/** What is not known of a condition. */
export const unknownsOf = (match: Match): readonly string[] => {
  switch (match.kind) {
    case 'all':
    case 'any':
      return match.of.flatMap(unknownsOf)
    case 'not':
      return unknownsOf(match.of)
    case 'unknown':
      return [match.reason]
    default:
      return []
  }
}

const answer = (is: boolean): Answer => (is ? 'yes' : 'no')
const opposite = (is: Answer): Answer => (is === 'maybe' ? is : answer(is === 'no'))

const every = (of: readonly Match[], endpoint: Endpoint, namespaceLabels: NamespaceLabels): Answer => {
  let whole: Answer = 'yes'
  for (const one of of) {
    const is = matches(one, endpoint, namespaceLabels)
    if (is === 'no') return 'no'
    if (is === 'maybe') whole = 'maybe'
  }
  return whole
}

const some = (of: readonly Match[], endpoint: Endpoint, namespaceLabels: NamespaceLabels): Answer => {
  let whole: Answer = 'no'
  for (const one of of) {
    const is = matches(one, endpoint, namespaceLabels)
    if (is === 'yes') return 'yes'
    if (is === 'maybe') whole = 'maybe'
  }
  return whole
}

const holds = ({ key, operator, values }: Requirement, labels: Labels): boolean => {
  const value = Object.hasOwn(labels, key) ? labels[key] : undefined
  switch (operator) {
    case 'In':
      return value !== undefined && values.includes(value)
    case 'NotIn':
      return value === undefined || !values.includes(value)
    case 'Exists':
      return value !== undefined
    case 'DoesNotExist':
      return value === undefined
    case 'StartsWith':
      return value !== undefined && values.some((one) => value.startsWith(one))
    case 'EndsWith':
      return value !== undefined && values.some((one) => value.endsWith(one))
    case 'Contains':
      return value !== undefined && values.some((one) => value.includes(one))
  }
}

/** The traffic of a rule's ports for a destination. */
export const resolvePorts = (ports: Ports, destination: Endpoint): Traffic => {
  switch (ports.kind) {
    case 'fixed':
      return ports.traffic
    case 'named':
      return allTrafficOf(
        destination.ports
          .filter(({ name, protocol }) => name === ports.name && (ports.protocol ?? protocol) === protocol)
          .map(({ protocol, port, endPort = port }) => portsOf(protocol, port, endPort)),
      )
    case 'anyOf':
      return allTrafficOf(ports.of.map((one) => resolvePorts(one, destination)))
    case 'bothOf':
      return ports.of.map((one) => resolvePorts(one, destination)).reduce(commonTraffic, allTraffic)
    case 'allBut':
      return removeTraffic(allTraffic, resolvePorts(ports.of, destination))
  }
}

/** The names that the resolution of these ports looks up. */
export const portNamesOf = (ports: Ports): readonly string[] => {
  switch (ports.kind) {
    case 'fixed':
      return []
    case 'named':
      return [ports.name]
    case 'anyOf':
    case 'bothOf':
      return ports.of.flatMap(portNamesOf)
    case 'allBut':
      return portNamesOf(ports.of)
  }
}

export const everyPort: Ports = { kind: 'fixed', traffic: allTraffic }
export const fixedPorts = (traffic: Traffic): Ports => ({ kind: 'fixed', traffic })

/** A named port, as each protocol has it, is one of these at most. */
export const isProtocol = (text: unknown): text is (typeof protocols)[number] =>
  protocols.some((protocol) => protocol === text)

/** The protocol of a port; the API server takes one that is absent, null or empty for TCP. Undefined for what is none. */
export const protocolOf = (value: JsonValue | undefined): Protocol | undefined => {
  const given = value === undefined || value === null || value === '' ? 'TCP' : value
  return isProtocol(given) ? given : undefined
}
const fitsTrustDomain = (pattern: string, identity: string): boolean => {
  const end = identity.indexOf('/')
  return end >= 0 && fits(pattern, identity.slice(0, end))
}

/** `*` stands for any text. */
const fits = (pattern: string, text: string): boolean => wildcardHolds(pattern.split('*'), text)
