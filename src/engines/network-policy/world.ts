import { isObject, type JsonObject } from '../../model/json.ts'
import { readAddress } from './addresses.ts'
import { calicoTiers } from './calico.ts'
import { objectOf, type ReadOptions, readingOf, textOf } from './fields.ts'
import { istioGates } from './istio.ts'
import { isProtocol, type NamespaceLabels } from './match.ts'
import { identitiesOf } from './mesh.ts'
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
  const namespaces = new Map<string, Labels>()
  const nodes = new Map<string, Labels>()
  for (const object of objects) {
    const name = textOf(objectOf(object.metadata).name) ?? ''
    if (object.kind === 'Namespace') namespaces.set(name, namespaceLabelsOf(name, object))
    if (object.kind === 'Node') nodes.set(name, labelsOf(object))
  }
  const full: ReadOptions = { ipBlocks: 'pods too', nodesAreKnown: nodes.size > 0, ...options }
  const namespaceLabels: NamespaceLabels = (name) => namespaces.get(name) ?? unseenNamespace(name, namespaces)
  return {
    pods: objects.flatMap((object) => (object.kind === 'Pod' ? (readPod(object, nodes, namespaceLabels) ?? []) : [])),
    namespaceLabels,
    gates: readGates(objects, full, (problem) => problems.push(problem)),
    problems,
  }
}

/** The label that the API server puts on every namespace. */
const nameLabel = 'kubernetes.io/metadata.name'

const namespaceLabelsOf = (name: string, object: JsonObject): Labels => ({ ...labelsOf(object), [nameLabel]: name })

/** A namespace whose object was not read has the one label that each has. */
const unseenNamespace = (name: string, namespaces: Map<string, Labels>): Labels => {
  const labels: Labels = name === '' ? {} : { [nameLabel]: name }
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
  return [...network, ...istioGates(objects, options, tell)]
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
  nodes: ReadonlyMap<string, Labels>,
  namespaceLabels: NamespaceLabels,
): Endpoint | undefined => {
  const metadata = objectOf(object.metadata)
  const spec = objectOf(object.spec)
  const status = objectOf(object.status)
  if (status.phase === 'Succeeded' || status.phase === 'Failed') return undefined
  const namespace = textOf(metadata.namespace) || 'default'
  const node = textOf(spec.nodeName) ?? ''
  const onHost = spec.hostNetwork === true
  return {
    kind: onHost ? 'host' : 'pod',
    name: `${namespace}/${textOf(metadata.name) ?? ''}`,
    namespace,
    labels: onHost ? (nodes.get(node) ?? {}) : labelsOf(object),
    serviceAccount: textOf(spec.serviceAccountName) || 'default',
    node,
    addresses: addressesOf(status),
    ports: portsOfPod(spec),
    identities: onHost ? [] : identitiesOf(object, namespace, namespaceLabels(namespace)),
  }
}

const labelsOf = (object: JsonObject): Labels => {
  const labels = objectOf(objectOf(object.metadata).labels)
  return Object.fromEntries(
    Object.entries(labels).flatMap(([key, value]) => (typeof value === 'string' ? [[key, value]] : [])),
  )
}

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
    (Array.isArray(ports) ? ports.filter(isObject) : []).flatMap(({ name, protocol = 'TCP', containerPort }) =>
      typeof name === 'string' && isProtocol(protocol) && typeof containerPort === 'number'
        ? [{ name, protocol, port: containerPort }]
        : [],
    ),
  )
}
