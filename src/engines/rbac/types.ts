/** The shapes of `rbac.authorization.k8s.io/v1` that decisions read, and what is asked of them. */
import type { LabelSelector } from '../apimachinery/label-selector.ts'

/** Upstream: k8s.io/api/rbac/v1 PolicyRule. Absent lists are empty. */
export interface PolicyRule {
  readonly verbs: readonly string[]
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames: readonly string[]
  readonly nonResourceURLs: readonly string[]
}

/** A Role, or (with an empty namespace) a ClusterRole. `rules` are the stored ones: for aggregated roles, what the controller wrote. */
export interface Role {
  readonly kind: 'Role' | 'ClusterRole'
  readonly namespace: string
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly rules: readonly PolicyRule[]
  /** Label selectors of `aggregationRule.clusterRoleSelectors`; empty when the role is not aggregated. */
  readonly aggregates: readonly LabelSelector[]
}

/** Who a binding is for. Kinds are case-sensitive; one that is not User, Group or ServiceAccount never matches. */
export interface Subject {
  readonly kind: string
  readonly apiGroup: string
  readonly name: string
  readonly namespace: string
}

/** A RoleBinding, or (with an empty namespace) a ClusterRoleBinding. */
export interface Binding {
  readonly kind: 'RoleBinding' | 'ClusterRoleBinding'
  readonly namespace: string
  readonly name: string
  readonly roleRef: { readonly kind: string; readonly name: string }
  readonly subjects: readonly Subject[]
}

/** All roles and bindings of a cluster. The order of bindings is the order in which they are tried. */
export interface RbacObjects {
  readonly roles: readonly Role[]
  readonly bindings: readonly Binding[]
}

/** The user of a request, after authentication: the name and all groups, `system:authenticated` included. */
export interface User {
  readonly name: string
  readonly groups: readonly string[]
}

/** What is asked of the authorizer. `namespace` and `name` are empty where the request has none. */
export type Request =
  | {
      readonly kind: 'resource'
      readonly verb: string
      readonly apiGroup: string
      readonly resource: string
      readonly subresource: string
      readonly namespace: string
      readonly name: string
    }
  | { readonly kind: 'non-resource'; readonly verb: string; readonly path: string }

/** Where an allowing rule came from. `subject` is the first of the binding's subjects that is the user. */
export interface Grant {
  readonly binding: Binding
  readonly subject: Subject
  readonly role: Role
  readonly rule: PolicyRule
  /** Place of the rule in `role.rules`. */
  readonly index: number
}

/**
 * RBAC never denies: what it does not allow is left to the other authorizers. `reason` is upstream's text; for
 * `NoOpinion` it names roles that bindings refer to and that are not there.
 */
export type Decision =
  | { readonly decision: 'Allow'; readonly reason: string; readonly grant: Grant }
  | { readonly decision: 'NoOpinion'; readonly reason: string }
