import { type PodSecurityLevel, podSecurityLevels } from '../../model/posture.ts'
import type { CheckId, Fault, PodCheck, PodTest } from './check.ts'
import { podChecks } from './checks/index.ts'
import type { Pod } from './pod.ts'
import { readPod, type UnreadableField } from './read-pod.ts'
import { formatLevelVersion, type LevelVersion, minorOf, newestMinor, type PolicyVersion } from './version.ts'

/** A check that a pod does not pass. */
export interface Violation extends Fault {
  readonly check: CheckId
  readonly level: 'baseline' | 'restricted'
}

/** What the standards say of a pod. An unreadable pod is never allowed: the API server refuses it before any check. */
export interface Evaluation {
  readonly allowed: boolean
  /** In upstream's order: baseline checks by id, then restricted ones. */
  readonly violations: readonly Violation[]
  readonly unreadable: readonly UnreadableField[]
}

/**
 * Evaluates a pod, as untyped JSON, against a level at a version: what admission would say of it.
 * Upstream: k8s.io/pod-security-admission/policy registry.go EvaluatePod, v0.37.2.
 */
export const evaluatePod = (
  policy: LevelVersion,
  pod: { readonly metadata?: unknown; readonly spec?: unknown },
): Evaluation => {
  const reading = readPod(pod.metadata, pod.spec)
  const violations = violationsOf(policy, reading.pod)
  const allowed = violations.length === 0 && reading.unreadable.length === 0
  return { allowed, violations, unreadable: reading.unreadable }
}

/** The violations of a pod that was read already. */
export const violationsOf = ({ level, version }: LevelVersion, pod: Pod): readonly Violation[] => {
  if (level === 'privileged') return []
  const violations: Violation[] = []
  for (const { check, test } of activeChecks(level, minorOf(version))) {
    const fault = test(pod)
    if (fault !== undefined) violations.push({ check: check.id, level: check.level, ...fault })
  }
  return violations
}

/** The strictest level at which the pod has no violation. A pod with unreadable fields should not be asked for. */
export const strictestLevel = (pod: Pod, version: PolicyVersion = 'latest'): PodSecurityLevel =>
  podSecurityLevels.findLast((level) => violationsOf({ level, version }, pod).length === 0) ?? 'privileged'

/** `hostPort (container "a" uses hostPort 80), privileged (…)`: upstream's ForbiddenDetail. Empty without violations. */
export const messageOf = (violations: readonly Fault[]): string =>
  violations.map(({ reason, detail }) => (detail === '' ? reason : `${reason} (${detail})`)).join(', ')

/** What the API server answers: `violates PodSecurity "restricted:latest": …`. */
export const denialMessage = (policy: LevelVersion, violations: readonly Fault[]): string =>
  `violates PodSecurity "${formatLevelVersion(policy)}": ${messageOf(violations)}`

/** What it warns of, or writes into the audit event: `would violate PodSecurity "restricted:latest": …`. */
export const warningMessage = (policy: LevelVersion, violations: readonly Fault[]): string =>
  `would ${denialMessage(policy, violations).replace('violates', 'violate')}`

interface ActiveCheck {
  readonly check: PodCheck
  readonly test: PodTest
}

const activeChecks = (level: 'baseline' | 'restricted', minor: number): readonly ActiveCheck[] =>
  checksByVersion[level][minor] ?? []

const selectChecks = (level: 'baseline' | 'restricted', minor: number): readonly ActiveCheck[] => {
  const active = podChecks.flatMap((check) => {
    if (check.level === 'restricted' && level === 'baseline') return []
    const version = check.versions.findLast((one) => one.minor <= minor)
    return version === undefined ? [] : [{ check, test: version.test }]
  })
  const overridden = new Set(active.flatMap(({ check }) => check.overrides))
  return active.filter(({ check }) => !overridden.has(check.id))
}

const minors = Array.from({ length: newestMinor + 1 }, (_, minor) => minor)

const checksByVersion = {
  baseline: minors.map((minor) => selectChecks('baseline', minor)),
  restricted: minors.map((minor) => selectChecks('restricted', minor)),
} as const
