import { formatAddress, ipv4Addresses } from '../../src/engines/network-policy/addresses.ts'
import {
  addTraffic,
  type Endpoint,
  formatTraffic,
  noTraffic,
  type Traffic,
} from '../../src/engines/network-policy/index.ts'
import { contains } from '../../src/engines/network-policy/ranges.ts'
import type { Config } from './config-queries.ts'
import type { FwEnd, FwPod, FwRule } from './fw-rules.ts'

/** The first connections that a map has and we have not, or the other way round; of protocols that have ports. */
export const mapDifferences = (
  config: Config,
  rules: readonly FwRule[],
  namesOf: (pod: Endpoint) => readonly string[],
) => {
  const { world, reachability } = config
  const pods = world.pods.map((pod): FwPod => ({ pod, names: namesOf(pod) }))
  const differences: string[] = []
  const compare = (from: string, to: string, expected: Traffic, got: Traffic): void => {
    const [theirs, ours] = [expected, got].map((traffic) => formatTraffic({ ...traffic, other: [] }))
    if (theirs !== ours) differences.push(`${from} -> ${to}: ${theirs}, not ${ours}`)
  }
  const expectedFor = (source: End, destination: End): Traffic =>
    rules
      .filter((rule) => isIn(rule.source, source) && isIn(rule.destination, destination))
      .reduce((whole, rule) => addTraffic(whole, rule.traffic), noTraffic)
  for (const source of pods) {
    for (const destination of pods) {
      // Of a workload to itself the map says what it is for a pod to itself.
      if (source.names.some((name) => destination.names.includes(name))) continue
      const passage = reachability.betweenPods(source.pod.name, destination.pod.name)
      compare(source.pod.name, destination.pod.name, expectedFor(source, destination), passage?.allowed ?? noTraffic)
    }
  }
  const outside = reachability.classes().filter(({ addresses }) => addresses.length > 0)
  const bounds = new Set([
    ...outside.flatMap(({ addresses }) => addresses),
    ...rules.flatMap(({ source, destination }) => [...rangesOf(source), ...rangesOf(destination)]),
  ])
  for (const address of bounds) {
    const own = outside.find(({ addresses }) => contains(addresses, address))
    if (own === undefined || !contains(ipv4Addresses, address)) continue
    for (const end of pods) {
      const other = reachability.classOf(end.pod.name)
      if (other === undefined) continue
      const at = formatAddress(address)
      compare(at, end.pod.name, expectedFor(address, end), reachability.between(own, other).allowed)
      compare(end.pod.name, at, expectedFor(end, address), reachability.between(other, own).allowed)
    }
  }
  return differences
}

type End = FwPod | bigint

const rangesOf = (end: FwEnd): readonly bigint[] => (end.kind === 'addresses' ? end.ranges : [])

const isIn = (asked: FwEnd, end: End): boolean => {
  if (typeof end === 'bigint') return asked.kind === 'addresses' && contains(asked.ranges, end)
  return asked.kind === 'pods' && asked.namespaces.includes(end.pod.namespace) && asked.is(end)
}
