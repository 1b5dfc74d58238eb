import { nonResourceUrlCovers } from './match.ts'
import type { PolicyRule } from './types.ts'

/** Whether somebody who holds `owned` may give `wanted` to others, and the atoms of it that he does not hold. */
export interface Cover {
  readonly covered: boolean
  readonly uncovered: readonly PolicyRule[]
}

/**
 * The escalation check: each atom of `wanted` (one group, resource, verb and name, or one URL and verb) has to be
 * covered by one rule of `owned`. A rule without verbs has no atoms, so there is nothing to cover.
 * Upstream: Covers in k8s.io/component-helpers/auth/rbac/validation/policy_comparator.go (v0.37.2).
 */
export const covers = (owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): Cover => {
  const uncovered: PolicyRule[] = []
  for (const rule of wanted) {
    for (const atom of atomsOf(rule)) if (!owned.some((owner) => ruleCovers(owner, atom))) uncovered.push(atom)
  }
  return { covered: uncovered.length === 0, uncovered }
}

/** The atoms of a rule, in upstream's order: group, resource, verb, name; then URL, verb. */
export function* atomsOf(rule: PolicyRule): Generator<PolicyRule> {
  for (const group of rule.apiGroups) {
    for (const resource of rule.resources) {
      for (const verb of rule.verbs) {
        const atom = {
          verbs: [verb],
          apiGroups: [group],
          resources: [resource],
          resourceNames: [],
          nonResourceURLs: [],
        }
        if (rule.resourceNames.length === 0) yield atom
        for (const name of rule.resourceNames) yield { ...atom, resourceNames: [name] }
      }
    }
  }
  for (const url of rule.nonResourceURLs) {
    for (const verb of rule.verbs) {
      yield { verbs: [verb], apiGroups: [], resources: [], resourceNames: [], nonResourceURLs: [url] }
    }
  }
}

const ruleCovers = (owner: PolicyRule, atom: PolicyRule): boolean =>
  (owner.verbs.includes('*') || includesAll(owner.verbs, atom.verbs)) &&
  (owner.apiGroups.includes('*') || includesAll(owner.apiGroups, atom.apiGroups)) &&
  atom.resources.every((resource) => resourceCovers(owner.resources, resource)) &&
  // An atom without a name means every name.
  (owner.resourceNames.length === 0 ||
    (atom.resourceNames.length > 0 && includesAll(owner.resourceNames, atom.resourceNames))) &&
  atom.nonResourceURLs.every((url) => owner.nonResourceURLs.some((pattern) => nonResourceUrlCovers(pattern, url)))

const includesAll = (owned: readonly string[], wanted: readonly string[]): boolean =>
  wanted.every((one) => owned.includes(one))

const resourceCovers = (owned: readonly string[], resource: string): boolean => {
  if (owned.includes('*') || owned.includes(resource)) return true
  const slash = resource.indexOf('/')
  return slash >= 0 && owned.includes(`*/${resource.slice(slash + 1)}`)
}
