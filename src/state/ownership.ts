import { isObject } from '../model/json.ts'
import type { ObjectRef, ObjectVersion, OwnerReference } from '../model/object.ts'
import { splitApiVersion } from '../model/object.ts'

/** Chains of owners are three or four long; a longer one is a mistake or an attack, and is cut. */
export const maxOwners = 16

/**
 * The reference to the controller of an object: the owner that made it and would make it again. A mirror pod has its Node
 * as controller, but nobody makes it again from there, so it counts as having none.
 */
export const controllerOf = (object: ObjectVersion): OwnerReference | undefined => {
  const owners: unknown = object.body.metadata?.ownerReferences
  if (!Array.isArray(owners)) return undefined
  return owners.slice(0, 256).find(isController)
}

const isController = (owner: unknown): owner is OwnerReference =>
  isObject(owner) &&
  owner.controller === true &&
  [owner.apiVersion, owner.kind, owner.name, owner.uid].every((value) => typeof value === 'string' && value !== '') &&
  !(owner.apiVersion === 'v1' && owner.kind === 'Node')

/**
 * The owners of an object, from its controller to the top. An owner that is not in the state (we may not list its kind,
 * or it is gone) is known by what its dependant says of it; above a missing ReplicaSet the Deployment is known by name.
 */
export const ownerChain = (
  object: ObjectVersion,
  byUid: (uid: string) => ObjectVersion | undefined,
): readonly ObjectRef[] => {
  const chain: ObjectRef[] = []
  const seen = new Set([object.uid])
  let current = object
  while (chain.length < maxOwners) {
    const reference = controllerOf(current)
    if (!reference || seen.has(reference.uid)) break
    seen.add(reference.uid)
    const owner = byUid(reference.uid)
    if (!owner) {
      const missing = missingOwner(reference, current)
      chain.push(missing)
      const deployment = deploymentAbove(missing, current)
      if (deployment) chain.push(deployment)
      break
    }
    chain.push(owner.ref)
    current = owner
  }
  return chain
}

/** A controller is in the namespace of its dependants, or cluster-scoped; the namespace is by far the likelier. */
const missingOwner = (reference: OwnerReference, dependant: ObjectVersion): ObjectRef => ({
  ...splitApiVersion(reference.apiVersion),
  kind: reference.kind,
  resource: '',
  namespace: dependant.ref.namespace,
  name: reference.name,
})

/** A ReplicaSet of a Deployment is named `<deployment>-<pod-template-hash>`, and its pods carry the hash as a label. */
const deploymentAbove = (owner: ObjectRef, pod: ObjectVersion): ObjectRef | undefined => {
  if (owner.group !== 'apps' || owner.kind !== 'ReplicaSet') return undefined
  const hash: unknown = pod.body.metadata?.labels?.['pod-template-hash']
  if (typeof hash !== 'string' || hash === '' || !owner.name.endsWith(`-${hash}`)) return undefined
  return { ...owner, kind: 'Deployment', resource: 'deployments', name: owner.name.slice(0, -hash.length - 1) }
}

/** Kinds that make pods from a template, with Pod itself. */
const workloadKinds: ReadonlySet<string> = new Set([
  '/Pod',
  '/ReplicationController',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'apps/DaemonSet',
  'batch/Job',
  'batch/CronJob',
])

/** True for the kinds that are workloads, or parts of one. */
export const isWorkloadKind = ({ group, kind }: Pick<ObjectRef, 'group' | 'kind'>): boolean =>
  workloadKinds.has(`${group}/${kind}`)

/**
 * The workload of a pod or pod maker: the highest in its chain of owners that makes pods from a template, which is where a
 * person mends it (a Deployment, though an operator's custom resource owns that). A pod or a ReplicaSet is a replica: when
 * only a custom resource stands above it, the workload is the topmost of those (a Rollout, a Workflow).
 */
export const workloadIn = (self: ObjectRef, owners: readonly ObjectRef[]): ObjectRef => {
  const maker = owners.findLast(isWorkloadKind) ?? self
  return isReplica(maker) ? (owners.at(-1) ?? self) : maker
}

const isReplica = ({ group, kind }: ObjectRef): boolean =>
  (group === '' && kind === 'Pod') || (group === 'apps' && kind === 'ReplicaSet')
