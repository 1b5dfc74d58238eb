/** Five steps, each with its own shape and word on the page. */
export const severities = ['info', 'low', 'medium', 'high', 'critical'] as const
export type Severity = (typeof severities)[number]

/** How two severities compare: negative when `a` is the milder. */
export const compareSeverity = (a: Severity, b: Severity): number => severities.indexOf(a) - severities.indexOf(b)

/** A workload is the top owner of pods (Deployment, not its ReplicaSet); a bare pod is its own workload. */
export interface WorkloadRef {
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** What a check found on one object. `id` is stable: the same fault on the same object has the same id at any time. */
export interface Finding {
  readonly id: string
  readonly check: string
  readonly title: string
  readonly severity: Severity
  /** The workload or object at fault. */
  readonly object: WorkloadRef
  /** One sentence in the standard's own words. */
  readonly message: string
  /** Paths into the object where the fault stands: `spec.template.spec.containers[0].securityContext.privileged`. */
  readonly paths: readonly string[]
  /** What to set to mend it. */
  readonly remediation: string
  /** The text that the check follows. */
  readonly reference: string
}
