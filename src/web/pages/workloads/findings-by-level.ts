/** Findings under the Pod Security level that each keeps a workload from. Pure. */
import type { Finding } from '../../../model/finding.ts'
import type { PodSecurityLevel } from '../../../model/posture.ts'

/**
 * The levels above the one reached, mildest first, each with what keeps the workload from it. A finding names its level
 * by the part of the standard that it refers to (`…/pod-security-standards/#baseline`); one that names none is with the
 * first level, for it has to be looked at in any case.
 */
export const findingsByLevel = (
  level: PodSecurityLevel,
  findings: readonly Finding[],
): readonly { readonly level: PodSecurityLevel; readonly findings: readonly Finding[] }[] => {
  const restricted = findings.filter(({ reference }) => reference.endsWith('#restricted'))
  if (level === 'restricted') return []
  if (level === 'baseline') return [{ level: 'restricted', findings }]
  return [
    { level: 'baseline' as const, findings: findings.filter((finding) => !restricted.includes(finding)) },
    { level: 'restricted' as const, findings: restricted },
  ].filter((group) => group.findings.length > 0)
}
