/** The shapes of `audit.k8s.io/v1` Policy that decisions read, and of the requests it decides on. */

export const levels = ['None', 'Metadata', 'Request', 'RequestResponse'] as const
export type Level = (typeof levels)[number]

export const stages = ['RequestReceived', 'ResponseStarted', 'ResponseComplete', 'Panic'] as const
export type Stage = (typeof stages)[number]

/** Upstream: k8s.io/apiserver/pkg/apis/audit Policy. Absent lists are empty. */
export interface Policy {
  readonly rules: readonly PolicyRule[]
  readonly omitStages: readonly Stage[]
  readonly omitManagedFields: boolean
}

/** An empty list means that the criterion is not there. */
export interface PolicyRule {
  readonly level: Level
  readonly users: readonly string[]
  readonly userGroups: readonly string[]
  readonly verbs: readonly string[]
  readonly resources: readonly GroupResources[]
  readonly namespaces: readonly string[]
  readonly nonResourceURLs: readonly string[]
  readonly omitStages: readonly Stage[]
  /** Undefined: as the policy says. */
  readonly omitManagedFields: boolean | undefined
}

/** `group` is empty for the core group and `*` for all. */
export interface GroupResources {
  readonly group: string
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
}

/**
 * A request, as the API server's authorizer sees it: users and groups are those before impersonation. Every part may be
 * undefined where it is not known; what a rule makes of it is then `maybe`. `user` null: the request carries no user.
 */
export interface Attributes {
  readonly user?: { readonly name: string; readonly groups: readonly string[] } | null | undefined
  readonly verb?: string | undefined
  readonly scope: ResourceScope | { readonly kind: 'non-resource'; readonly path: string }
}

export interface ResourceScope {
  readonly kind: 'resource'
  readonly apiGroup: string
  readonly resource: string
  readonly subresource: string
  readonly namespace?: string | undefined
  readonly name?: string | undefined
}
