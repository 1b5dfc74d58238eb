import type { Finding, WorkloadRef } from '../model/finding.ts'
import { isObject } from '../model/json.ts'
import { type ObjectVersion, objectKey } from '../model/object.ts'
import { type PodSecurityLevel, podSecurityLevels } from '../model/posture.ts'
import type { Snapshot } from '../state/snapshot.ts'
import type { Subject, SubjectFault } from './subject.ts'

/** What the checks say of a workload: of its template, and of the pods that run, each fault told once. */
export interface Assessment {
  readonly workload: WorkloadRef
  readonly level: PodSecurityLevel
  /** Pods that run, or are about to. */
  readonly pods: number
  readonly findings: readonly Finding[]
}

/**
 * Assesses a workload. Pods are judged beside the template that makes them, for they may differ: a webhook changed them,
 * they are older than the template, somebody put a debug container into one. A fault of a pod that its template has as
 * well is the template's. `judge` answers for one object and may remember.
 */
export const assess = (
  snapshot: Snapshot,
  workload: WorkloadRef,
  judge: (object: ObjectVersion) => Subject | undefined,
): Assessment => {
  const members = snapshot.membersOf(workload)
  const top = snapshot.get(workload)
  const running = members.filter(isRunningPod)
  // Without the object at the top (its kind may not be listed) what stands below it tells what it makes.
  const makers = top && judge(top) ? [top] : members.filter((member) => member.ref.kind !== 'Pod')
  const templates = makers.map(judge).filter((subject) => subject !== undefined)
  const pods = running
    .filter((pod) => pod !== top)
    .flatMap((pod) => {
      const subject = judge(pod)
      return subject ? [{ name: pod.ref.name, subject }] : []
    })
  const told = templates.flatMap(({ faults }) => faults)
  const ofTemplate = new Map(told.map((fault) => [fault.check.id, findingOf(workload, fault)]))
  return {
    workload,
    level: mildest([...templates, ...pods.map(({ subject }) => subject)].map(({ level }) => level)),
    pods: running.length,
    findings: [...ofTemplate.values(), ...podFindings(workload, told, pods)],
  }
}

const mildest = (levels: readonly PodSecurityLevel[]): PodSecurityLevel =>
  podSecurityLevels.find((level) => levels.includes(level)) ?? 'restricted'

/** A pod that ended is not held to anything any more. */
const isRunningPod = ({ ref, body }: ObjectVersion): boolean => {
  if (ref.group !== '' || ref.kind !== 'Pod') return false
  const phase = isObject(body.status) ? body.status.phase : undefined
  return phase !== 'Succeeded' && phase !== 'Failed'
}

/** The same fault on the same workload has the same id at any time, whatever the names of its pods. */
const findingOf = (workload: WorkloadRef, { check, message, paths }: SubjectFault): Finding => ({
  id: `${check.id}:${objectKey(workload)}`,
  check: check.id,
  title: check.title,
  severity: check.severity,
  object: workload,
  message,
  paths,
  remediation: check.remediation,
  reference: check.reference,
})

interface RunningPod {
  readonly name: string
  readonly subject: Subject
}

const podFindings = (
  workload: WorkloadRef,
  template: readonly SubjectFault[],
  pods: readonly RunningPod[],
): readonly Finding[] => {
  const groups = new Map<string, { readonly fault: SubjectFault; readonly names: string[] }>()
  for (const { name, subject } of pods) {
    for (const fault of subject.faults) {
      if (isToldBy(template, fault)) continue
      const key = `${fault.check.id}\n${fault.message}`
      const group = groups.get(key)
      if (group) group.names.push(name)
      else groups.set(key, { fault, names: [name] })
    }
  }
  return Array.from(groups, ([key, { fault, names }]) => {
    const finding = findingOf(workload, fault)
    return { ...finding, id: `${finding.id}:${hashOf(key)}`, message: `${fault.message}, in ${inPods(names)}` }
  })
}

const isToldBy = (template: readonly SubjectFault[], fault: SubjectFault): boolean =>
  template.some(
    ({ check, podPaths }) => check.id === fault.check.id && fault.podPaths.every((path) => podPaths.includes(path)),
  )

const maxNames = 3

const inPods = (names: readonly string[]): string => {
  const some = names.toSorted().slice(0, maxNames).join(', ')
  if (names.length === 1) return `running pod ${some}`
  return `${names.length} running pods (${names.length > maxNames ? `${some}, …` : some})`
}

/** FNV-1a, 32 bits: keeps ids of the few different faults of one workload's pods apart. */
const hashOf = (text: string): string => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index++) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return (hash >>> 0).toString(16).padStart(8, '0')
}
