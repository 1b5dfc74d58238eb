import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { isPortName } from '../apimachinery/label.ts'
import { impossibleKey, readLabelSelector } from '../apimachinery/label-selector.ts'
import { readCidr, readCidrs } from './addresses.ts'
import {
  isPortNumber,
  listAt,
  objectAt,
  type Reading,
  selectorMatch,
  textOf,
  textsAt,
  unknown,
  unknownFields,
} from './fields.ts'
import { allOf, anyOf, anything, everyPort, fixedPorts, isPod, not, protocolOf } from './match.ts'
import { contains, subtract } from './ranges.ts'
import { noTraffic, portsOf } from './traffic.ts'
import type { Direction, Match, Policy, Ports, Rule } from './types.ts'

/**
 * NetworkPolicy of networking.k8s.io/v1, as the API server defaults it. A part that the API server would refuse is
 * told as a problem and is unknown to the evaluator.
 * Upstream: pkg/apis/networking/{types.go,v1/defaults.go,validation/validation.go} (v1.37).
 */
export const readNetworkPolicy = (object: JsonObject, reading: Reading): readonly Policy[] => {
  const spec = objectAt(object, 'spec', '', reading)
  const subject = allOf(
    isPod,
    { kind: 'namespace', names: [reading.ref.namespace] },
    spec.podSelector === undefined || spec.podSelector === null
      ? anything
      : selected(spec.podSelector, 'self', 'spec.podSelector', reading),
    ...unknownFields(spec, ['podSelector', 'policyTypes', 'ingress', 'egress'], 'spec', reading),
  )
  const directions = directionsOf(spec, reading)
  // Rules of a direction that is none of the policy's types decide nothing, but what is wrong with them is refused too.
  return (['ingress', 'egress'] as const)
    .map((direction) => ({
      ref: reading.ref,
      direction,
      subject,
      isolates: true,
      rules: listAt(spec, direction, 'spec', reading).flatMap((rule, index) =>
        readRule(rule, direction, `spec.${direction}[${index}]`, reading),
      ),
    }))
    .filter(({ direction }) => directions.includes(direction))
}

/** Without types: ingress always, egress where it has a rule. */
const directionsOf = (spec: JsonObject, reading: Reading): readonly Direction[] => {
  const types = textsAt(spec, 'policyTypes', 'spec', reading)
  for (const [index, type] of types.entries()) {
    if (type !== 'Ingress' && type !== 'Egress')
      reading.problem(`spec.policyTypes[${index}]`, `"${type}" is not Ingress or Egress`)
  }
  if (types.length === 0) {
    return Array.isArray(spec.egress) && spec.egress.length > 0 ? ['ingress', 'egress'] : ['ingress']
  }
  if (types.length > 2) reading.problem('spec.policyTypes', 'has more than two types')
  return (['ingress', 'egress'] as const).filter((direction) =>
    types.includes(direction === 'ingress' ? 'Ingress' : 'Egress'),
  )
}

const readRule = (value: JsonValue, direction: Direction, path: string, reading: Reading): readonly Rule[] => {
  if (!isObject(value)) {
    // A rule that is null is an empty one to the API server, and allows everything.
    const peer = value === null ? anything : unknown(path, 'is not an object', reading)
    return [{ action: 'allow', peer, ports: everyPort, path }]
  }
  const key = direction === 'ingress' ? 'from' : 'to'
  const entries = listAt(value, key, path, reading)
  const wrong = value[key] !== undefined && value[key] !== null && !Array.isArray(value[key])
  const peers = entries.map((entry, index) => readPeer(entry, `${path}.${key}[${index}]`, reading))
  const peer = wrong
    ? unknown(`${path}.${key}`, 'is not a list', reading)
    : peers.length === 0
      ? anything
      : anyOf(...peers)
  const { ports, problems } = readPorts(value, path, reading)
  return [
    {
      action: 'allow',
      peer: allOf(peer, ...problems, ...unknownFields(value, [key, 'ports'], path, reading)),
      ports,
      path,
    },
  ]
}

const readPeer = (entry: JsonValue, path: string, reading: Reading): Match => {
  if (!isObject(entry)) return unknown(path, 'is not an object', reading)
  const { podSelector, namespaceSelector, ipBlock } = entry
  const given = [podSelector, namespaceSelector, ipBlock].filter((one) => one !== undefined && one !== null)
  if (given.length === 0) return unknown(path, 'has no peer: podSelector, namespaceSelector or ipBlock', reading)
  const rest = unknownFields(entry, ['podSelector', 'namespaceSelector', 'ipBlock'], path, reading)
  if (ipBlock !== undefined && ipBlock !== null) {
    if (given.length > 1) return unknown(path, 'has an ipBlock beside a selector', reading)
    return allOf(readBlock(ipBlock, `${path}.ipBlock`, reading), ...rest)
  }
  const namespaces: Match =
    namespaceSelector === undefined || namespaceSelector === null
      ? { kind: 'namespace', names: [reading.ref.namespace] }
      : selected(namespaceSelector, 'namespace', `${path}.namespaceSelector`, reading)
  const pods =
    podSelector === undefined || podSelector === null
      ? anything
      : selected(podSelector, 'self', `${path}.podSelector`, reading)
  return allOf(isPod, namespaces, pods, ...rest)
}

/** A selector that the API server takes: others of the kind may ask for what no label can have. */
const selected = (value: JsonValue, of: 'self' | 'namespace', path: string, reading: Reading): Match => {
  const read = isObject(value) ? readLabelSelector(value) : undefined
  const key = read?.kind === 'selector' ? impossibleKey(read) : undefined
  if (key === undefined) return selectorMatch(value, of, path, reading)
  return unknown(path, `asks of "${key}" what no label can have`, reading)
}

const readBlock = (value: JsonValue, path: string, reading: Reading): Match => {
  if (!isObject(value)) return unknown(path, 'is not an object', reading)
  const whole = readCidr(textOf(value.cidr) ?? '')
  if (whole === undefined) return unknown(`${path}.cidr`, 'is not a CIDR such as 10.0.0.0/8', reading)
  const problems: Match[] = []
  const excepted = readCidrs(textsAt(value, 'except', path, reading), (text, index) => {
    problems.push(unknown(`${path}.except[${index}]`, `"${text}" is not a CIDR`, reading))
  })
  if (excepted.some((bound, index) => index % 2 === 0 && !contains(whole, bound)))
    problems.push(unknown(`${path}.except`, 'has a block that is not within cidr', reading))
  const addresses: Match = { kind: 'address', ranges: subtract(whole, excepted) }
  const external = reading.options.ipBlocks === 'pods too' ? anything : not(isPod)
  return allOf(addresses, external, ...problems, ...unknownFields(value, ['cidr', 'except'], path, reading))
}

const readPorts = (
  rule: JsonObject,
  path: string,
  reading: Reading,
): { readonly ports: Ports; readonly problems: readonly Match[] } => {
  const { ports } = rule
  if (ports === undefined || ports === null) return { ports: everyPort, problems: [] }
  if (!Array.isArray(ports)) {
    return { ports: everyPort, problems: [unknown(`${path}.ports`, 'is not a list', reading)] }
  }
  if (ports.length === 0) return { ports: everyPort, problems: [] }
  const problems: Match[] = []
  const read = ports.map((value: JsonValue, index): Ports => {
    // An entry that is null is an empty one to the API server, which is all of TCP.
    const port = readPort(value === null ? {} : isObject(value) ? value : undefined)
    if (typeof port !== 'string') return port
    problems.push(unknown(`${path}.ports[${index}]`, port, reading))
    return fixedPorts(noTraffic)
  })
  // What a broken entry would have covered is not known: the rule may then cover any port.
  return problems.length > 0 ? { ports: everyPort, problems } : { ports: { kind: 'anyOf', of: read }, problems: [] }
}

/** A text says what is wrong. */
const readPort = (value: JsonObject | undefined): Ports | string => {
  if (value === undefined) return 'is not an object'
  const { protocol: given, port, endPort } = value
  const protocol = given === '' ? undefined : protocolOf(given)
  if (protocol === undefined) return `has a protocol that is not TCP, UDP or SCTP: ${JSON.stringify(given)}`
  const hasEnd = endPort !== undefined && endPort !== null
  if (port === undefined || port === null) {
    return hasEnd ? 'has an endPort without a port' : fixedPorts(portsOf(protocol))
  }
  if (typeof port === 'string') {
    if (!isPortName(port)) return `has a port that is not the name of one: ${JSON.stringify(port)}`
    return hasEnd ? 'has an endPort beside a named port' : { kind: 'named', name: port, protocol }
  }
  if (!isPortNumber(port)) return `has a port that is not from 1 to 65535: ${JSON.stringify(port)}`
  if (!hasEnd) return fixedPorts(portsOf(protocol, port, port))
  if (!isPortNumber(endPort) || endPort < port) return `has an endPort that is not from port to 65535`
  return fixedPorts(portsOf(protocol, port, endPort))
}
