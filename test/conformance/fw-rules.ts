import { readAddress, readCidr } from '../../src/engines/network-policy/addresses.ts'
import {
  addTraffic,
  allTraffic,
  type Endpoint,
  noTraffic,
  portsOf,
  removeTraffic,
  type Traffic,
} from '../../src/engines/network-policy/index.ts'
import { isProtocol } from '../../src/engines/network-policy/match.ts'
import { type Ranges, unionOf } from '../../src/engines/network-policy/ranges.ts'
import { commonTraffic } from '../../src/engines/network-policy/traffic.ts'

/** A line of a connectivity map of network-config-analyzer: who, to whom, what. */
export interface FwRule {
  readonly source: FwEnd
  readonly destination: FwEnd
  readonly traffic: Traffic
}

export type FwEnd =
  | { readonly kind: 'addresses'; readonly ranges: Ranges<bigint> }
  | { readonly kind: 'pods'; readonly namespaces: readonly string[]; readonly is: (pod: FwPod) => boolean }

/** A pod with the names that it may stand under: its own, its owner's, its workload's. */
export interface FwPod {
  readonly pod: Endpoint
  readonly names: readonly string[]
}

/** The rules of each set of policies in one text, or what of it is not read. */
export const readFwRules = (text: string): ReadonlyMap<string, readonly FwRule[]> | string => {
  const byConfig = new Map<string, FwRule[]>()
  let rules: FwRule[] | undefined
  let within = allTraffic
  for (const line of text.split('\n')) {
    const header = /^(?:For connections of type (\S+), )?(?:final )?fw rules for query: .*, config: (.*):$/.exec(line)
    if (header !== null) {
      const [, layer, config = ''] = header
      rules = byConfig.get(config) ?? []
      byConfig.set(config, rules)
      const tcp = portsOf('TCP')
      within = layer === undefined ? allTraffic : layer === 'TCP' ? tcp : removeTraffic(allTraffic, tcp)
      continue
    }
    if (line.trim() === '') continue
    const parts =
      /^(src_ns: \[.*?\] src_pods: \[.*?\]|src: .*?) (dst_ns: \[.*?\] dst_pods: \[.*?\]|dst: .*?) conn: (.*)$/.exec(
        line,
      )
    if (parts === null || rules === undefined) return `line "${line.slice(0, 80)}"`
    const [, from = '', to = '', connection = ''] = parts
    const [source, destination] = [readEnd(from), readEnd(to)]
    const traffic = readConnection(connection)
    if (typeof source === 'string') return source
    if (typeof destination === 'string') return destination
    if (typeof traffic === 'string') return traffic
    rules.push({ source, destination, traffic: commonTraffic(traffic, within) })
  }
  return byConfig
}

const readEnd = (text: string): FwEnd | string => {
  const pods = /^\w+_ns: \[(.*)\] \w+_pods: \[(.*)\]$/.exec(text)
  if (pods !== null) {
    const is = readChoice(pods[2] ?? '')
    const namespaces = (pods[1] ?? '').split(',').map((name) => name.trim())
    return typeof is === 'string' ? is : { kind: 'pods', namespaces, is }
  }
  const pairs: (readonly [bigint, bigint])[] = []
  for (const part of text.replace(/^\w+: /, '').split(',')) {
    const [from, to] = part.trim().split('-').map(readAddress)
    const [start, end] = from !== undefined && to !== undefined ? [from, to + 1n] : (readCidr(part.trim()) ?? [])
    if (start === undefined || end === undefined) return `the end "${part}"`
    pairs.push([start, end])
  }
  return { kind: 'addresses', ranges: unionOf(pairs) }
}

type Choice = (pod: FwPod) => boolean

/** `*`, names, or conditions on labels with `and`, `or` and brackets. */
const readChoice = (text: string): Choice | string => {
  if (text === '*') return () => true
  if (/^[\w.-]+(, ?[\w.-]+)*$/.test(text)) {
    const names = text.split(',').map((name) => name.trim())
    return ({ names: own }) => own.some((name) => names.includes(name))
  }
  const alternatives = text.split(' or ').map((part) => part.split(' and ').map(readCondition))
  if (alternatives.flat().includes(undefined)) return `the choice of pods "${text}"`
  return (pod) => alternatives.some((all) => all.every((one) => one?.(pod) === true))
}

const readCondition = (given: string): Choice | undefined => {
  const text = unwrapped(given.trim())
  const [, absent, key = ''] = /^(!?)(?:has)?\(([^()]+)\)$/.exec(text) ?? []
  if (key !== '') return ({ pod }) => Object.hasOwn(pod.labels, key) === (absent === '')
  const [, label = '', not, list] = /^(\S+) (not )?in \(([^()]*)\)$/.exec(text) ?? []
  if (list !== undefined) {
    const values = list.split(',')
    return ({ pod }) => values.includes(pod.labels[label] ?? '') === (not === undefined)
  }
  const [, name = '', sign, value] = /^([^=!\s]+)(!?=)(.*)$/.exec(text) ?? []
  return value === undefined ? undefined : ({ pod }) => (pod.labels[name] === value) === (sign === '=')
}

/** Without brackets that only the whole of an alternative has. */
const unwrapped = (given: string): string => {
  const count = (sign: string): number => given.split(sign).length - 1
  const [opening, closing] = [count('('), count(')')]
  if (opening > closing) return given.replace(/^\(/, '')
  return closing > opening ? given.replace(/\)$/, '') : given
}

/** What depends on a request, or on the source port, is not read. */
const readConnection = (text: string): Traffic | string => {
  if (text === 'All connections') return allTraffic
  if (text === 'No connections') return noTraffic
  const but = /^All but (.*)$/.exec(text)
  if (but !== null) {
    const traffic = readConnection(but[1] ?? '')
    return typeof traffic === 'string' ? traffic : removeTraffic(allTraffic, traffic)
  }
  let whole = noTraffic
  for (const [, cube = ''] of text.matchAll(/\{([^{}]*)\}/g)) {
    const fields = [...cube.matchAll(/(\w+):(.*?)(?=,\w+:|$)/g)].map(
      ([, key = '', value = '']) => [key, value] as const,
    )
    if (fields.some(([key]) => key !== 'protocols' && key !== 'dst_ports'))
      return `the connection "${text.slice(0, 60)}"`
    const { protocols = 'TCP, UDP, SCTP', dst_ports: ports } = Object.fromEntries(fields)
    for (const protocol of protocols.split(',').map((one) => one.trim())) {
      // Of protocols without ports nothing is compared.
      if (!isProtocol(protocol)) continue
      const ranges = ports === undefined ? ['1-65535'] : ports.split(',')
      for (const range of ranges) {
        const [from, to = from] = range.trim().split('-').map(Number)
        if (from !== undefined && to !== undefined) whole = addTraffic(whole, portsOf(protocol, from, to))
      }
    }
  }
  return whole
}
