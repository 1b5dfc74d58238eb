import { trimRight } from '../apimachinery/trim-right.ts'
import { resourceCovers, urlCovers } from './match.ts'
import type { GroupResources, PolicyRule } from './types.ts'

/** True when every request that `later` matches is matched by `earlier` too, so that `later` never decides when it stands below. */
export const ruleCovers = (earlier: PolicyRule, later: PolicyRule): boolean =>
  listCovers(earlier.users, later.users) &&
  listCovers(earlier.userGroups, later.userGroups) &&
  listCovers(earlier.verbs, later.verbs) &&
  listCovers(earlier.namespaces, later.namespaces) &&
  scopeCovers(earlier, later)

/** An empty list is no restriction. */
const listCovers = (earlier: readonly string[], later: readonly string[]): boolean =>
  earlier.length === 0 || (later.length > 0 && later.every((one) => earlier.includes(one)))

const scopeCovers = (earlier: PolicyRule, later: PolicyRule): boolean => {
  if (earlier.resources.length === 0 && earlier.nonResourceURLs.length === 0) return true
  if (earlier.nonResourceURLs.length > 0) {
    return (
      later.nonResourceURLs.length > 0 &&
      later.nonResourceURLs.every((url) => earlier.nonResourceURLs.some((pattern) => urlPatternCovers(pattern, url)))
    )
  }
  return (
    later.resources.length > 0 &&
    later.resources.every((entry) => earlier.resources.some((one) => entryCovers(one, entry)))
  )
}

const urlPatternCovers = (pattern: string, url: string): boolean =>
  urlCovers(pattern, trimRight(url, '*')) && (!url.endsWith('*') || pattern.endsWith('*'))

const entryCovers = (earlier: GroupResources, later: GroupResources): boolean => {
  if (earlier.group !== '*' && earlier.group !== later.group) return false
  if (earlier.resources.length === 0) return true
  if (!listCovers(earlier.resourceNames, later.resourceNames)) return false
  return (
    later.resources.length > 0 &&
    later.resources.every((one) => earlier.resources.some((pattern) => patternCovers(pattern, one)))
  )
}

const patternCovers = (pattern: string, other: string): boolean => {
  if (pattern === other || pattern === '*') return true
  const [resource = '', subresource = ''] = other.split('/')
  // A wildcard is covered only by itself, by `*`, or (`pods/log` by `pods/*`) by the wider form.
  return resource !== '*' && subresource !== '*' && resourceCovers(pattern, resource, subresource)
}
