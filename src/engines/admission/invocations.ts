/**
 * From a policy and its bindings to the evaluations that a request needs, one for each binding and param.
 * Source: Kubernetes v1.37.2 `admission/plugin/policy/generic/policy_dispatcher.go`.
 */
import type { JsonObject } from '../../model/json.ts'
import type { Authorizer } from '../cel/index.ts'
import { type MatchWorld, matchResources } from './match.ts'
import { collectParams, type ParamWorld, unknownKind } from './params.ts'
import { objectAt, textAt } from './read.ts'
import type { AdmissionRequest, GroupVersionKind, GroupVersionResource } from './request.ts'

/** What a request is judged against, besides the policies. Everything is asked for, never fetched. */
export interface AdmissionWorld extends MatchWorld, ParamWorld {
  readonly namespace: (name: string) => JsonObject | undefined
  readonly authorize: Authorizer
  /** An object in another version of its kind; undefined where it cannot be converted. */
  readonly convert: (object: JsonObject, to: GroupVersionKind) => JsonObject | undefined
}

/** Why a policy or one of its bindings was not evaluated. */
export interface Skipped {
  readonly policy: string
  readonly binding: string
  readonly reason: string
}

export interface Denial {
  readonly code: number
  readonly reason: string
  readonly message: string
}

/** `binding` is empty where a fault or a reason concerns the policy itself. */
export type Invocation =
  | {
      readonly kind: 'invocation'
      readonly binding: string
      readonly object: JsonObject
      readonly resource: GroupVersionResource
      readonly as: GroupVersionKind
      readonly param: JsonObject | null
    }
  | { readonly kind: 'skipped'; readonly binding: string; readonly reason: string }
  | { readonly kind: 'error'; readonly binding: string; readonly message: string }

/** What a policy object and the bindings that name it come to for a request, in order. */
export function* invocationsOf(
  policy: JsonObject,
  bindings: readonly JsonObject[],
  request: AdmissionRequest,
  world: AdmissionWorld,
): Generator<Invocation> {
  const spec = objectAt(policy, 'spec')
  const constraints = objectAt(spec, 'matchConstraints')
  if (constraints === undefined) {
    yield { kind: 'error', binding: '', message: 'policy contained no match constraints, a required field' }
    return
  }
  const match = matchResources(constraints, request, world)
  if (match.kind === 'error') yield { kind: 'error', binding: '', message: match.message }
  else if (match.kind === 'no match') yield { kind: 'skipped', binding: '', reason: match.reason }
  else if (bindings.length === 0) yield { kind: 'skipped', binding: '', reason: 'no binding' }
  else {
    const paramKind = objectAt(spec, 'paramKind')
    const unknown = paramKind && unknownKind(paramKind, world)
    if (unknown !== undefined) yield { kind: 'error', binding: '', message: unknown }
    else for (const object of bindings) yield* bound(object, paramKind, match, request, world)
  }
}

function* bound(
  object: JsonObject,
  paramKind: JsonObject | undefined,
  { resource, as }: { readonly resource: GroupVersionResource; readonly as: GroupVersionKind },
  request: AdmissionRequest,
  world: AdmissionWorld,
): Generator<Invocation> {
  const binding = textAt(objectAt(object, 'metadata'), 'name')
  const spec = objectAt(object, 'spec')
  const match = matchResources(objectAt(spec, 'matchResources'), request, world)
  if (match.kind === 'error') yield { kind: 'error', binding, message: match.message }
  else if (match.kind === 'no match') yield { kind: 'skipped', binding, reason: match.reason }
  else {
    const found = collectParams(paramKind, objectAt(spec, 'paramRef'), request.namespace, world)
    if (found.kind === 'error') yield { kind: 'error', binding, message: found.message }
    else if (found.params.length === 0) yield { kind: 'skipped', binding, reason: 'no param found' }
    else for (const param of found.params) yield { kind: 'invocation', binding, object, resource, as, param }
  }
}

/** How a configuration that cannot be used is told. */
export const configurationFault = (binding: string, message: string): string =>
  `failed to configure ${binding === '' ? 'policy' : 'binding'}: ${message}`

/** The namespace that expressions see; a namespace itself has none. */
export function namespaceObjectOf({ namespace, kind }: AdmissionRequest, world: AdmissionWorld): JsonObject | null {
  const isNamespace = kind.group === '' && kind.version === 'v1' && kind.kind === 'Namespace'
  return namespace === '' || isNamespace ? null : (world.namespace(namespace) ?? null)
}

/** The request with its objects in another version; undefined where one of them cannot be converted. */
export function convertedRequest(
  request: AdmissionRequest,
  as: GroupVersionKind,
  world: AdmissionWorld,
): AdmissionRequest | undefined {
  const { group, version, kind } = request.kind
  if (as.group === group && as.version === version && as.kind === kind) return request
  const object = request.object === null ? null : world.convert(request.object, as)
  const oldObject = request.oldObject === null ? null : world.convert(request.oldObject, as)
  return object === undefined || oldObject === undefined ? undefined : { ...request, object, oldObject }
}

/** The name of a param in traces. */
export const paramName = (param: JsonObject | null): string | undefined =>
  param === null ? undefined : textAt(objectAt(param, 'metadata'), 'name')
