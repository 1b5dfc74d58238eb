import type { Compiled } from './compile.ts'
import { compile } from './compile.ts'
import { exemption, judge, type Passage, type Programme, programmeOf, run, type Verdict } from './evaluate.ts'
import { externalParts } from './external.ts'
import { type Answer, matches, resolvePorts } from './match.ts'
import { type PassageId, passageTable } from './passages.ts'
import { type Ranges, union } from './ranges.ts'
import { relevanceOf } from './relevance.ts'
import { allTraffic, noTraffic, type Traffic, trafficKey } from './traffic.ts'
import type { Endpoint, Gate } from './types.ts'
import type { World } from './world.ts'

/** Endpoints that no policy tells apart. Either pods, or addresses outside of the cluster. */
export interface EndpointClass {
  readonly id: number
  /** One of them, which stands for all. */
  readonly example: Endpoint
  readonly pods: ReadonlyMap<string, Endpoint>
  /** Addresses outside of the cluster; empty for a class of pods. */
  readonly addresses: Ranges<bigint>
}

/**
 * All connections of a cluster, by classes of endpoints: as large as its policies are varied, not as it has pods. What
 * is asked is computed once. Changes of pods are taken in place; for other policies or namespaces build it anew.
 */
export interface Reachability {
  /** Those without pods or addresses are passed over. */
  readonly classes: () => readonly EndpointClass[]
  readonly classOf: (pod: string) => EndpointClass | undefined
  /** What one class can send to another. A pod to itself, or a node to its own pods, is not a matter of classes. */
  readonly between: (source: EndpointClass, destination: EndpointClass) => Passage
  /** What a pod (`namespace/name`) can send to another; undefined where one is not there. */
  readonly betweenPods: (source: string, destination: string) => Passage | undefined
  /** With the policies that decided. */
  readonly why: (source: Endpoint, destination: Endpoint) => Verdict
  /** Every ordered pair of classes, but not two that are both external. */
  readonly eachPair: (visit: (source: EndpointClass, destination: EndpointClass, passage: Passage) => void) => void
  /** Adds a pod, or puts it in place of the one of the same name. */
  readonly setPod: (pod: Endpoint) => void
  readonly removePod: (name: string) => void
}

export const createReachability = ({ pods, gates, namespaceLabels }: World): Reachability => {
  const relevance = relevanceOf(gates)
  const compiled = compile(gates)
  const passages = passageTable()
  const classes: Class[] = []
  /** Classes that meet a condition, or may. */
  const classesByCondition = compiled.conditions.map((): Class[] => [])
  const byShape = new Map<string, Class>()
  const bySignature = new Map<string, Class>()
  const byPod = new Map<string, Class>()
  const programmes = gates.map(() => new Map<string, CompiledProgramme>())

  const classify = (endpoint: Endpoint): Class => {
    const answers = new Uint8Array(compiled.conditions.length)
    const hits: number[] = []
    for (const condition of compiled.conditionsFor(endpoint)) {
      const match = compiled.conditions[condition]
      const answer = match === undefined ? 0 : code[matches(match, endpoint, namespaceLabels)]
      if (answer === 0) continue
      answers[condition] = answer
      hits.push(condition)
    }
    const ports = compiled.namedPorts.map((one) => resolvePorts(one, endpoint))
    const portKeys = ports.map(trafficKey)
    const told = hits.map((condition) => (answers[condition] === 1 ? condition : `${condition}?`)).join()
    const signature = `${endpoint.kind === 'external'} ${told} ${portKeys.join('/')}`
    const known = bySignature.get(signature)
    if (known !== undefined) return known
    const subject = { answers, ports, portKeys }
    const made: Class = {
      ...subject,
      id: classes.length,
      example: endpoint,
      pods: new Map(),
      addresses: [],
      programmes: gates.map((gate, index) => programmeFor(gate, index, subject)),
    }
    classes.push(made)
    for (const condition of hits) classesByCondition[condition]?.push(made)
    bySignature.set(signature, made)
    return made
  }

  const programmeFor = (gate: Gate, index: number, subject: Traits): CompiledProgramme => {
    const programme = programmeOf(gate, (policy) => answerAt(subject, compiled.subjectOf(policy)))
    const policies = programme.flatMap((tier) => tier.policies)
    const numbers = policies.map(({ policy, certain }) => `${compiled.policyId(policy)}${certain ? '' : '?'}`)
    const isIngress = gate.direction === 'ingress'
    const rules = policies
      .flatMap(({ policy }) => policy.rules)
      .map((rule) => ({ peer: compiled.peerOf(rule), named: compiled.namedPortsOf(rule) }))
    // At ingress the subject is the destination: its own ports are part of what the programme says.
    const own = isIngress ? rules.map(({ named }) => (named === undefined ? '' : subject.portKeys[named])) : []
    const key = `${numbers.join()} ${own.join('/')}`
    const known = programmes[index]?.get(key)
    if (known !== undefined) return known
    const made: CompiledProgramme = { gate, programme, subject, rules, row: new Uint32Array(0) }
    programmes[index]?.set(key, made)
    return made
  }

  const passageId = (programme: CompiledProgramme, peer: Class): PassageId => {
    if ((programme.row[peer.id] ?? 0) === 0) fillRow(programme, classes, classesByCondition, compiled, passages.idOf)
    return programme.row[peer.id] ?? 0
  }

  const isEgress = gates.map(({ direction }) => direction === 'egress')
  const between = (source: Class, destination: Class): PassageId => {
    let id = passages.everything
    for (let gate = 0; gate < isEgress.length; gate += 1) {
      const programme = (isEgress[gate] ? source : destination).programmes[gate]
      const peer = isEgress[gate] ? destination : source
      if (programme !== undefined) id = passages.common(id, passageId(programme, peer))
    }
    return id
  }

  const setPod = (pod: Endpoint): void => {
    const shape = relevance.shapeOf(pod)
    const found = byShape.get(shape) ?? classify(pod)
    byShape.set(shape, found)
    byPod.get(pod.name)?.pods.delete(pod.name)
    found.pods.set(pod.name, pod)
    byPod.set(pod.name, found)
  }

  for (const pod of pods) setPod(pod)
  for (const { endpoint, addresses } of externalParts(relevance.addressBounds, compiled.conditions, namespaceLabels)) {
    const found = classify(endpoint)
    found.addresses = union(found.addresses, addresses)
  }

  const present = (): readonly Class[] => classes.filter((one) => one.pods.size > 0 || one.addresses.length > 0)
  const ours = ({ id }: EndpointClass): Class => {
    const found = classes[id]
    if (found === undefined) throw new RangeError(`there is no class ${id} here: it is of another reachability`)
    return found
  }
  return {
    classes: present,
    classOf: (pod) => byPod.get(pod),
    between: (source, destination) => passages.passage(between(ours(source), ours(destination))),
    betweenPods: (source, destination) => {
      const [from, to] = [byPod.get(source), byPod.get(destination)]
      const [one, other] = [from?.pods.get(source), to?.pods.get(destination)]
      if (from === undefined || to === undefined || one === undefined || other === undefined) return undefined
      if (exemption(one, other) !== undefined) return { allowed: allTraffic, possible: allTraffic }
      return passages.passage(between(from, to))
    },
    why: (source, destination) => judge(gates, source, destination, namespaceLabels),
    eachPair: (visit) => {
      const all = present()
      for (const source of all) {
        for (const destination of all) {
          if (source.addresses.length > 0 && destination.addresses.length > 0) continue
          visit(source, destination, passages.passage(between(source, destination)))
        }
      }
    },
    setPod,
    removePod: (name) => {
      byPod.get(name)?.pods.delete(name)
      byPod.delete(name)
    },
  }
}

/** What policies see of a class. */
interface Traits {
  /** By the number of the condition, in the code below. */
  readonly answers: Uint8Array
  /** Of the sets of ports with names, by their number: the traffic with this class as the destination. */
  readonly ports: readonly Traffic[]
  readonly portKeys: readonly string[]
}

interface Class extends EndpointClass, Traits {
  readonly pods: Map<string, Endpoint>
  addresses: Ranges<bigint>
  /** By the number of the gate. */
  readonly programmes: readonly CompiledProgramme[]
}

/** The policies that select a class, and what they let pass to or from each class. */
interface CompiledProgramme {
  readonly gate: Gate
  readonly programme: Programme
  readonly subject: Traits
  /** In order: the number of the peer's condition, and of the ports among those with names. */
  readonly rules: readonly { readonly peer: number; readonly named: number | undefined }[]
  /** By the number of the class; 0 is not computed yet. */
  row: Uint32Array
}

const answers: readonly Answer[] = ['no', 'yes', 'maybe']
const code: Readonly<Record<Answer, number>> = { no: 0, yes: 1, maybe: 2 }
const answerAt = (traits: Traits, condition: number): Answer => answers[traits.answers[condition] ?? 0] ?? 'no'

/** Fills in what is missing. Classes that meet the same rules of the programme, with the same ports, are run once. */
const fillRow = (
  target: CompiledProgramme,
  classes: readonly Class[],
  classesByCondition: readonly (readonly Class[])[],
  compiled: Compiled,
  idOf: (passage: Passage) => PassageId,
): void => {
  const { gate, programme, subject, rules } = target
  const isEgress = gate.direction === 'egress'
  const passageOf = (peer: Traits | undefined): PassageId => {
    const { ports } = isEgress && peer !== undefined ? peer : subject
    const passage = run(
      gate,
      programme,
      (rule) => (peer === undefined ? 'no' : answerAt(peer, compiled.peerOf(rule))),
      (rule) => compiled.fixedPorts(rule) ?? ports[compiled.namedPortsOf(rule) ?? -1] ?? noTraffic,
    )
    return idOf(passage)
  }
  // A class that meets no rule is the rule: only the others are looked at one by one.
  const row = new Uint32Array(classes.length + 16).fill(passageOf(undefined), 0, classes.length)
  const hits = new Map<Class, string>()
  for (const [index, { peer, named }] of rules.entries()) {
    for (const one of classesByCondition[peer] ?? []) {
      const mark = one.answers[peer] === 1 ? '' : '?'
      const port = isEgress && named !== undefined ? `:${one.portKeys[named]}` : ''
      hits.set(one, `${hits.get(one) ?? ''}${index}${mark}${port},`)
    }
  }
  const byHits = new Map<string, PassageId>()
  for (const [one, text] of hits) {
    const id = byHits.get(text) ?? passageOf(one)
    byHits.set(text, id)
    row[one.id] = id
  }
  target.row = row
}
