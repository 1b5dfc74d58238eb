import { compareSeverity, severities } from '../../model/finding.ts'
import { findingsOf, type ScanReport } from '../scan/report.ts'

/** The report for a program. Fields are only ever added. */
export const scanJson = (report: ScanReport): string => {
  const findings = findingsOf(report)
  const bySeverity = severities
    .toSorted((a, b) => compareSeverity(b, a))
    .map((severity) => [severity, findings.filter((finding) => finding.severity === severity).length] as const)
  const body = {
    level: report.policy.level,
    version: report.policy.version,
    complete: report.problems.every((problem) => problem.level !== 'error'),
    summary: {
      files: report.files,
      objects: report.objects,
      workloads: report.workloads.length,
      findings: Object.fromEntries(bySeverity),
    },
    findings: findings.map(({ positions, paths, ...finding }) => ({
      ...finding,
      locations: paths.map((path, index) => ({ path, ...positions[index] })),
    })),
    problems: report.problems.map(({ kind: _, position, ...problem }) => ({ ...problem, ...position })),
  }
  return `${JSON.stringify(body, undefined, 2)}\n`
}
