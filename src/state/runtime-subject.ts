import type { WorkloadRef } from '../model/finding.ts'
import { isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { RuntimeRecord } from '../model/record.ts'
import type { Snapshot } from './snapshot.ts'

/** How the pod of a runtime record was found: the surest way that led to one. */
export type FoundBy = 'pod uid' | 'container id' | 'pod name'

/**
 * What a runtime record happened in, as the cluster was at the moment of the snapshot. What the record says itself is
 * kept; what neither it nor the state knows is an empty text.
 */
export type RuntimeSubject =
  | {
      readonly kind: 'pod'
      readonly foundBy: FoundBy
      readonly pod: ObjectVersion
      readonly workload: WorkloadRef | undefined
      readonly namespace: string
      /** `system:serviceaccount:shop:web`: whom the processes of the pod act as towards the API server. */
      readonly serviceAccount: string
      readonly node: string
      /** Name in the pod. */
      readonly container: string
      readonly image: string
    }
  /** A process of the node itself. */
  | { readonly kind: 'node'; readonly node: string }
  /** `why` says for a person what is missing: the pod is gone, or the sensor did not know it. */
  | { readonly kind: 'unknown'; readonly why: string; readonly node: string }

/**
 * The pod, workload, service account, node and image behind a runtime record. `snapshot` should be the cluster as of the
 * record's time: pods are short-lived, and names are given again. Takes constant time where the pod's name is known, else
 * time linear in the pods (of the namespace, where that is known).
 */
export const runtimeSubject = (snapshot: Snapshot, record: RuntimeRecord): RuntimeSubject => {
  const { node, pod, namespace, podUid, containerId } = record
  if (pod === '' && podUid === '' && containerId === '') {
    if (record.process === undefined) return { kind: 'unknown', why: 'the event names no process', node }
    // Falco and Tetragon name the container of a process wherever there is one.
    return { kind: 'node', node }
  }
  const found = findPod(snapshot, record)
  if (typeof found === 'string') return { kind: 'unknown', why: found, node }
  const spec = part(found.pod.body.spec)
  const container = containerOf(found.pod, record)
  const account = text(spec.serviceAccountName) || 'default'
  return {
    kind: 'pod',
    foundBy: found.by,
    pod: found.pod,
    workload: snapshot.workloadOf(found.pod.ref),
    namespace: found.pod.ref.namespace || namespace,
    serviceAccount: `system:serviceaccount:${found.pod.ref.namespace}:${account}`,
    node: text(spec.nodeName) || node,
    container: record.container || text(container?.name),
    image: record.image || text(container?.image),
  }
}

interface Found {
  readonly pod: ObjectVersion
  readonly by: FoundBy
}

const findPod = (snapshot: Snapshot, record: RuntimeRecord): Found | string => {
  const { pod: name, namespace, podUid, containerId } = record
  const named = name === '' ? undefined : snapshot.get({ group: '', kind: 'Pod', namespace, name })
  if (named !== undefined) return whoseName(named, record)
  if (podUid !== '') {
    const pod = first(snapshot, namespace, (one) => one.uid === podUid)
    if (pod) return { pod, by: 'pod uid' }
  }
  if (containerId !== '') {
    const pod = first(snapshot, namespace, (one) => statusesOf(one).some((status) => isContainer(status, containerId)))
    if (pod) return { pod, by: 'container id' }
  }
  if (name === '') return 'no pod in the state has this container'
  return `the pod ${namespace}/${name} is not in the state`
}

/** A pod of the record's name: the very one, unless the uid or the container says that it is a later one. */
const whoseName = (
  pod: ObjectVersion,
  { podUid, containerId, namespace, pod: name }: RuntimeRecord,
): Found | string => {
  if (podUid !== '') {
    return pod.uid === podUid
      ? { pod, by: 'pod uid' }
      : `the pod ${namespace}/${name} in the state is another of that name`
  }
  const isIn = containerId !== '' && statusesOf(pod).some((status) => isContainer(status, containerId))
  return { pod, by: isIn ? 'container id' : 'pod name' }
}

const first = (
  snapshot: Snapshot,
  namespace: string,
  is: (pod: ObjectVersion) => boolean,
): ObjectVersion | undefined => {
  const filter = { group: '', kind: 'Pod', ...(namespace !== '' && { namespace }) }
  for (const pod of snapshot.objects(filter)) if (is(pod)) return pod
  return undefined
}

const containerOf = (pod: ObjectVersion, record: RuntimeRecord): JsonObject | undefined => {
  const spec = part(pod.body.spec)
  const status = statusesOf(pod).find((one) => isContainer(one, record.containerId))
  const name = record.container || text(status?.name)
  const all = ['containers', 'initContainers', 'ephemeralContainers'].flatMap((key) => parts(spec[key]))
  return all.find((one) => one.name === name) ?? status
}

const statusesOf = (pod: ObjectVersion): readonly JsonObject[] => {
  const status = part(pod.body.status)
  return ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'].flatMap((key) =>
    parts(status[key]),
  )
}

/**
 * The pods of a moment by their containers: one pass over all pods, after which each question is a look into a map. Asked
 * by an id of 12 digits or more, as sensors tell it.
 */
export const podsByContainer = (snapshot: Snapshot): ((id: string) => ObjectVersion | undefined) => {
  const pods = new Map<string, ObjectVersion>()
  for (const pod of snapshot.objects({ group: '', kind: 'Pod' }))
    for (const status of statusesOf(pod)) {
      const id = containerIdOf(status)
      if (id.length >= leastDigits) pods.set(id.slice(0, leastDigits), pod)
    }
  return (id) => {
    const pod = pods.get(id.slice(0, leastDigits))
    return pod !== undefined && statusesOf(pod).some((status) => isContainer(status, id)) ? pod : undefined
  }
}

const leastDigits = 12

/** Sensors tell fewer digits than the runtime: Falco 12, Tetragon 31. Fewer than 12 are no id. */
const isContainer = (status: JsonObject, id: string): boolean =>
  id.length >= leastDigits && containerIdOf(status).startsWith(id)

/** Without the name of the runtime in front. */
const containerIdOf = (status: JsonObject): string => {
  const whole = text(status.containerID)
  return whole.slice(whole.indexOf('://') + 3)
}

const part = (value: JsonValue | undefined): JsonObject => (isObject(value) ? value : {})

const parts = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter((one): one is JsonObject => isObject(one)) : []

const text = (value: JsonValue | undefined): string => (typeof value === 'string' ? value : '')
