import {
  type Fault,
  messageOf,
  type PodTemplate,
  pathInObject,
  podTemplateOf,
  readPod,
  type UnreadableField,
  withApiDefaults,
} from '../engines/pod-security/index.ts'
import { isObject } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { PodSecurityLevel } from '../model/posture.ts'
import type { Check } from './check.ts'
import { podFaults } from './checks/pod-faults.ts'

/** What the checks say of one object that is a pod or holds a pod template. */
export interface Subject {
  readonly level: PodSecurityLevel
  readonly faults: readonly SubjectFault[]
}

/** A check that does not pass. */
export interface SubjectFault {
  readonly check: Pick<Check, 'id' | 'title' | 'severity' | 'remediation' | 'reference'>
  /** In the standard's own words. */
  readonly message: string
  /** From the root of the object. */
  readonly paths: readonly string[]
  /** From the pod's root, which is the same for a pod and the template it was made from. */
  readonly podPaths: readonly string[]
}

/**
 * Runs every check on one object; undefined for an object without a pod. A template is judged as the pods that it makes,
 * with the defaults that only pods get.
 */
export const judge = ({ body }: ObjectVersion): Subject | undefined => {
  const template = podTemplateOf(body)
  if (!template || !isObject(template.spec)) return undefined
  const { pod, unreadable } = readPod(template.metadata, template.spec)
  const found = podFaults(withApiDefaults(pod, 'Pod'))
  const level = unreadable.length > 0 ? 'privileged' : levelOf(found.map(({ check }) => check.level))
  if (found.length === 0 && unreadable.length === 0) return compliant
  const faults = found.map(({ check, fault }) => subjectFault(template, check, fault))
  return { level, faults: unreadable.length > 0 ? [unreadableFault(template, unreadable), ...faults] : faults }
}

/** Most pods of a well-kept cluster; one value for all of them. */
const compliant: Subject = { level: 'restricted', faults: [] }

const levelOf = (broken: readonly PodSecurityLevel[]): PodSecurityLevel =>
  broken.includes('baseline') ? 'privileged' : broken.length > 0 ? 'baseline' : 'restricted'

const subjectFault = (template: PodTemplate, check: Check, fault: Fault): SubjectFault => ({
  check,
  message: messageOf([fault]),
  paths: fault.paths.map((path) => pathInObject(template, path)),
  podPaths: fault.paths,
})

/** An API server refuses such an object, so that it stands in damaged records and in files only. It is never fine. */
const unreadableCheck: SubjectFault['check'] = {
  id: 'pod-security/unreadable',
  title: 'Pod that cannot be read',
  severity: 'high',
  remediation: 'Give the field a value of the type that Kubernetes expects.',
  reference: 'https://kubernetes.io/docs/concepts/security/pod-security-standards/',
}

const unreadableFault = (template: PodTemplate, fields: readonly UnreadableField[]): SubjectFault => ({
  check: unreadableCheck,
  message: fields.map(({ path, expected, got }) => `${path} is ${got}, not ${expected}`).join(', '),
  paths: fields.map(({ path }) => pathInObject(template, path)),
  podPaths: fields.map(({ path }) => path),
})
