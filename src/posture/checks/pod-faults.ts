import {
  type Fault,
  type LevelVersion,
  type Pod,
  podChecks,
  type Violation,
  violationsOf,
} from '../../engines/pod-security/index.ts'
import type { Check } from '../check.ts'
import { checkById } from './index.ts'

/** A check that a pod does not pass, with the fault. */
export interface PodFault {
  readonly check: Check
  readonly fault: Fault
}

/**
 * Everything that keeps a pod from a level at a version, baseline faults first. Admission at restricted runs some checks
 * in place of baseline's (restrictedVolumes for hostPathVolumes) and so does not tell how bad a fault is. Here both are
 * told, but a restricted fault only where it says something that the baseline one does not.
 */
export const podFaults = (
  pod: Pod,
  policy: LevelVersion = { level: 'restricted', version: 'latest' },
): readonly PodFault[] => {
  if (policy.level === 'privileged') return []
  const baseline = violationsOf({ level: 'baseline', version: policy.version }, pod)
  const all = policy.level === 'baseline' ? baseline : [...baseline, ...restrictedOnly(pod, policy, baseline)]
  return all.flatMap((violation) => {
    const check = checkById(`pod-security/${violation.check}`)
    const { reason, detail, paths } = violation
    return check === undefined ? [] : [{ check, fault: { reason, detail, paths } }]
  })
}

const restrictedOnly = (pod: Pod, policy: LevelVersion, baseline: readonly Violation[]): readonly Violation[] =>
  violationsOf(policy, pod).filter((violation) => {
    if (violation.level !== 'restricted') return false
    const overridden = overridesOf.get(violation.check) ?? []
    const told = new Set(baseline.filter((one) => overridden.includes(one.check)).flatMap((one) => one.paths))
    return !violation.paths.every((path) => told.has(path))
  })

const overridesOf: ReadonlyMap<string, readonly string[]> = new Map(podChecks.map((one) => [one.id, one.overrides]))
