import type { Detection, DetectionTarget } from '../../model/detection.ts'
import { parseEventId } from '../../model/event-id.ts'
import { stemOf } from './generated-name.ts'

/**
 * Who a detection is of, as far as grouping goes. `key` is unique over all kinds and clusters. Anonymous requests are of
 * their address, what a sensor saw is of its workload; infrastructure is told apart by what it works on, so that a
 * controller that touches everything does not make one case of everything.
 */
export interface Actor {
  readonly kind: 'principal' | 'infrastructure' | 'address' | 'place' | 'rule'
  readonly key: string
}

export const actorOf = (
  detection: Pick<
    Detection,
    'rule' | 'cluster' | 'principal' | 'sourceIp' | 'target' | 'verb' | 'pod' | 'node' | 'workload' | 'evidence'
  >,
): Actor => {
  const { cluster, principal, sourceIp, target, workload } = detection
  const actor = (kind: Actor['kind'], ...parts: readonly string[]): Actor => ({
    kind,
    key: [kind, cluster, ...parts].join(separator),
  })
  const told = isOfEvent(detection)
  if (told || isSensed(detection)) {
    const namespace = target.namespace
    // Of an Event the object may be another one of the workload: a ReplicaSet, a Job.
    const name = workload.slice(workload.indexOf('/') + 1)
    if (told && name !== '') return actor('place', namespace, name)
    if (detection.pod !== '') return actor('place', namespace, stemOf(detection.pod))
    if (told && target.name !== '') return actor('place', namespace, stemOf(target.name))
    if (detection.node !== '') return actor('place', '', detection.node)
  }
  if (!isAnonymous(principal)) {
    return isInfrastructure(principal)
      ? actor('infrastructure', principal, target.namespace, target.resource)
      : actor('principal', principal)
  }
  return sourceIp === '' ? actor('rule', detection.rule) : actor('address', sourceIp)
}

/** No Kubernetes name and no text that we make has it. */
export const separator = '\u0000'

/** The key that {@link actorOf} gives to what this user does. */
export const principalKey = (cluster: string, principal: string): string =>
  ['principal', cluster, principal].join(separator)

/** Seen by a sensor in a container or on a node, and not asked of the API server. */
export const isSensed = (detection: Pick<Detection, 'verb' | 'pod' | 'node' | 'evidence'>): boolean =>
  detection.verb === '' && (detection.pod !== '' || detection.node !== '') && !isOfEvent(detection)

/** Told by an Event object: a part of the cluster says what became of an object. Nobody acted. */
export const isOfEvent = ({ evidence }: Pick<Detection, 'evidence'>): boolean =>
  evidence[0] !== undefined && parseEventId(evidence[0])?.kind === 'event'

/** A request without credentials, or with ones that are worth nothing (401: the audit log then names nobody). */
export const isAnonymous = (principal: string): boolean => principal === '' || principal === 'system:anonymous'

const programs: ReadonlySet<string> = new Set([
  'system:apiserver',
  'system:kube-apiserver',
  'system:kube-controller-manager',
  'system:kube-scheduler',
  'system:kube-proxy',
  'system:cloud-controller-manager',
  'system:aggregator',
])

/**
 * The parts of the control plane and the nodes. The controllers of kube-controller-manager have service accounts in
 * kube-system (pkg/controller/clientbuilder): all that end in `-controller`, and some that are named otherwise.
 */
export const isInfrastructure = (principal: string): boolean => {
  if (programs.has(principal) || principal.startsWith('system:node:')) return true
  const account = kubeSystem.exec(principal)?.[1]
  return account !== undefined && (account.endsWith('-controller') || controllers.has(account))
}

const kubeSystem = /^system:serviceaccount:kube-system:([a-z0-9.-]+)$/
const controllers: ReadonlySet<string> = new Set([
  'generic-garbage-collector',
  'horizontal-pod-autoscaler',
  'pod-garbage-collector',
  'persistent-volume-binder',
  'bootstrap-signer',
  'token-cleaner',
  'root-ca-cert-publisher',
  'kube-apiserver-serving-clustertrustbundle-publisher',
  'legacy-service-account-token-cleaner',
  'kube-proxy',
])

/** Addresses that say nothing of who asked. */
export const isLocalAddress = (address: string): boolean =>
  address === '' || address.startsWith('127.') || address === '::1' || address === '0.0.0.0' || address === '::'

const podMakers: ReadonlySet<string> = new Set([
  'deployments',
  'daemonsets',
  'statefulsets',
  'replicasets',
  'replicationcontrollers',
  'jobs',
  'cronjobs',
])

const objectKey = (...parts: readonly string[]): string => parts.join(separator)

/** Keys of the object that a detection is about; empty where it names none. A pod is also a part of its workload. */
export const objectKeys = (cluster: string, target: DetectionTarget): readonly string[] => {
  const { group, resource, namespace, name } = target
  if (name === '' || resource === '') return []
  if (podMakers.has(resource)) return [objectKey(cluster, 'workload', namespace, name)]
  const self = objectKey(cluster, group, resource, namespace, name)
  if (resource !== 'pods') return [self]
  const stem = stemOf(name)
  return stem === name ? [self] : [self, objectKey(cluster, 'workload', namespace, stem)]
}

/** By these a person or program gets inside a pod. */
export const isTakeover = ({ resource, subresource }: DetectionTarget): boolean =>
  resource === 'pods' && ['exec', 'attach', 'portforward', 'ephemeralcontainers'].includes(subresource)

/** The object that a detection makes or takes over, by the key under which later detections find it; empty where none. */
export const madeBy = ({
  cluster,
  refused,
  code,
  verb,
  target,
}: Pick<Detection, 'cluster' | 'refused' | 'code' | 'verb' | 'target'>): string => {
  if (refused || code >= 400) return ''
  const made = verb === 'create' && target.subresource === ''
  return made || isTakeover(target) ? (objectKeys(cluster, target)[0] ?? '') : ''
}
