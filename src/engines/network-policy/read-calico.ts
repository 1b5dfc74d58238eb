import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { readCidrs } from './addresses.ts'
import { readCalicoSelector } from './calico-selector.ts'
import { isPortNumber, listAt, objectAt, type Reading, textOf, textsAt, unknown, unknownFields } from './fields.ts'
import { allOf, anyOf, anything, everyPort, fixedPorts, isPod, isProtocol, matches, not } from './match.ts'
import { outside } from './outside.ts'
import { type Ranges, union } from './ranges.ts'
import { allTraffic, noTraffic, otherProtocol, portsOf, type Traffic } from './traffic.ts'
import type { Action, Direction, Endpoint, Match, Policy, Ports, Rule } from './types.ts'

/** One policy of Calico, with its place among the others. */
export interface CalicoPolicy {
  readonly tier: string
  /** Infinity where it is not given: last of its tier. */
  readonly order: number
  readonly name: string
  readonly policies: readonly Policy[]
}

/** Addresses with labels, which selectors of rules match as they match pods. `namespace` is empty for a global one. */
export interface NetworkSet {
  readonly namespace: string
  readonly labels: Readonly<Record<string, string>>
  readonly ranges: Ranges<bigint>
}

/** What a rule of any policy may refer to. */
export interface CalicoContext {
  readonly networkSets: readonly NetworkSet[]
  /** By name: whether what a policy of the tier selects and no rule of it matches is denied. */
  readonly denies: (tier: string) => boolean
}

/**
 * NetworkPolicy and GlobalNetworkPolicy of projectcalico.org/v3, for pods. Host endpoints are not modelled.
 * Upstream: projectcalico/calico api/pkg/apis/projectcalico/v3, libcalico-go/lib/backend/syncersv1/updateprocessors.
 */
export const readCalicoPolicy = (object: JsonObject, context: CalicoContext, reading: Reading): CalicoPolicy => {
  const spec = objectAt(object, 'spec', '', reading)
  const tier = textOf(spec.tier) ?? 'default'
  const subject = allOf(
    isPod,
    reading.ref.namespace === '' ? anything : { kind: 'namespace', names: [reading.ref.namespace] },
    selectorAt(spec, 'selector', 'self', 'spec', reading),
    selectorAt(spec, 'namespaceSelector', 'namespace', 'spec', reading),
    ...unknownFields(spec, specFields, 'spec', reading),
  )
  const hostOnly = spec.doNotTrack === true || spec.preDNAT === true
  const policies = hostOnly
    ? []
    : directionsOf(spec, reading).flatMap((direction) =>
        policiesOf(spec, direction, subject, context, context.denies(tier), reading),
      )
  return {
    tier,
    order: typeof spec.order === 'number' ? spec.order : Number.POSITIVE_INFINITY,
    name: reading.ref.name,
    policies,
  }
}

const specFields = [
  ...['tier', 'order', 'selector', 'namespaceSelector', 'types', 'ingress', 'egress'],
  ...['doNotTrack', 'preDNAT', 'applyOnForward', 'performanceHints'],
]

const directionsOf = (spec: JsonObject, reading: Reading): readonly Direction[] => {
  const types = textsAt(spec, 'types', 'spec', reading)
  const has = (key: Direction): boolean => listAt(spec, key, 'spec', reading).length > 0
  const both = ['ingress', 'egress'] as const
  if (types.length > 0) return both.filter((one) => types.some((type) => type.toLowerCase() === one))
  return both.filter((one) => has(one) || (one === 'ingress' && !has('egress')))
}

/** A rule that also selects among the subjects is a policy of its own, in its place among the others. */
const policiesOf = (
  spec: JsonObject,
  direction: Direction,
  subject: Match,
  context: CalicoContext,
  denies: boolean,
  reading: Reading,
): readonly Policy[] => {
  const { ref } = reading
  const policies: { ref: Policy['ref']; direction: Direction; subject: Match; isolates: boolean; rules: Rule[] }[] = []
  for (const [index, value] of listAt(spec, direction, 'spec', reading).entries()) {
    const path = `spec.${direction}[${index}]`
    const read = readRule(value, direction, path, context, reading)
    if (read === undefined) continue
    const last = policies.at(-1)
    const own = read.own === undefined ? subject : allOf(subject, read.own)
    if (last?.subject === own) last.rules.push(read.rule)
    else policies.push({ ref, direction, subject: own, isolates: false, rules: [read.rule] })
  }
  return [...policies, { ref, direction, subject, isolates: denies, rules: [] }]
}

interface ReadRule {
  readonly rule: Rule
  /** What the rule asks of its own end, undefined where it asks nothing. */
  readonly own: Match | undefined
}

const readRule = (
  value: JsonValue,
  direction: Direction,
  path: string,
  context: CalicoContext,
  reading: Reading,
): ReadRule | undefined => {
  if (!isObject(value)) {
    return {
      rule: { action: 'deny', peer: unknown(path, 'is not an object', reading), ports: everyPort, path },
      own: undefined,
    }
  }
  // Log tells and goes on to the next rule.
  if (value.action === 'Log') return undefined
  const action = actionOf(value.action)
  const source = objectAt(value, 'source', path, reading)
  const destination = objectAt(value, 'destination', path, reading)
  const [peer, own] =
    direction === 'ingress' ? (['source', 'destination'] as const) : (['destination', 'source'] as const)
  const doubts = [
    ...(action === undefined
      ? [unknown(`${path}.action`, `is no action: ${JSON.stringify(value.action)}`, reading)]
      : []),
    ...unknownFields(value, ruleFields, path, reading),
  ]
  const { ports, doubts: portDoubts } = readRulePorts(value, destination, path, reading)
  const peerMatch = readEntity(value[peer], `${path}.${peer}`, context, reading)
  const ownMatch = readEntity(value[own], `${path}.${own}`, context, reading)
  return {
    rule: {
      action: action ?? 'deny',
      peer: allOf(peerMatch ?? anything, ...doubts, ...portDoubts),
      ports,
      path,
      sometimes: conditionOf(value, source),
    },
    own: ownMatch,
  }
}

const ruleFields = [
  ...['action', 'protocol', 'notProtocol', 'icmp', 'notICMP', 'ipVersion', 'source', 'destination', 'http', 'metadata'],
]

const actionOf = (value: JsonValue | undefined): Action | undefined => {
  if (value === 'Allow') return 'allow'
  if (value === 'Deny') return 'deny'
  return value === 'Pass' ? 'pass' : undefined
}

/** What of the traffic decides beyond its ports. */
const conditionOf = (rule: JsonObject, source: JsonObject): string | undefined => {
  const has = (object: JsonObject, key: string): boolean => object[key] !== undefined && object[key] !== null
  if (has(source, 'ports') || has(source, 'notPorts')) return 'it depends on the source port'
  if (has(rule, 'http')) return 'it depends on the HTTP request'
  if (has(rule, 'ipVersion')) return 'it depends on the version of IP'
  return has(rule, 'icmp') || has(rule, 'notICMP') ? 'it depends on the type of the ICMP message' : undefined
}

/** Undefined: nothing is asked of this end. Everything that is asked has to hold. */
const readEntity = (
  value: JsonValue | undefined,
  path: string,
  context: CalicoContext,
  reading: Reading,
): Match | undefined => {
  if (!isObject(value)) return undefined
  const asked = readSelected(value, path, context, reading)
  for (const [key, wanted] of [
    ['nets', true],
    ['notNets', false],
  ] as const) {
    if (value[key] === undefined || value[key] === null) continue
    const bad: Match[] = []
    const ranges = readCidrs(withBits(textsAt(value, key, path, reading)), (text, index) => {
      bad.push(unknown(`${path}.${key}[${index}]`, `"${text}" is not a CIDR`, reading))
    })
    const reach = reading.options.ipBlocks === 'pods too' ? anything : not(isPod)
    const inside: Match = { kind: 'address', ranges }
    asked.push(reach, wanted ? inside : not(inside), ...bad)
  }
  if (value.domains !== undefined && value.domains !== null)
    asked.push(allOf(not(isPod), unknown(`${path}.domains`, 'depends on what DNS answers', reading)))
  if (value.services !== undefined && value.services !== null)
    asked.push(unknown(`${path}.services`, 'names a Service, which is not looked up', reading))
  asked.push(...unknownFields(value, entityFields, path, reading))
  return asked.length === 0 ? undefined : allOf(...asked)
}

const entityFields = [
  ...['selector', 'notSelector', 'namespaceSelector', 'serviceAccounts', 'services', 'domains'],
  ...['nets', 'notNets', 'ports', 'notPorts'],
]

const withBits = (texts: readonly string[]): readonly string[] =>
  texts.map((text) => (text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`))

/** Selectors choose among endpoints and network sets, so what they match is inside of the cluster or in a set. */
const readSelected = (value: JsonObject, path: string, context: CalicoContext, reading: Reading): Match[] => {
  const has = (key: string): boolean => value[key] !== undefined && value[key] !== null && value[key] !== ''
  if (!['selector', 'notSelector', 'namespaceSelector', 'serviceAccounts'].some(has)) return []
  const namespace: Match = has('namespaceSelector')
    ? namespaceMatch(value, path, reading)
    : reading.ref.namespace === ''
      ? anything
      : { kind: 'namespace', names: [reading.ref.namespace] }
  const labels = allOf(
    selectorAt(value, 'selector', 'self', path, reading),
    has('notSelector') ? not(selectorAt(value, 'notSelector', 'self', path, reading)) : anything,
  )
  const accounts = has('serviceAccounts') ? accountsMatch(value, path, reading) : anything
  const selected = allOf(namespace, labels)
  const sets = context.networkSets.filter((set) => matches(selected, endpointOf(set), () => ({})) === 'yes')
  const ranges = sets.map((set) => set.ranges).reduce(union, [])
  const pods = allOf(isPod, selected, accounts)
  return [ranges.length === 0 || has('serviceAccounts') ? pods : anyOf(pods, { kind: 'address', ranges })]
}

const endpointOf = ({ namespace, labels }: NetworkSet): Endpoint => ({ ...outside, kind: 'pod', namespace, labels })

/** `global()` chooses what is in no namespace: no pod. */
const namespaceMatch = (value: JsonObject, path: string, reading: Reading): Match =>
  selectorAt(value, 'namespaceSelector', 'namespace', path, reading)

const accountsMatch = (value: JsonObject, path: string, reading: Reading): Match => {
  const accounts = objectAt(value, 'serviceAccounts', path, reading)
  const names = textsAt(accounts, 'names', `${path}.serviceAccounts`, reading)
  const selector =
    textOf(accounts.selector) || undefined
      ? unknown(`${path}.serviceAccounts.selector`, 'selects service accounts, which are not read', reading)
      : anything
  return allOf(names.length === 0 ? anything : { kind: 'serviceAccount', names }, selector)
}

const selectorAt = (
  value: JsonObject,
  key: string,
  of: 'self' | 'namespace',
  path: string,
  reading: Reading,
): Match => {
  const text = value[key]
  if (text === undefined || text === null) return anything
  if (typeof text !== 'string') return unknown(`${path}.${key}`, 'is not a text', reading)
  const match = readCalicoSelector(text, of)
  return typeof match === 'string' ? unknown(`${path}.${key}`, match, reading) : match
}

const readRulePorts = (
  rule: JsonObject,
  destination: JsonObject,
  path: string,
  reading: Reading,
): { readonly ports: Ports; readonly doubts: readonly Match[] } => {
  const doubts: Match[] = []
  const traffic = (key: 'protocol' | 'notProtocol'): Traffic | undefined => {
    if (rule[key] === undefined || rule[key] === null) return undefined
    const read = protocolOf(rule[key])
    if (read === undefined)
      doubts.push(unknown(`${path}.${key}`, `is no protocol: ${JSON.stringify(rule[key])}`, reading))
    return read
  }
  const [wanted, unwanted] = [traffic('protocol'), traffic('notProtocol')]
  const parts: Ports[] = []
  if (wanted !== undefined) parts.push(fixedPorts(wanted))
  if (unwanted !== undefined) parts.push({ kind: 'allBut', of: fixedPorts(unwanted) })
  for (const key of ['ports', 'notPorts'] as const) {
    const list = listAt(destination, key, `${path}.destination`, reading)
    if (list.length === 0) continue
    const read = list.map((port) => portOf(port, wanted ?? allTraffic))
    const bad = read.indexOf(undefined)
    if (bad >= 0)
      doubts.push(unknown(`${path}.destination.${key}[${bad}]`, 'is not a port, a range or a name', reading))
    const of: Ports = { kind: 'anyOf', of: read.filter((one) => one !== undefined) }
    parts.push(key === 'ports' ? of : { kind: 'allBut', of })
  }
  return { ports: parts.length === 0 ? everyPort : { kind: 'bothOf', of: parts }, doubts }
}

const icmp = { ICMP: 1, ICMPv6: 58, UDPLite: 136 } as const

const protocolOf = (value: JsonValue | undefined): Traffic | undefined => {
  if (typeof value === 'string') {
    const named = Object.entries(icmp).find(([name]) => name.toLowerCase() === value.toLowerCase())
    if (named !== undefined) return otherProtocol(named[1])
    const upper = value.toUpperCase()
    if (isProtocol(upper)) return portsOf(upper)
  }
  const number = Number(value)
  if (!Number.isInteger(number) || number < 0 || number > 255) return undefined
  const ported = { 6: 'TCP', 17: 'UDP', 132: 'SCTP' } as const
  if (number === 6 || number === 17 || number === 132) return portsOf(ported[number])
  return otherProtocol(number)
}

/** A number, `1:5`, or the name of a port. */
const portOf = (value: JsonValue, within: Traffic): Ports | undefined => {
  const ported = (from: number, to: number): Ports =>
    fixedPorts({
      ...noTraffic,
      ...(within.TCP.length > 0 ? { TCP: [from, to + 1] } : {}),
      ...(within.UDP.length > 0 ? { UDP: [from, to + 1] } : {}),
      ...(within.SCTP.length > 0 ? { SCTP: [from, to + 1] } : {}),
    })
  if (isPortNumber(value)) return ported(value, value)
  if (typeof value !== 'string') return undefined
  const [, from, to] = /^(\d+)(?::(\d+))?$/.exec(value) ?? []
  if (from === undefined) return /^[A-Za-z0-9_.-]+$/.test(value) ? { kind: 'named', name: value } : undefined
  const [first, last] = [Number(from), Number(to ?? from)]
  return isPortNumber(first) && isPortNumber(last) && first <= last ? ported(first, last) : undefined
}

/** NetworkSet and GlobalNetworkSet. */
export const readNetworkSet = (object: JsonObject, reading: Reading): NetworkSet => {
  const spec = objectAt(object, 'spec', '', reading)
  const labels = objectAt(objectAt(object, 'metadata', '', reading), 'labels', 'metadata', reading)
  return {
    namespace: reading.ref.namespace,
    labels: Object.fromEntries(
      Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
    ),
    ranges: readCidrs(withBits(textsAt(spec, 'nets', 'spec', reading)), (text, index) => {
      reading.problem(`spec.nets[${index}]`, `"${text}" is not a CIDR`)
    }),
  }
}
