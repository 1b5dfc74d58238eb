import { severities } from '../model/finding.ts'
import type { ClusterCounts, SeverityCounts, WorkloadRow } from '../model/posture.ts'
import type { Assessment } from './assess.ts'

/** Findings by severity. */
export const countFindings = (assessments: Iterable<Assessment>): SeverityCounts => {
  const counts = noFindings()
  for (const { findings } of assessments) for (const { severity } of findings) counts[severity] += 1
  return counts
}

/** Sums over the workloads of a cluster, kept up to date by adding and taking away. */
export class RunningCounts {
  readonly #findings = noFindings()
  readonly #levels = { privileged: 0, baseline: 0, restricted: 0 }
  #workloads = 0
  #pods = 0

  add(row: WorkloadRow): void {
    this.#change(row, 1)
  }

  remove(row: WorkloadRow): void {
    this.#change(row, -1)
  }

  sums(namespaces: number): ClusterCounts {
    const [workloads, pods] = [this.#workloads, this.#pods]
    return { namespaces, workloads, pods, findings: { ...this.#findings }, levels: { ...this.#levels } }
  }

  #change({ pods, level, findings }: WorkloadRow, by: 1 | -1): void {
    this.#workloads += by
    this.#pods += by * pods
    this.#levels[level] += by
    for (const severity of severities) this.#findings[severity] += by * findings[severity]
  }
}

const noFindings = () => ({ info: 0, low: 0, medium: 0, high: 0, critical: 0 }) satisfies SeverityCounts
