import { formatAddresses } from './addresses.ts'
import type { Compiled, CompiledChange } from './compile.ts'
import { externalParts, type Met } from './external.ts'
import { type Answer, matches, type NamespaceLabels, resolvePorts } from './match.ts'
import { intersect, type Ranges, union } from './ranges.ts'
import { boundsOf } from './relevance.ts'
import { noTraffic, type Traffic, trafficKey } from './traffic.ts'
import type { Endpoint } from './types.ts'

/** Endpoints that no policy tells apart. Either pods, or addresses outside of the cluster. */
export interface EndpointClass {
  readonly id: number
  /** One of them, which stands for all. */
  readonly example: Endpoint
  readonly pods: ReadonlyMap<string, Endpoint>
  /** Addresses outside of the cluster; empty for a class of pods. */
  readonly addresses: Ranges<bigint>
}

/** What policies see of a class. */
export interface Traits {
  /** By the number of the condition, in the code of `answerAt`. What is beyond the end is not met. */
  readonly answers: Uint8Array
  /** Of the sets of ports with names, by their number: the traffic with this class as the destination. */
  readonly ports: readonly Traffic[]
  readonly portKeys: readonly string[]
}

export interface Class extends EndpointClass, Traits {
  example: Endpoint
  readonly pods: Map<string, Endpoint>
  addresses: Ranges<bigint>
  answers: Uint8Array
  readonly ports: Traffic[]
  readonly portKeys: string[]
  /** The change of policies that made it, counted from 0. */
  readonly born: number
  /** The class that it was parted from by that change: what was there before treats both alike. */
  readonly parent: Class | undefined
}

/** All classes of a set of conditions. */
export interface Classes {
  /** By their number; those without pods or addresses stay. */
  readonly all: readonly Class[]
  /** Classes that meet a condition, or may. */
  readonly meeting: (condition: number) => readonly Class[]
  /** The class of an endpoint, made where it is new. With what it meets of all conditions, where that is known. */
  readonly classify: (endpoint: Endpoint, met?: readonly Met[]) => Class
  /** Parts classes that new conditions tell apart. */
  readonly refine: (change: CompiledChange, moved: (pod: string, to: Class) => void) => void
}

const answers: readonly Answer[] = ['no', 'yes', 'maybe']
const code: Readonly<Record<Answer, number>> = { no: 0, yes: 1, maybe: 2 }
export const answerAt = (traits: Traits, condition: number): Answer => answers[traits.answers[condition] ?? 0] ?? 'no'

export const createClasses = (compiled: Compiled, namespaceLabels: NamespaceLabels): Classes => {
  const all: Class[] = []
  const byCondition: Class[][] = []
  const bySignature = new Map<string, Class>()
  let change = 0

  const add = (traits: Traits, example: Endpoint, hits: readonly number[], parent: Class | undefined): Class => {
    const made: Class = {
      id: all.length,
      example,
      pods: new Map(),
      addresses: [],
      answers: traits.answers,
      ports: [...traits.ports],
      portKeys: [...traits.portKeys],
      born: change,
      parent,
    }
    all.push(made)
    for (const condition of hits) meetingOf(condition).push(made)
    return made
  }

  const meetingOf = (condition: number): Class[] => {
    const list = byCondition[condition] ?? []
    byCondition[condition] = list
    return list
  }

  const seen = (endpoint: Endpoint, numbers: readonly number[]): readonly (readonly [number, number])[] =>
    numbers.flatMap((condition): readonly (readonly [number, number])[] => {
      const match = compiled.conditions[condition]
      const answer = match === undefined ? 0 : code[matches(match, endpoint, namespaceLabels)]
      return answer === 0 ? [] : [[condition, answer]]
    })

  const classify: Classes['classify'] = (endpoint, met) => {
    const hits =
      met?.map(([condition, answer]) => [condition, code[answer]] as const) ??
      seen(endpoint, compiled.conditionsFor(endpoint))
    const traits = traitsOf(compiled, endpoint, hits)
    const signature = signatureOf(endpoint.kind === 'external', hits, traits.portKeys)
    const known = bySignature.get(signature)
    if (known !== undefined) return known
    const made = add(
      traits,
      endpoint,
      hits.map(([condition]) => condition),
      undefined,
    )
    bySignature.set(signature, made)
    return made
  }

  const refine: Classes['refine'] = ({ conditions, namedPorts }, moved) => {
    change += 1
    if (conditions.length > 0 || namedPorts.length > 0) part(conditions, namedPorts, moved)
    signAll()
  }

  const part = (
    conditions: readonly number[],
    namedPorts: readonly number[],
    moved: (pod: string, to: Class) => void,
  ): void => {
    const freshFor = compiled.conditionsAmong(conditions)
    const outsideParts = externalParts(
      boundsOf(conditions.flatMap((number) => compiled.conditions[number] ?? [])),
      conditions.flatMap((number) => compiled.conditions[number] ?? []),
      namespaceLabels,
    )
    const partsOf = (one: Class): readonly Part[] => {
      const parts = new Map<string, Part>()
      const partFor = (endpoint: Endpoint, hits: Part['hits']): Part => {
        const ports = namedPorts.map((number) => portsAt(compiled, number, endpoint))
        const key = signatureOf(false, hits, ports.map(trafficKey))
        const found = parts.get(key) ?? { hits, ports, example: endpoint, pods: [], addresses: [] }
        parts.set(key, found)
        return found
      }
      for (const pod of one.pods.values()) partFor(pod, seen(pod, freshFor(pod))).pods.push(pod)
      if (one.addresses.length > 0) {
        for (const { endpoint, addresses, met } of outsideParts) {
          const shared = intersect(one.addresses, addresses)
          const [first] = shared
          if (first === undefined) continue
          const hits = met.map(([place, answer]) => [conditions[place] ?? -1, code[answer]] as const)
          const found = partFor({ ...endpoint, addresses: [first] }, hits)
          found.addresses = union(found.addresses, shared)
          found.example = { ...found.example, name: formatAddresses(found.addresses).join() }
        }
      }
      return [...parts.values()]
    }
    for (const one of [...all]) {
      const [kept, ...parted] = partsOf(one)
      if (kept === undefined) continue
      const before = { answers: one.answers, ports: [...one.ports], portKeys: [...one.portKeys] }
      for (const other of parted) {
        const traits = {
          answers: withAnswers(before.answers, other.hits),
          ports: [...before.ports, ...other.ports],
          portKeys: [...before.portKeys, ...other.ports.map(trafficKey)],
        }
        const hits = [...hitsOf(before), ...other.hits].map(([condition]) => condition)
        const made = add(traits, other.example, hits, one)
        for (const pod of other.pods) {
          one.pods.delete(pod.name)
          made.pods.set(pod.name, pod)
          moved(pod.name, made)
        }
        made.addresses = other.addresses
      }
      one.example = kept.example
      one.addresses = kept.addresses
      one.answers = withAnswers(one.answers, kept.hits)
      one.ports.push(...kept.ports)
      one.portKeys.push(...kept.ports.map(trafficKey))
      for (const [condition] of kept.hits) meetingOf(condition).push(one)
    }
  }

  /** Signatures speak of the conditions of the moment only. */
  const signAll = (): void => {
    bySignature.clear()
    for (const one of all) {
      if (one.pods.size === 0 && one.addresses.length === 0) continue
      const hits = compiled.conditionsFor(one.example).flatMap((condition): readonly (readonly [number, number])[] => {
        const answer = one.answers[condition] ?? 0
        return answer === 0 ? [] : [[condition, answer]]
      })
      bySignature.set(signatureOf(one.example.kind === 'external', hits, one.portKeys), one)
    }
  }

  return { all, meeting: (condition) => byCondition[condition] ?? [], classify, refine }
}

/** Pods, or addresses, of a class that answer the new conditions alike. */
interface Part {
  readonly hits: readonly (readonly [number, number])[]
  readonly ports: readonly Traffic[]
  example: Endpoint
  readonly pods: Endpoint[]
  addresses: Ranges<bigint>
}

const traitsOf = (compiled: Compiled, endpoint: Endpoint, hits: readonly (readonly [number, number])[]): Traits => {
  const ports = compiled.namedPorts.map((_, number) => portsAt(compiled, number, endpoint))
  return { answers: withAnswers(new Uint8Array(0), hits), ports, portKeys: ports.map(trafficKey) }
}

const portsAt = ({ namedPorts }: Compiled, number: number, endpoint: Endpoint): Traffic => {
  const ports = namedPorts[number]
  return ports === undefined ? noTraffic : resolvePorts(ports, endpoint)
}

const withAnswers = (before: Uint8Array, hits: readonly (readonly [number, number])[]): Uint8Array => {
  const last = hits.reduce((most, [condition]) => Math.max(most, condition), before.length - 1)
  const after = new Uint8Array(last + 1)
  after.set(before)
  for (const [condition, answer] of hits) after[condition] = answer
  return after
}

const hitsOf = ({ answers: given }: Traits): readonly (readonly [number, number])[] =>
  [...given].flatMap((answer, condition): readonly (readonly [number, number])[] =>
    answer === 0 ? [] : [[condition, answer]],
  )

const noPorts = trafficKey(noTraffic)

/** Equal for endpoints of one class. Ports that an endpoint does not have are left out, so that new ones change nothing. */
const signatureOf = (
  isExternal: boolean,
  hits: readonly (readonly [number, number])[],
  portKeys: readonly string[],
): string => {
  const told = hits.map(([condition, answer]) => (answer === 1 ? condition : `${condition}?`)).join()
  const ports = portKeys.flatMap((key, number) => (key === noPorts ? [] : [`${number}=${key}`]))
  return `${isExternal} ${told} ${ports.join('/')}`
}
