import type { Severity } from './finding.ts'
import type { RecordPosition } from './record.ts'
import type { Micros } from './time.ts'

/** What a detection is about: the object of the request or event. Texts that do not apply are empty. */
export interface DetectionTarget {
  readonly group: string
  readonly resource: string
  readonly subresource: string
  readonly namespace: string
  readonly name: string
}

/**
 * A rule that fired on a record, or on a window of records. Made only of the records, never of the clock: the same
 * records in the same order give the same detections with the same ids, so that what is seen again after a crash is
 * known to be the same.
 */
export interface Detection {
  /** Of the rule, what it fired for, and the record that completed it: see `detectionId`. */
  readonly id: string
  /** {@link RuleHead.id}. */
  readonly rule: string
  readonly title: string
  readonly severity: Severity
  readonly tags: readonly string[]
  /** When it happened: the time of the record that completed it. */
  readonly time: Micros
  readonly receivedAt: Micros
  readonly cluster: string
  readonly source: string
  /** The one who did it, as the record names it (`system:serviceaccount:ci:deployer`); empty where nobody is named. */
  readonly principal: string
  /**
   * Of the principal, as the record names them. At most 32, of at most 256 characters: a longer one is left out. Empty where
   * none are told, as by sensors and some clouds.
   */
  readonly groups: readonly string[]
  /** The one whose rights were used, where somebody was impersonated; else empty. */
  readonly impersonated: string
  /** The groups that somebody was impersonated with, as many as {@link Detection.groups}; else empty. */
  readonly impersonatedGroups: readonly string[]
  readonly sourceIp: string
  readonly userAgent: string
  /** Of the request (`create`); empty where there is none. */
  readonly verb: string
  readonly target: DetectionTarget
  /**
   * User names that can do more by this request, or can be used by who made it: subjects of a binding, the service account
   * of a pod that was made or whose token was asked for. See `grantsOf`. At most 32.
   */
  readonly grants: readonly string[]
  /** HTTP status of the request, 0 where there is none. */
  readonly code: number
  /** True where the request was refused (401, 403): an attempt. */
  readonly refused: boolean
  /** Of runtime records and Event objects: where it happened. Empty where unknown. */
  readonly node: string
  readonly pod: string
  readonly container: string
  readonly image: string
  /** What the state of the cluster said at that moment of where it happened: `Deployment/web`. Empty where unknown. */
  readonly workload: string
  /** The same: `system:serviceaccount:shop:web`. */
  readonly serviceAccount: string
  /** One sentence for a person. */
  readonly message: string
  /** Of correlations and baselines: what the window was grouped by, and what was measured in it; else empty and 1. */
  readonly group: Readonly<Record<string, string>>
  readonly measured: number
  /** Ids of event rows, the newest first, at most 100. */
  readonly evidence: readonly string[]
  /** The record that completed it. */
  readonly position: RecordPosition
}
