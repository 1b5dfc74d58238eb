import { isUnlabelled, policyFor } from '../engines/pod-security/index.ts'
import type { WorkloadRef } from '../model/finding.ts'
import { isObject } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import { type NamespacePosture, type PodSecurityLevel, podSecurityLevels } from '../model/posture.ts'
import { formatMicros } from '../model/time.ts'
import type { Snapshot } from '../state/snapshot.ts'
import type { Assessment } from './assess.ts'
import { countFindings } from './counts.ts'

/** How many blockers are named. The list of workloads by level has them all. */
export const maxBlockers = 20

/**
 * What a namespace enforces, and the strictest level that it could enforce today with nothing breaking: that of the
 * mildest of its workloads, pods that run included.
 */
export const namespacePosture = (
  snapshot: Snapshot,
  name: string,
  assessments: readonly Assessment[],
  exempt: string,
): NamespacePosture => {
  const object = snapshot.get({ group: '', kind: 'Namespace', namespace: '', name })
  const labels = labelsOf(object)
  const { policy, errors } = policyFor(labels)
  const possible = possibleLevel(assessments)
  const lastChange = snapshot.lastChange(name)
  return {
    name,
    enforce: policy.enforce.level,
    enforceVersion: policy.enforce.version,
    audit: policy.audit.level,
    warn: policy.warn.level,
    unlabelled: object !== undefined && isUnlabelled(labels),
    labelError: object
      ? errors.map(({ label, value, message }) => `${label}: "${value}" ${message}`).join(', ')
      : unseen,
    possible,
    blockers: blockersOf(possible, assessments),
    exempt,
    workloads: assessments.length,
    pods: assessments.reduce((sum, { pods }) => sum + pods, 0),
    findings: countFindings(assessments),
    lastChange: lastChange === 0 ? '' : formatMicros(lastChange),
  }
}

const unseen = 'the Namespace itself is not seen, so that its labels are not known'

const possibleLevel = (assessments: readonly Assessment[]): PodSecurityLevel =>
  podSecurityLevels.find((level) => assessments.some((one) => one.level === level)) ?? 'restricted'

const blockersOf = (possible: PodSecurityLevel, assessments: readonly Assessment[]): readonly WorkloadRef[] => {
  if (possible === 'restricted') return []
  const blocking = assessments.filter(({ level }) => level === possible).map(({ workload }) => workload)
  return blocking.sort((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)).slice(0, maxBlockers)
}

const labelsOf = (object: ObjectVersion | undefined): Readonly<Record<string, string>> => {
  const labels: unknown = object?.body.metadata?.labels
  if (!isObject(labels)) return {}
  return Object.fromEntries(
    Object.entries(labels).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}
