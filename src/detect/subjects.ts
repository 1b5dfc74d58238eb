import type { WorkloadRef } from '../model/finding.ts'
import { asText, isObject } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { AuditRecord, RuntimeRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import { podsByContainer, runtimeSubject } from '../state/runtime-subject.ts'
import type { Snapshot } from '../state/snapshot.ts'
import { regardingOf } from './event-view.ts'
import { callingPod } from './request-view.ts'
import type { Subject, SubjectOf } from './subject.ts'

/** A container that no pod of the state has is asked for again after so long, and all pods are gone through at most so often. */
const missMicros: Micros = 5_000_000
const mostKept = 10_000

/** Subjects by the live state of each cluster; of a cluster without a state nothing is known. */
export const createSubjects = (stateOf: (cluster: string) => Snapshot | undefined): SubjectOf => {
  const containers = new Containers()
  return (record) => {
    const state = stateOf(record.cluster)
    if (state === undefined) return undefined
    if (record.kind === 'audit') return subjectOfRequest(state, record)
    return record.kind === 'object' ? subjectOfEvent(state, record) : subjectOfRuntime(state, record, containers)
  }
}

const subjectOfRuntime = (state: Snapshot, record: RuntimeRecord, containers: Containers): Subject | undefined => {
  const { pod, podUid, containerId } = record
  if (pod === '' && podUid === '' && containerId === '') return undefined
  const isNamed =
    pod !== '' && state.get({ group: '', kind: 'Pod', namespace: record.namespace, name: pod }) !== undefined
  const find = (of: RuntimeRecord): Subject | undefined => {
    const found = runtimeSubject(state, of)
    if (found.kind !== 'pod') return undefined
    const { namespace, serviceAccount, node, container, image, workload } = found
    return { namespace, pod: found.pod.ref.name, workload: named(workload), serviceAccount, node, container, image }
  }
  if (isNamed) return find(record)
  return containers.of(
    [record.cluster, podUid, containerId, record.namespace, pod].join('\n'),
    record.receivedAt,
    () => {
      // The uid alone, or the name of a pod that is gone, is looked for in all pods.
      if (podUid !== '' || containerId === '') return find(record)
      const { name = '', namespace = '' } = containers.podOf(state, record)?.ref ?? {}
      return name === '' ? undefined : find({ ...record, pod: name, namespace })
    },
  )
}

/** The pod that made a request, unless another has its name by now. */
const subjectOfRequest = (state: Snapshot, record: AuditRecord): Subject | undefined => {
  const calling = callingPod(record)
  if (calling === undefined) return undefined
  const { namespace, name, uid } = calling
  const ref = { group: '', kind: 'Pod', namespace, name }
  const pod = state.get(ref)
  if (pod === undefined || (uid !== '' && pod.uid !== uid)) return undefined
  const node = isObject(pod.body.spec) ? asText(pod.body.spec.nodeName) : ''
  const rest = { serviceAccount: record.user, node, container: '', image: '' }
  return { namespace, pod: name, workload: named(state.workloadOf(ref)), ...rest }
}

/** Answers of searches: a container is of one pod all its life. */
class Containers {
  #known = new Map<string, { readonly subject: Subject | undefined; readonly until: Micros }>()
  /** By cluster; made anew where something was not found, and not too often. */
  readonly #pods = new Map<
    string,
    { readonly find: (id: string) => ObjectVersion | undefined; readonly until: Micros }
  >()

  podOf(state: Snapshot, { cluster, containerId, receivedAt }: RuntimeRecord): ObjectVersion | undefined {
    const known = this.#pods.get(cluster)
    const pod = known?.find(containerId)
    if (pod !== undefined || (known !== undefined && receivedAt < known.until)) return pod
    const find = podsByContainer(state)
    this.#pods.set(cluster, { find, until: receivedAt + missMicros })
    return find(containerId)
  }

  of(key: string, now: Micros, find: () => Subject | undefined): Subject | undefined {
    const known = this.#known.get(key)
    if (known !== undefined && (known.subject !== undefined || now < known.until)) return known.subject
    if (this.#known.size >= mostKept) this.#known = new Map()
    const subject = find()
    this.#known.set(key, { subject, until: now + missMicros })
    return subject
  }
}

/** The workload of the object that an Event is about, and of a pod its account and node. */
const subjectOfEvent = (state: Snapshot, version: ObjectVersion): Subject | undefined => {
  const about = regardingOf(version)
  const [kind, namespace, name] = [asText(about.kind), asText(about.namespace), asText(about.name)]
  if (kind === '' || name === '') return undefined
  const apiVersion = asText(about.apiVersion)
  const group = apiVersion.includes('/') ? apiVersion.slice(0, apiVersion.indexOf('/')) : ''
  const object = { group, kind, namespace, name }
  const isPod = group === '' && kind === 'Pod'
  const spec = isPod ? state.get(object)?.body.spec : undefined
  const account = isObject(spec) ? asText(spec.serviceAccountName) || 'default' : ''
  return {
    namespace,
    pod: isPod ? name : '',
    workload: named(state.workloadOf(object)),
    serviceAccount: account === '' ? '' : `system:serviceaccount:${namespace}:${account}`,
    node: isObject(spec) ? asText(spec.nodeName) : '',
    container: '',
    image: '',
  }
}

const named = (workload: WorkloadRef | undefined): string =>
  workload === undefined ? '' : `${workload.kind}/${workload.name}`
