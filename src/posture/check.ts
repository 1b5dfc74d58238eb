import type { Fault, Pod } from '../engines/pod-security/index.ts'
import type { Severity } from '../model/finding.ts'
import type { PodSecurityLevel } from '../model/posture.ts'

/** A requirement of a published framework that a check speaks to. */
export interface Control {
  /** `CIS Kubernetes 1.12`, `MITRE ATT&CK`. */
  readonly framework: string
  /** The framework's own number: `5.2.2`, `T1611`. */
  readonly id: string
}

/**
 * One thing that is looked at on every pod and every pod template. A check's data are what the API, the page, the CLI and
 * the docs say of it; `evaluate` is pure.
 */
export interface Check {
  /** Stable: `pod-security/hostPathVolumes`. */
  readonly id: string
  /** A few words: `hostPath volumes`. */
  readonly title: string
  readonly severity: Severity
  /** What can go wrong, in one or two sentences. */
  readonly why: string
  /** What to set to mend it. */
  readonly remediation: string
  /** The text that the check follows. */
  readonly reference: string
  readonly controls: readonly Control[]
  /** The mildest Pod Security level that forbids it. */
  readonly level: Exclude<PodSecurityLevel, 'privileged'>
  /** The kinds of objects that it reads, as `group/Kind` with an empty group for core: `apps/Deployment`. */
  readonly reads: readonly string[]
  /** Why the pod does not pass at the newest version of the standards; undefined when it does. Paths from the pod's root. */
  evaluate(pod: Pod): Fault | undefined
}
