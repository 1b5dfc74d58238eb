import type { LevelVersion } from '../../engines/pod-security/index.ts'
import type { Finding } from '../../model/finding.ts'
import type { PodSecurityLevel } from '../../model/posture.ts'
import type { ManifestProblem, Position } from '../../sources/manifests/index.ts'

/** A finding in a manifest: `positions[i]` is where `paths[i]` stands. There is at least one. */
export interface ScanFinding extends Finding {
  readonly file: string
  readonly positions: readonly Position[]
}

/** A pod or pod template that was checked. */
export interface ScannedWorkload {
  readonly file: string
  /** `Deployment shop/web`. */
  readonly title: string
  /** The strictest level that it satisfies; undefined when a field of it cannot be read. */
  readonly level: PodSecurityLevel | undefined
  readonly findings: readonly ScanFinding[]
}

/** What a scan came to. */
export interface ScanReport {
  readonly policy: LevelVersion
  /** In the order in which they were read. */
  readonly workloads: readonly ScannedWorkload[]
  readonly problems: readonly ManifestProblem[]
  readonly files: number
  /** Kubernetes objects of any kind. */
  readonly objects: number
}

/** All findings of a report, in order. */
export const findingsOf = (report: ScanReport): readonly ScanFinding[] =>
  report.workloads.flatMap((workload) => workload.findings)
