import type { JsonObject } from '../../model/json.ts'
import { objectOf, type ReadOptions, textOf } from './fields.ts'
import { linkerdConflicts } from './linkerd.ts'
import { createReachability, type Reachability } from './reachability.ts'
import type { Endpoint, Gate, PolicyProblem } from './types.ts'
import { readGates, readPod, readSurroundings, type Surroundings, type World } from './world.ts'

/** A cluster whose objects change. All connections follow them; what a change does not touch is kept. */
export interface FollowedWorld {
  readonly reachability: Reachability
  /** As it is now. */
  readonly world: () => World
  /** Takes objects in the place of those of the same name, and others away. Kinds without a say are passed over. */
  readonly apply: (change: WorldChange) => void
}

export interface WorldChange {
  readonly set?: readonly JsonObject[]
  /** Only what names an object is looked at: `apiVersion`, `kind`, and its metadata's `namespace` and `name`. */
  readonly remove?: readonly JsonObject[]
}

/** Follows the objects that `readWorld` reads. */
export const followWorld = (objects: readonly JsonObject[], options: Partial<ReadOptions> = {}): FollowedWorld => {
  /** By what they are, then by their key. */
  const kept: Kept = { Pod: new Map(), Namespace: new Map(), Node: new Map(), policy: new Map() }
  for (const object of objects) {
    const sort = sortOf(object)
    if (sort !== undefined) kept[sort].set(keyOf(object), object)
  }
  let surroundings = surroundingsOf(kept, options)
  const pods = new Map<string, Endpoint>()
  for (const object of kept.Pod.values()) {
    const pod = readPod(object, surroundings)
    if (pod !== undefined) pods.set(pod.name, pod)
  }
  let gates: readonly Gate[] = []
  let problems: readonly PolicyProblem[] = []

  const readPolicies = (): void => {
    const told: PolicyProblem[] = []
    // One pod of Linkerd's mesh is enough to know that there is one.
    const [meshed] = [...pods.values()].filter((pod) => pod.inboundDefault !== '')
    const mesh = meshed === undefined ? undefined : kept.Pod.get(podKey(meshed))
    const all = [...kept.policy.values(), ...kept.Namespace.values(), ...(mesh === undefined ? [] : [mesh])]
    gates = readGates(all, surroundings.options, (problem) => told.push(problem))
    problems = told
  }
  readPolicies()
  const { namespaceLabels } = surroundings
  const reachability = createReachability({ pods: [...pods.values()], gates, namespaceLabels })

  const readAgain = (object: JsonObject): void => {
    const pod = readPod(object, surroundings)
    const name = nameOf(object)
    if (pod === undefined) {
      pods.delete(name)
      reachability.removePod(name)
    } else {
      pods.set(name, pod)
      reachability.setPod(pod)
    }
  }

  return {
    reachability,
    world: () => {
      const told = [...problems]
      linkerdConflicts(gates, [...pods.values()], surroundings.namespaceLabels, (problem) => told.push(problem))
      return { pods: [...pods.values()], namespaceLabels: surroundings.namespaceLabels, gates, problems: told }
    },
    apply: ({ set = [], remove = [] }) => {
      const touched = { pods: new Map<string, JsonObject>(), namespaces: new Set<string>(), nodes: new Set<string>() }
      const knewMesh = hasMesh(pods)
      let policies = false
      for (const [object, isThere] of [
        ...remove.map((one) => [one, false] as const),
        ...set.map((one) => [one, true] as const),
      ]) {
        const sort = sortOf(object)
        if (sort === undefined) continue
        const key = keyOf(object)
        const before = kept[sort].get(key)
        if (isThere) kept[sort].set(key, object)
        else kept[sort].delete(key)
        const name = textOf(objectOf(object.metadata).name) ?? ''
        if (sort === 'policy') policies = true
        if (sort === 'Pod') touched.pods.set(key, isThere ? object : { ...object, status: ended })
        if (sort === 'Namespace') touched.namespaces.add(name)
        if (sort === 'Node') touched.nodes.add(name)
        // Without nodes, what asks for them is not known.
        if (sort === 'Node' && (before === undefined) === isThere && kept.Node.size <= 1) policies = true
      }
      if (touched.namespaces.size + touched.nodes.size > 0) surroundings = surroundingsOf(kept, options)
      for (const name of touched.namespaces) reachability.setNamespace(name, surroundings.namespaceLabels(name))
      if (touched.namespaces.size + touched.nodes.size > 0) {
        for (const [key, object] of kept.Pod) {
          const { namespace, node } = pods.get(nameOf(object)) ?? { namespace: '', node: '' }
          if (touched.namespaces.has(namespace) || touched.nodes.has(node)) touched.pods.set(key, object)
        }
      }
      for (const object of touched.pods.values()) readAgain(object)
      if (policies || touched.namespaces.size > 0 || knewMesh !== hasMesh(pods)) {
        readPolicies()
        reachability.setGates(gates)
      }
    },
  }
}

const ended: JsonObject = { phase: 'Succeeded' }

const hasMesh = (pods: ReadonlyMap<string, Endpoint>): boolean => {
  for (const pod of pods.values()) if (pod.inboundDefault !== '') return true
  return false
}

type Sort = 'Pod' | 'Namespace' | 'Node' | 'policy'
type Kept = Readonly<Record<Sort, Map<string, JsonObject>>>

const surroundingsOf = (kept: Kept, options: Partial<ReadOptions>): Surroundings =>
  readSurroundings([...kept.Namespace.values(), ...kept.Node.values()], options)

const policyGroups = [
  ...['networking.k8s.io', 'policy.networking.k8s.io', 'projectcalico.org', 'crd.projectcalico.org', 'cilium.io'],
  ...['security.istio.io', 'policy.linkerd.io', 'gateway.networking.k8s.io'],
]

/** Undefined for kinds without a say. */
const sortOf = ({ apiVersion, kind }: JsonObject): Sort | undefined => {
  const group = textOf(apiVersion)?.split('/')
  if (group?.length === 1) return kind === 'Pod' || kind === 'Namespace' || kind === 'Node' ? kind : undefined
  return policyGroups.includes(group?.[0] ?? '') ? 'policy' : undefined
}

const keyOf = (object: JsonObject): string =>
  JSON.stringify([textOf(object.apiVersion)?.split('/')[0], object.kind, nameOf(object)])

const podKey = ({ name }: Endpoint): string => JSON.stringify(['v1', 'Pod', name])

const nameOf = ({ metadata }: JsonObject): string => {
  const { namespace, name } = objectOf(metadata)
  return `${textOf(namespace) || 'default'}/${textOf(name) ?? ''}`
}
