/**
 * The param objects of a binding. Source: Kubernetes v1.37.2 `admission/plugin/policy/generic/policy_dispatcher.go`
 * (CollectParams).
 */
import type { JsonObject } from '../../model/json.ts'
import { matchesLabels, readLabelSelector } from '../apimachinery/label-selector.ts'
import { labelsOf, objectAt, textAt } from './read.ts'

/** Where params are looked up. */
export interface ParamWorld {
  /** Whether a kind has namespaces; undefined where nobody knows the kind. */
  readonly scopeOf: (apiVersion: string, kind: string) => 'Namespaced' | 'Cluster' | undefined
  /** Objects of a kind, in a namespace where it has one. */
  readonly objectsOf: (apiVersion: string, kind: string, namespace: string) => readonly JsonObject[]
}

export type Params =
  /** One evaluation for each; null where the policy or binding names none. */
  | { readonly kind: 'params'; readonly params: readonly (JsonObject | null)[] }
  | { readonly kind: 'error'; readonly message: string }

const fault = (message: string): Params => ({ kind: 'error', message })

/** What is wrong with a policy whose params are of a kind that nobody knows (`policy/generic/policy_source.go`). */
export function unknownKind(paramKind: JsonObject, world: ParamWorld): string | undefined {
  const apiVersion = textAt(paramKind, 'apiVersion')
  const kind = textAt(paramKind, 'kind')
  if (world.scopeOf(apiVersion, kind) !== undefined) return undefined
  return `failed to find resource referenced by paramKind: '${apiVersion.includes('/') ? '' : '/'}${apiVersion}, Kind=${kind}'`
}

/** The params of `spec.paramRef` for a policy's `spec.paramKind`, for a request in this namespace. */
export function collectParams(
  paramKind: JsonObject | undefined,
  paramRef: JsonObject | undefined,
  namespace: string,
  world: ParamWorld,
): Params {
  if (paramKind === undefined) return { kind: 'params', params: [null] }
  const apiVersion = textAt(paramKind, 'apiVersion')
  const kind = textAt(paramKind, 'kind')
  if (paramRef === undefined) return { kind: 'params', params: [null] }
  const scope = world.scopeOf(apiVersion, kind)
  if (scope === undefined) return fault(`paramKind kind \`${apiVersion}, Kind=${kind}\` not known`)
  const own = textAt(paramRef, 'namespace')
  const from = scope === 'Cluster' ? '' : own || namespace
  if (scope === 'Namespaced' && from === '') {
    return fault('cannot use namespaced paramRef in policy binding that matches cluster-scoped resources')
  }
  if (scope === 'Cluster' && own !== '')
    return fault('paramRef.namespace must not be provided for a cluster-scoped `paramKind`')
  const found = select(paramRef, world.objectsOf(apiVersion, kind, from))
  if (typeof found === 'string') return fault(found)
  if (found.length === 0 && textAt(paramRef, 'parameterNotFoundAction') === 'Deny') {
    return fault('no params found for policy binding with `Deny` parameterNotFoundAction')
  }
  return { kind: 'params', params: found.map((object) => ({ apiVersion, kind, ...object })) }
}

function select(paramRef: JsonObject, objects: readonly JsonObject[]): readonly JsonObject[] | string {
  const name = textAt(paramRef, 'name')
  const selector = objectAt(paramRef, 'selector')
  if (name !== '') {
    if (selector !== undefined) return 'paramRef.name and paramRef.selector are mutually exclusive'
    return objects.filter((object) => textAt(objectAt(object, 'metadata'), 'name') === name)
  }
  if (selector === undefined) return 'one of name or selector must be provided'
  const read = readLabelSelector(selector)
  return read.kind === 'error' ? read.message : objects.filter((object) => matchesLabels(read, labelsOf(object)))
}
