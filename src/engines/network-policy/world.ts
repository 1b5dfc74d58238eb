import { isObject, type JsonObject } from '../../model/json.ts'
import { readAddress } from './addresses.ts'
import { calicoTiers } from './calico.ts'
import { objectOf, type ReadOptions, readDefaults, readingOf, serviceAccountOf, textOf } from './fields.ts'
import { istioGates } from './istio.ts'
import { linkerdConflicts, linkerdGates } from './linkerd.ts'
import { type NamespaceLabels, protocolOf } from './match.ts'
import { meshOf, type NamespaceMetadata } from './mesh.ts'
import { type CiliumPolicies, readCiliumPolicy } from './read-cilium.ts'
import { type ClusterPolicy, readClusterPolicy } from './read-cluster-policy.ts'
import { readNetworkPolicy } from './read-network-policy.ts'
import type { Endpoint, Gate, Labels, NamedPort, Policy, PolicyProblem, Tier } from './types.ts'

/** A cluster as far as connections go. */
export interface World {
  readonly pods: readonly Endpoint[]
  readonly namespaceLabels: NamespaceLabels
  readonly gates: readonly Gate[]
  readonly problems: readonly PolicyProblem[]
}

/**
 * Reads Kubernetes objects: Namespace, Node, Pod, NetworkPolicy, AdminNetworkPolicy, BaselineAdminNetworkPolicy and
 * ClusterNetworkPolicy. Other kinds are passed over; see `podOfWorkload` for manifests without pods.
 */
export const readWorld = (objects: readonly JsonObject[], options: Partial<ReadOptions> = {}): World => {
  const problems: PolicyProblem[] = []
  const tell = (problem: PolicyProblem): void => {
    problems.push(problem)
  }
  const surroundings = readSurroundings(objects, options)
  const pods = objects.flatMap((object) => (object.kind === 'Pod' ? (readPod(object, surroundings) ?? []) : []))
  const gates = readGates(objects, surroundings.options, tell)
  linkerdConflicts(gates, pods, surroundings.namespaceLabels, tell)
  return { pods, namespaceLabels: surroundings.namespaceLabels, gates, problems }
}

/** What a pod is read with. */
export interface Surroundings {
  readonly nodes: ReadonlyMap<string, Labels>
  readonly namespaceLabels: NamespaceLabels
  readonly namespaceAnnotations: (namespace: string) => Labels
  readonly options: ReadOptions
}

/** Namespaces and nodes among the objects. */
export const readSurroundings = (objects: readonly JsonObject[], options: Partial<ReadOptions> = {}): Surroundings => {
  const namespaces = new Map<string, NamespaceMetadata>()
  const nodes = new Map<string, Labels>()
  for (const object of objects) {
    const name = textOf(objectOf(object.metadata).name) ?? ''
    if (object.kind === 'Namespace') namespaces.set(name, namespaceOf(name, object))
    if (object.kind === 'Node') nodes.set(name, textsOf(object, 'labels'))
  }
  const unseen = new Map<string, Labels>()
  return {
    nodes,
    namespaceLabels: (name) => namespaces.get(name)?.labels ?? unseenNamespace(name, unseen),
    namespaceAnnotations: (name) => namespaces.get(name)?.annotations ?? {},
    options: { ...readDefaults, nodesAreKnown: nodes.size > 0, ...options },
  }
}

/** The label that the API server puts on every namespace. */
const nameLabel = 'kubernetes.io/metadata.name'

const namespaceOf = (name: string, object: JsonObject): NamespaceMetadata => ({
  labels: { ...textsOf(object, 'labels'), [nameLabel]: name },
  annotations: textsOf(object, 'annotations'),
})

/** A namespace whose object was not read has the one label that each has. */
const unseenNamespace = (name: string, namespaces: Map<string, Labels>): Labels => {
  const labels: Labels = namespaces.get(name) ?? (name === '' ? {} : { [nameLabel]: name })
  namespaces.set(name, labels)
  return labels
}

/** The gates that these policies make; problems with them go to `tell`. */
export const readGates = (
  objects: readonly JsonObject[],
  options: ReadOptions,
  tell: (problem: PolicyProblem) => void,
): readonly Gate[] => {
  const namespaced: Policy[] = []
  const cluster: ClusterPolicy[] = []
  const denials: Policy[] = []
  // Cilium allows what any policy allows, Kubernetes' own among them, unless one denies it.
  const collect = (cilium: CiliumPolicies): void => {
    denials.push(...cilium.denials)
    namespaced.push(...cilium.allowances)
  }
  for (const object of objects) {
    const group = textOf(object.apiVersion)?.split('/')[0] ?? ''
    if (group === 'networking.k8s.io' && object.kind === 'NetworkPolicy') {
      namespaced.push(...readNetworkPolicy(object, readingOf(object, options, tell, true)))
    } else if (group === 'cilium.io' && object.kind === 'CiliumNetworkPolicy') {
      collect(readCiliumPolicy(object, readingOf(object, options, tell, true)))
    } else if (group === 'cilium.io' && object.kind === 'CiliumClusterwideNetworkPolicy') {
      collect(readCiliumPolicy(object, readingOf(object, options, tell, false)))
    } else if (group === 'policy.networking.k8s.io') {
      const policy = readClusterPolicy(object, readingOf(object, options, tell, false))
      if (policy !== undefined) cluster.push(policy)
    }
  }
  const tiers: readonly Tier[] = [
    { name: 'Admin', policies: inOrder(cluster, 'Admin', tell) },
    ...(calicoTiers(objects, namespaced, options, tell) ?? [
      { name: 'NetworkPolicy', policies: [...denials, ...namespaced] },
    ]),
    { name: 'Baseline', policies: inOrder(cluster, 'Baseline', tell) },
  ]
  const network = (['egress', 'ingress'] as const).map((direction) => ({
    name: `network ${direction}`,
    direction,
    tiers: tiers.flatMap(({ name, policies }) => {
      const ours = policies.filter((policy) => policy.direction === direction)
      return ours.length === 0 ? [] : [{ name, policies: ours }]
    }),
  }))
  return [...network, ...istioGates(objects, options, tell), ...linkerdGates(objects, options, tell)]
}

/** By priority; the API leaves open which of two with the same goes first, so that is told, and the name decides. */
const inOrder = (
  cluster: readonly ClusterPolicy[],
  tier: ClusterPolicy['tier'],
  tell: (problem: PolicyProblem) => void,
): readonly Policy[] => {
  const name = ({ policies }: ClusterPolicy): string => policies[0]?.ref.name ?? ''
  const sorted = cluster
    .filter((one) => one.tier === tier && one.policies.length > 0)
    .sort((a, b) => a.priority - b.priority || (name(a) < name(b) ? -1 : 1))
  for (const [index, one] of sorted.entries()) {
    const before = sorted[index - 1]
    const ref = one.policies[0]?.ref
    if (before?.priority === one.priority && ref !== undefined)
      tell({ ref, path: 'spec.priority', what: `is that of ${name(before)} too: which goes first is not defined` })
  }
  return sorted.flatMap(({ policies }) => policies)
}

/** A pod as an endpoint; undefined once it has ended, since it then sends and receives nothing. */
export const readPod = (
  object: JsonObject,
  { nodes, namespaceLabels, namespaceAnnotations, options }: Surroundings,
): Endpoint | undefined => {
  const metadata = objectOf(object.metadata)
  const spec = objectOf(object.spec)
  const status = objectOf(object.status)
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return undefined
  const namespace = textOf(metadata.namespace) || 'default'
  const node = textOf(spec.nodeName) ?? ''
  const onHost = spec.hostNetwork === true
  const around = { labels: namespaceLabels(namespace), annotations: namespaceAnnotations(namespace) }
  const mesh = onHost ? { identities: [], inboundDefault: '', ports: [] } : meshOf(object, namespace, around, options)
  return {
    kind: onHost ? 'host' : 'pod',
    name: `${namespace}/${textOf(metadata.name) ?? ''}`,
    namespace,
    labels: onHost ? (nodes.get(node) ?? {}) : textsOf(object, 'labels'),
    serviceAccount: serviceAccountOf(spec),
    node,
    addresses: addressesOf(status),
    identities: mesh.identities,
    inboundDefault: mesh.inboundDefault,
    ports: [...portsOfPod(spec), ...mesh.ports],
  }
}

/** Labels or annotations. */
const textsOf = (object: JsonObject, field: 'labels' | 'annotations'): Labels =>
  Object.fromEntries(
    Object.entries(objectOf(objectOf(object.metadata)[field])).flatMap(([key, value]) =>
      typeof value === 'string' ? [[key, value]] : [],
    ),
  )

const addressesOf = (status: JsonObject): readonly bigint[] => {
  const listed = Array.isArray(status.podIPs) ? status.podIPs.map((one) => textOf(objectOf(one).ip)) : []
  const texts = new Set([textOf(status.podIP), ...listed].filter((text) => text !== undefined && text !== ''))
  return [...texts].flatMap((text) => readAddress(text ?? '') ?? [])
}

/** Of containers that run along, sidecars included, as Kubernetes' own lookup of a port's name does. */
const portsOfPod = (spec: JsonObject): readonly NamedPort[] => {
  const lists = [spec.containers, spec.initContainers].map((list) => (Array.isArray(list) ? list.filter(isObject) : []))
  const [containers = [], initContainers = []] = lists
  const running = [...containers, ...initContainers.filter((one) => one.restartPolicy === 'Always')]
  return running.flatMap(({ ports }) =>
    (Array.isArray(ports) ? ports.filter(isObject) : []).flatMap(({ name, protocol: given, containerPort }) => {
      const protocol = protocolOf(given)
      return typeof name === 'string' && protocol !== undefined && typeof containerPort === 'number'
        ? [{ name, protocol, port: containerPort }]
        : []
    }),
  )
}
