/**
 * Whether a policy or binding applies to a request, and as which resource.
 * Source: Kubernetes v1.37.2 `admission/plugin/policy/matching/matching.go`, `webhook/predicates`.
 */
import { isObject, type JsonObject } from '../../model/json.ts'
import { matchesLabels, readLabelSelector } from '../apimachinery/label-selector.ts'
import { labelsOf, objectAt, objectsAt, textAt, textsAt } from './read.ts'
import type { AdmissionRequest, GroupVersionKind, GroupVersionResource } from './request.ts'

/** What matching has to know of the cluster. */
export interface MatchWorld {
  /** Labels of a namespace; undefined where there is no such namespace. */
  readonly namespaceLabels: (name: string) => Readonly<Record<string, string>> | undefined
  /** The same resource in other versions or groups, with its kind there. */
  readonly equivalents: (resource: GroupVersionResource, subresource: string) => readonly Equivalent[]
}

export interface Equivalent {
  readonly resource: GroupVersionResource
  readonly kind: GroupVersionKind
}

export type Match =
  | { readonly kind: 'match'; readonly resource: GroupVersionResource; readonly as: GroupVersionKind }
  /** `reason` says which part did not match, for explanations. */
  | { readonly kind: 'no match'; readonly reason: string }
  | { readonly kind: 'error'; readonly message: string }

const noMatch = (reason: string): Match => ({ kind: 'no match', reason })

/** Matches `spec.matchConstraints` of a policy or `spec.matchResources` of a binding. Undefined constraints match all. */
export function matchResources(
  constraints: JsonObject | undefined,
  request: AdmissionRequest,
  world: MatchWorld,
): Match {
  const asIs: Match = { kind: 'match', resource: request.resource, as: request.kind }
  if (constraints === undefined) return asIs
  const namespace = matchNamespace(objectAt(constraints, 'namespaceSelector') ?? {}, request, world)
  if (namespace === false) return noMatch('namespaceSelector')
  const object = matchObject(objectAt(constraints, 'objectSelector') ?? {}, request)
  if (object === false) return noMatch('objectSelector')
  const exact = textAt(constraints, 'matchPolicy') === 'Exact'
  const excluded = matchRules(objectsAt(constraints, 'excludeResourceRules'), exact, request, world)
  if (excluded !== undefined) return noMatch('excludeResourceRules')
  const rules = objectsAt(constraints, 'resourceRules')
  const matched = rules.length === 0 ? asIs : matchRules(rules, exact, request, world)
  if (matched === undefined) return noMatch('resourceRules')
  if (typeof namespace === 'string') return { kind: 'error', message: namespace }
  return typeof object === 'string' ? { kind: 'error', message: object } : matched
}

/** How a selector that cannot be read is told. */
const internalError = 'Internal error occurred: '

/** True, false, or the message of an error, which counts only where everything else matches. */
function matchNamespace(selector: JsonObject, request: AdmissionRequest, world: MatchWorld): boolean | string {
  const isNamespace = request.resource.resource === 'namespaces'
  if (request.namespace === '' && !isNamespace) return true
  const read = readLabelSelector(selector)
  if (read.kind === 'error') return `${internalError}${read.message}`
  if (read.requirements.length === 0) return true
  const own =
    isNamespace && request.subresource === '' && (request.operation === 'CREATE' || request.operation === 'UPDATE')
  const name = request.namespace === '' ? request.name : request.namespace
  const labels = own ? labelsOf(request.object ?? {}) : world.namespaceLabels(name)
  return labels === undefined ? `namespaces "${name}" not found` : matchesLabels(read, labels)
}

function matchObject(selector: JsonObject, request: AdmissionRequest): boolean | string {
  const read = readLabelSelector(selector)
  if (read.kind === 'error') return `${internalError}${read.message}`
  if (read.requirements.length === 0) return true
  return [request.object, request.oldObject].some((object) => isObject(object) && matchesLabels(read, labelsOf(object)))
}

function matchRules(
  rules: readonly JsonObject[],
  exact: boolean,
  request: AdmissionRequest,
  world: MatchWorld,
): Match | undefined {
  const { resource, kind } = request
  for (const rule of rules) if (matchRule(rule, resource, request)) return { kind: 'match', resource, as: kind }
  if (exact || rules.length === 0) return undefined
  const others = world
    .equivalents(resource, request.subresource)
    .filter((other) => !sameResource(other.resource, resource))
  for (const rule of rules) {
    for (const other of others) {
      if (matchRule(rule, other.resource, request)) return { kind: 'match', resource: other.resource, as: other.kind }
    }
  }
  return undefined
}

const sameResource = (a: GroupVersionResource, b: GroupVersionResource): boolean =>
  a.group === b.group && a.version === b.version && a.resource === b.resource

function matchRule(rule: JsonObject, resource: GroupVersionResource, request: AdmissionRequest): boolean {
  const names = textsAt(rule, 'resourceNames')
  return (
    matchScope(textAt(rule, 'scope'), resource, request.namespace) &&
    includes(textsAt(rule, 'operations'), request.operation) &&
    includes(textsAt(rule, 'apiGroups'), resource.group) &&
    includes(textsAt(rule, 'apiVersions'), resource.version) &&
    textsAt(rule, 'resources').some((pattern) => matchResource(pattern, resource.resource, request.subresource)) &&
    (names.length === 0 || names.includes(request.name))
  )
}

const includes = (items: readonly string[], item: string): boolean => items.includes('*') || items.includes(item)

/** Namespaces count as cluster-scoped, though requests for them carry their own name as namespace. */
function matchScope(scope: string, resource: GroupVersionResource, namespace: string): boolean {
  if (scope === '' || scope === '*') return true
  const cluster =
    namespace === '' || (resource.group === '' && resource.version === 'v1' && resource.resource === 'namespaces')
  return scope === 'Cluster' ? cluster : scope === 'Namespaced' && !cluster
}

/** `pods` is the resource alone, `pods/*` with every subresource, `*` any resource without one. */
function matchResource(pattern: string, resource: string, subresource: string): boolean {
  const slash = pattern.indexOf('/')
  const main = slash < 0 ? pattern : pattern.slice(0, slash)
  const sub = slash < 0 ? '' : pattern.slice(slash + 1)
  return (main === '*' || main === resource) && (sub === '*' || sub === subresource)
}

const admissionConfiguration: ReadonlySet<string> = new Set([
  'validatingadmissionpolicies',
  'validatingadmissionpolicybindings',
  'mutatingadmissionpolicies',
  'mutatingadmissionpolicybindings',
])

const reviews: ReadonlySet<string> = new Set([
  'authentication.k8s.io/selfsubjectreviews',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authorization.k8s.io/subjectaccessreviews',
])

/**
 * Policies and their bindings are never subject to policies, nor are requests that only ask for a review.
 * Source: `policy/generic/plugin.go`, `pkg/kubeapiserver/admission/exclusion/resources.go`.
 */
export function isExempt({ resource }: AdmissionRequest): boolean {
  if (resource.group === 'admissionregistration.k8s.io') return admissionConfiguration.has(resource.resource)
  return reviews.has(`${resource.group}/${resource.resource}`)
}
