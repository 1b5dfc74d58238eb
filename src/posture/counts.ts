import { severities } from '../model/finding.ts'
import type { ClusterCounts, SeverityCounts, WorkloadRow } from '../model/posture.ts'
import type { Assessment } from './assess.ts'

/** Findings by severity. */
export const countFindings = (assessments: Iterable<Assessment>): SeverityCounts => {
  const counts = { info: 0, low: 0, medium: 0, high: 0, critical: 0 } satisfies SeverityCounts
  for (const { findings } of assessments) for (const { severity } of findings) counts[severity] += 1
  return counts
}

/** Sums over the cluster, from rows that were counted already. */
export const countCluster = (rows: readonly WorkloadRow[], namespaces: number): ClusterCounts => {
  const findings = { info: 0, low: 0, medium: 0, high: 0, critical: 0 } satisfies SeverityCounts
  const levels = { privileged: 0, baseline: 0, restricted: 0 } satisfies ClusterCounts['levels']
  let pods = 0
  for (const row of rows) {
    pods += row.pods
    levels[row.level] += 1
    for (const severity of severities) findings[severity] += row.findings[severity]
  }
  return { namespaces, workloads: rows.length, pods, findings, levels }
}
