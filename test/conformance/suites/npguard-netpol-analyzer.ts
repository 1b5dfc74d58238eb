import { existsSync, globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { formatAddresses, ipv4Addresses, readAddress } from '../../../src/engines/network-policy/addresses.ts'
import { judge } from '../../../src/engines/network-policy/evaluate.ts'
import {
  addTraffic,
  createReachability,
  type Endpoint,
  exposedTargets,
  formatTraffic,
  isNoTraffic,
  noTraffic,
  podOfWorkload,
  portsOf,
  readWorld,
  type Traffic,
} from '../../../src/engines/network-policy/index.ts'
import { isProtocol } from '../../../src/engines/network-policy/match.ts'
import { intersect, type Ranges, union } from '../../../src/engines/network-policy/ranges.ts'
import { commonTraffic } from '../../../src/engines/network-policy/traffic.ts'
import { isObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts'
import { manifestsIn } from '../manifests.ts'
import type { Suite } from '../suite.ts'

/** The allowed connections between the workloads of a folder of manifests, as sets, against those that netpol-analyzer lists. */
export const suite: Suite = {
  name: 'npguard-netpol-analyzer',
  *run({ dir }) {
    for (const file of globSync('test_outputs/connlist/*_connlist_output.txt', { cwd: dir }).sort()) {
      const name = basename(file, '_connlist_output.txt')
      const folder = join(dir, 'tests', name)
      // The others are of a part of a case, such as one workload.
      if (!existsSync(folder)) continue
      const expected = readConnections(readFileSync(join(dir, file), 'utf8'))
      const got = connectionsOf(manifestsIn(folder))
      const lines = [describe(expected), describe(got)]
      const [wanted = [], had = []] = lines
      const missing = wanted.filter((line) => !had.includes(line))
      const extra = had.filter((line) => !wanted.includes(line))
      yield { name, ok: missing.length + extra.length === 0, expected: missing, got: extra }
    }
  },
}

/** By source and destination; what is outside has the empty name and is told apart by address. */
type Connections = Map<string, Map<string, Ranges<bigint>>>

const add = (all: Connections, source: string, destination: string, addresses: Ranges<bigint>, traffic: Traffic) => {
  const key = `${source} => ${destination}`
  const byTraffic = all.get(key) ?? new Map<string, Ranges<bigint>>()
  all.set(key, byTraffic)
  const ported = trafficText(traffic)
  byTraffic.set(ported, union(byTraffic.get(ported) ?? [], addresses))
}

/** The other protocols are not the analyzer's matter. */
const trafficText = (traffic: Traffic): string => formatTraffic({ ...traffic, other: [] })

const describe = (all: Connections): readonly string[] =>
  [...all].flatMap(([key, byTraffic]) =>
    [...byTraffic].map(([traffic, addresses]) => `${key} ${formatAddresses(addresses).join()} ${traffic}`),
  )

const readConnections = (text: string): Connections => {
  const all: Connections = new Map()
  for (const line of text.split('\n')) {
    const match = /^(.+) => (.+) : (.+)$/.exec(line)
    if (match === null) continue
    const [, source = '', destination = '', traffic = ''] = match
    const [from, to] = [readEnd(source), readEnd(destination)]
    add(all, from.name, to.name, [...from.addresses, ...to.addresses], readTraffic(traffic))
  }
  return all
}

const readEnd = (text: string): { readonly name: string; readonly addresses: Ranges<bigint> } => {
  const match = /^([\d.]+)-([\d.]+)\[External\]$/.exec(text)
  const [from, to] = [readAddress(match?.[1] ?? ''), readAddress(match?.[2] ?? '')]
  return from === undefined || to === undefined
    ? { name: text, addresses: [] }
    : { name: '', addresses: [from, to + 1n] }
}

const everyPort: Traffic = ['TCP', 'UDP', 'SCTP']
  .filter(isProtocol)
  .map((one) => portsOf(one))
  .reduce(addTraffic)

/** `TCP 80,90-92,UDP 53`. */
const readTraffic = (text: string): Traffic => {
  if (text === 'All Connections') return everyPort
  let protocol = ''
  let traffic = noTraffic
  for (const part of text.split(',')) {
    const [, named, from, to] = /^(?:([A-Z]+) )?(\d+)(?:-(\d+))?$/.exec(part) ?? []
    protocol = named ?? protocol
    if (isProtocol(protocol)) traffic = addTraffic(traffic, portsOf(protocol, Number(from), Number(to ?? from)))
  }
  return traffic
}

/** Ownership by name is the analyzer's: pods of one owner are one workload. */
const connectionsOf = (objects: readonly JsonObject[]): Connections => {
  const workloads = new Map<string, string>()
  const pods = objects.flatMap((object): readonly JsonObject[] => {
    const pod = object.kind === 'Pod' ? object : podOfWorkload(object)
    if (pod === undefined) return []
    const { namespace, name } = metadataOf(pod)
    const [owner] = objectsIn(metadataOf(object).ownerReferences)
    const { kind = 'Pod', name: ownerName } = isObject(owner) ? owner : { kind: object.kind, name }
    workloads.set(`${namespace ?? 'default'}/${name}`, `${namespace ?? 'default'}/${ownerName}[${kind}]`)
    return [offHost(pod)]
  })
  const world = readWorld([...objects.filter(({ kind }) => kind !== 'Pod'), ...pods], { ipBlocks: 'not pods' })
  const all: Connections = new Map()
  const workloadOf = (pod: Endpoint): string => workloads.get(pod.name) ?? pod.name
  createReachability(world).eachPair((source, destination, { allowed }) => {
    const froms = source.addresses.length > 0 ? [''] : [...new Set([...source.pods.values()].map(workloadOf))]
    const tos = destination.addresses.length > 0 ? [''] : [...new Set([...destination.pods.values()].map(workloadOf))]
    if (trafficText(allowed) === 'none') return
    const addresses = intersect(ipv4Addresses, union(source.addresses, destination.addresses))
    for (const from of froms) for (const to of tos) if (from !== to) add(all, from, to, addresses, allowed)
  })
  const controller: Endpoint = {
    kind: 'pod',
    name: '{ingress-controller}',
    namespace: 'ingress-controller-ns',
    labels: {},
    serviceAccount: '',
    node: '',
    addresses: [],
    ports: [],
    identities: [],
    inboundDefault: '',
  }
  for (const { pod, traffic } of exposedTargets(objects, world.pods)) {
    const { allowed } = judge(world.gates, controller, pod, world.namespaceLabels)
    const declared = pods.find((one) => nameOf(one) === pod.name)
    const open = commonTraffic(
      commonTraffic(allowed, traffic),
      declared === undefined ? noTraffic : declaredPorts(declared),
    )
    if (!isNoTraffic(open)) add(all, controller.name, workloadOf(pod), [], open)
  }
  return all
}

/** The analyzer does not look at hostNetwork: such a pod is a pod like the others. */
const offHost = (pod: JsonObject): JsonObject => ({ ...pod, spec: { ...specOf(pod), hostNetwork: false } })

/** From the ingress controller it lists the ports only that the pod's containers declare. */
const declaredPorts = (pod: JsonObject): Traffic =>
  objectsIn(specOf(pod).containers)
    .flatMap(({ ports }) => objectsIn(ports))
    .map(({ containerPort, protocol = 'TCP' }) =>
      isProtocol(protocol) ? portsOf(protocol, Number(containerPort), Number(containerPort)) : noTraffic,
    )
    .reduce(addTraffic, noTraffic)

const nameOf = (pod: JsonObject): string => `${metadataOf(pod).namespace ?? 'default'}/${metadataOf(pod).name}`
const specOf = ({ spec }: JsonObject): JsonObject => (isObject(spec) ? spec : {})
const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
const metadataOf = ({ metadata }: JsonObject): JsonObject => (isObject(metadata) ? metadata : {})
