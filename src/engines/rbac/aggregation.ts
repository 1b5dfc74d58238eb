import { type LabelSelector, matchesLabels } from '../apimachinery/label-selector.ts'
import type { PolicyRule, RbacObjects, Role } from './types.ts'

/**
 * The rules that the aggregation controller would write into an aggregated ClusterRole: selector by selector those of every
 * other ClusterRole that it matches, in order of role name, exact repeats dropped. Decisions read the stored rules; this
 * tells what could land there. Upstream: pkg/controller/clusterroleaggregation (kubernetes v1.37.2).
 */
export const aggregatedRules = (role: Role, objects: RbacObjects): readonly PolicyRule[] => {
  const seen = new Set<string>()
  return role.aggregates
    .flatMap((selector) => selectedBy(selector, role, objects))
    .flatMap((source) => source.rules)
    .filter((rule) => {
      const text = JSON.stringify(rule)
      const isNew = !seen.has(text)
      seen.add(text)
      return isNew
    })
}

/** The ClusterRoles whose rules flow into this one, in order of name. */
export const aggregatedFrom = (role: Role, objects: RbacObjects): readonly Role[] => {
  const found = new Set(role.aggregates.flatMap((selector) => selectedBy(selector, role, objects)))
  return [...found].sort(byName)
}

const selectedBy = (selector: LabelSelector, role: Role, { roles }: RbacObjects): readonly Role[] =>
  roles
    .filter(({ kind, name }) => kind === 'ClusterRole' && name !== role.name)
    .filter(({ labels }) => selector.kind === 'selector' && matchesLabels(selector, labels))
    .sort(byName)

const byName = (a: Role, b: Role): number => (a.name < b.name ? -1 : 1)
