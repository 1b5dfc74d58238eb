import type { DetectionTarget } from '../../model/detection.ts'

/** What the live state of the cluster says of those in a case. Every answer is cheap: it is asked for each case that changes. */
export interface CaseContext {
  /** `groups`: that the record names the principal with; those that follow from its name count in any case. */
  rightsOf(cluster: string, principal: string, groups: readonly string[]): PrincipalRights
  weightOf(cluster: string, target: DetectionTarget): TargetWeight
  /** True where `bulwark.dev/environment: test` stands on the namespace. */
  isTest(cluster: string, namespace: string): boolean
  /** User name of the service account that a pod runs as; empty where the pod is not known. */
  accountOf(cluster: string, namespace: string, pod: string): string
  /** True for addresses that many share by nature: nodes, the API server. Loopback is known without asking. */
  isShared(cluster: string, address: string): boolean
}

/** What somebody may do in the whole cluster. `by` says by what, for a person; empty where none. */
export interface PrincipalRights {
  readonly clusterAdmin: boolean
  readonly readsAllSecrets: boolean
  readonly by: string
}

/** Why a target is worth more than others; `why` is for a person, and empty for `plain`. */
export interface TargetWeight {
  readonly kind: 'plain' | 'sensitive' | 'exposed'
  readonly why: string
}

/** A context that knows nothing: for records without a state of the cluster. */
export const noContext: CaseContext = {
  rightsOf: () => ({ clusterAdmin: false, readsAllSecrets: false, by: '' }),
  weightOf: () => ({ kind: 'plain', why: '' }),
  isTest: () => false,
  accountOf: () => '',
  isShared: () => false,
}
