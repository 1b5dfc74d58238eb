import { matchesLabels } from '../apimachinery/label-selector.ts'
import type { PolicyRule, RbacObjects, Role } from './types.ts'

/**
 * The rules that the aggregation controller would write into an aggregated ClusterRole: those of every other ClusterRole
 * that any of its selectors matches, in order of role name, exact repeats dropped. Decisions read the stored rules; this
 * tells what could land there. Upstream: pkg/controller/clusterroleaggregation (kubernetes v1.37.2).
 */
export const aggregatedRules = (role: Role, objects: RbacObjects): readonly PolicyRule[] => {
  const sources = aggregatedFrom(role, objects)
  const seen = new Set<string>()
  return sources
    .flatMap((source) => source.rules)
    .filter((rule) => {
      const text = JSON.stringify(rule)
      const isNew = !seen.has(text)
      seen.add(text)
      return isNew
    })
}

/** The ClusterRoles whose rules flow into this one, in order of name. */
export const aggregatedFrom = (role: Role, { roles }: RbacObjects): readonly Role[] =>
  roles
    .filter(({ kind, name }) => kind === 'ClusterRole' && name !== role.name)
    .filter(({ labels }) =>
      role.aggregates.some((selector) => selector.kind === 'selector' && matchesLabels(selector, labels)),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
