import { type Class, type Classes, createClasses, type EndpointClass } from './classes.ts'
import { type Compiled, compile } from './compile.ts'
import { exemption, judge, type Passage, type Verdict } from './evaluate.ts'
import { externalParts } from './external.ts'
import type { NamespaceLabels } from './match.ts'
import { type PassageId, type PassageTable, passageTable } from './passages.ts'
import { type CompiledProgramme, createProgrammes, type Programmes } from './programmes.ts'
import { union } from './ranges.ts'
import { type Relevance, relevanceOf } from './relevance.ts'
import { allTraffic } from './traffic.ts'
import type { Endpoint, Gate, Labels } from './types.ts'
import type { World } from './world.ts'

export type { EndpointClass } from './classes.ts'

/**
 * All connections of a cluster, by classes of endpoints: as large as its policies are varied, not as it has pods. What
 * is asked is computed once. Changes of pods, policies and namespaces are taken in place, and what they do not touch is
 * kept. Classes are those of the moment: after a change, ask for them again.
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
  /** Puts other policies in place of those that are there: see `readGates`. */
  readonly setGates: (gates: readonly Gate[]) => void
  /** Gives a namespace other labels. Pods whose identity comes from them have to be set again as well. */
  readonly setNamespace: (name: string, labels: Labels) => void
}

export const createReachability = ({ pods, gates, namespaceLabels }: Omit<World, 'problems'> | World): Reachability => {
  const changedLabels = new Map<string, Labels>()
  const labelsOf: NamespaceLabels = (name) => changedLabels.get(name) ?? namespaceLabels(name)
  let built = build(pods, gates, labelsOf)

  const all = (): readonly Endpoint[] => [...built.byPod].flatMap(([name, one]) => one.pods.get(name) ?? [])
  const present = (): readonly Class[] =>
    built.classes.all.filter((one) => one.pods.size > 0 || one.addresses.length > 0)
  const ours = (given: EndpointClass): Class => {
    const found = built.classes.all[given.id]
    if (found !== given) throw new RangeError(`class ${given.id} is of another reachability, or of before a change`)
    return found
  }
  return {
    classes: present,
    classOf: (pod) => built.byPod.get(pod),
    between: (source, destination) => built.passages.passage(between(built, ours(source), ours(destination))),
    betweenPods: (source, destination) => {
      const [from, to] = [built.byPod.get(source), built.byPod.get(destination)]
      const [one, other] = [from?.pods.get(source), to?.pods.get(destination)]
      if (from === undefined || to === undefined || one === undefined || other === undefined) return undefined
      if (exemption(one, other) !== undefined) return { allowed: allTraffic, possible: allTraffic }
      return built.passages.passage(between(built, from, to))
    },
    why: (source, destination) => judge(built.compiled.gates(), source, destination, labelsOf),
    eachPair: (visit) => {
      const ends = present().map((one) => ({ one, programmes: built.programmes.of(one) }))
      const inside = ends.filter(({ one }) => one.addresses.length === 0)
      for (const { one: source, programmes: out } of ends) {
        for (const { one: destination, programmes: into } of source.addresses.length > 0 ? inside : ends) {
          visit(source, destination, built.passages.passage(through(built, source, out, destination, into)))
        }
      }
    },
    setPod: (pod) => place(built, pod),
    removePod: (name) => {
      built.byPod.get(name)?.pods.delete(name)
      built.byPod.delete(name)
    },
    setGates: (next) => {
      change(built, next)
      if (isWorn(built, present().length)) built = build(all(), next, labelsOf)
    },
    setNamespace: (name, labels) => {
      changedLabels.set(name, labels)
      // Shapes know a namespace by its name only.
      built.byShape.clear()
      for (const pod of all()) if (pod.namespace === name) place(built, pod)
    },
  }
}

interface Built {
  readonly compiled: Compiled
  readonly classes: Classes
  readonly programmes: Programmes
  readonly passages: PassageTable
  relevance: Relevance
  readonly byShape: Map<string, Class>
  readonly byPod: Map<string, Class>
}

const build = (pods: readonly Endpoint[], gates: readonly Gate[], namespaceLabels: NamespaceLabels): Built => {
  const compiled = compile(gates)
  const classes = createClasses(compiled, namespaceLabels)
  const passages = passageTable()
  const relevance = relevanceOf(gates)
  const programmes = createProgrammes(compiled, classes, passages.idOf)
  const built = { compiled, classes, programmes, passages, relevance, byShape: new Map(), byPod: new Map() }
  for (const pod of pods) place(built, pod)
  const outsideParts = externalParts(relevance.addressBounds, compiled.conditions, namespaceLabels)
  for (const { endpoint, addresses, met } of outsideParts) {
    const found = classes.classify(endpoint, met)
    found.addresses = union(found.addresses, addresses)
  }
  return built
}

const place = ({ classes, relevance, byShape, byPod }: Built, pod: Endpoint): void => {
  const shape = relevance.shapeOf(pod)
  const found = byShape.get(shape) ?? classes.classify(pod)
  byShape.set(shape, found)
  byPod.get(pod.name)?.pods.delete(pod.name)
  found.pods.set(pod.name, pod)
  byPod.set(pod.name, found)
}

const between = (built: Built, source: Class, destination: Class): PassageId =>
  through(built, source, built.programmes.of(source), destination, built.programmes.of(destination))

/** By all gates: those of egress are the source's, those of ingress the destination's. */
const through = (
  { programmes, passages }: Built,
  source: Class,
  out: readonly CompiledProgramme[],
  destination: Class,
  into: readonly CompiledProgramme[],
): PassageId => {
  let id = passages.everything
  for (let gate = 0; gate < out.length; gate += 1) {
    const egress = out[gate]
    const ingress = into[gate]
    if (egress?.gate.direction === 'egress') id = passages.common(id, programmes.passage(egress, destination))
    else if (ingress !== undefined) id = passages.common(id, programmes.passage(ingress, source))
  }
  return id
}

const change = (built: Built, gates: readonly Gate[]): void => {
  const { compiled, classes, programmes, byPod, byShape } = built
  const changed = compiled.replace(gates)
  classes.refine(changed, (pod, to) => byPod.set(pod, to))
  built.relevance = relevanceOf(gates)
  byShape.clear()
  programmes.renew(
    (one) => changed.reordered || changed.subjects.some((condition) => (one.answers[condition] ?? 0) !== 0),
  )
}

/** Changes leave numbers behind that nothing asks about, and classes that nothing tells apart any more. */
const isWorn = ({ compiled, classes }: Built, present: number): boolean =>
  compiled.conditions.length > 2 * compiled.alive() + 200 ||
  compiled.namedPorts.length > 2 * compiled.aliveNamedPorts() + 200 ||
  classes.all.length > 2 * present + 200
