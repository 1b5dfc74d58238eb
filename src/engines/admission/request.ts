/**
 * An admission request and what expressions see of it.
 * Source: Kubernetes v1.37.2 `admission/plugin/cel/condition.go` (CreateAdmissionRequest, CreateNamespaceObject).
 */
import type { JsonObject, JsonValue } from '../../model/json.ts'
import {
  type Authorizer,
  type AuthorizerUser,
  AuthorizerValue,
  type Bindings,
  type CelJson,
  type CelValue,
  fromJson,
  ResourceCheck,
} from '../cel/index.ts'
import { objectAt } from './read.ts'

export interface GroupVersionKind {
  readonly group: string
  readonly version: string
  readonly kind: string
}

export interface GroupVersionResource {
  readonly group: string
  readonly version: string
  readonly resource: string
}

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT'

/** A request as it reaches admission. `namespace` is empty for a cluster-scoped resource, `name` for a generated one. */
export interface AdmissionRequest {
  readonly operation: Operation
  readonly kind: GroupVersionKind
  readonly resource: GroupVersionResource
  readonly subresource: string
  readonly name: string
  readonly namespace: string
  readonly user: AuthorizerUser
  readonly dryRun: boolean
  /** Null on DELETE. */
  readonly object: JsonObject | null
  /** Null on CREATE and CONNECT. */
  readonly oldObject: JsonObject | null
  readonly options?: JsonObject
}

/** The parts of a request as an expression sees them, converted once for all expressions. */
export interface RequestValues {
  readonly object: CelValue
  readonly oldObject: CelValue
  readonly request: CelValue
  readonly namespaceObject: CelValue
  readonly authorizer: AuthorizerValue
  readonly requestResource: ResourceCheck
}

/** What a request looks like to expressions, as the resource and kind that a policy's rule matched. */
export function requestValues(
  request: AdmissionRequest,
  matched: { readonly resource: GroupVersionResource; readonly kind: GroupVersionKind },
  namespaceObject: JsonObject | null,
  authorize: Authorizer,
): RequestValues {
  const authorizer = new AuthorizerValue(request.user, authorize)
  return {
    object: fromJson(request.object),
    oldObject: fromJson(request.oldObject),
    request: fromJson(requestJson(request, matched)),
    namespaceObject: fromJson(namespaceObject === null ? null : namespaceJson(namespaceObject)),
    authorizer,
    requestResource: new ResourceCheck(authorizer, {
      group: request.resource.group,
      resource: request.resource.resource,
      subresource: request.subresource,
      namespace: request.namespace,
      name: request.name,
      fieldSelector: '',
      labelSelector: '',
    }),
  }
}

/** The variables of one expression. Params are given to those that declare them. */
export const bindingsOf = (
  values: RequestValues,
  params: CelValue,
  authorizer: boolean,
  variables: CelValue,
): Bindings => ({
  object: values.object,
  oldObject: values.oldObject,
  request: values.request,
  namespaceObject: values.namespaceObject,
  params,
  variables,
  ...(authorizer ? { authorizer: values.authorizer, 'authorizer.requestResource': values.requestResource } : {}),
})

function requestJson(
  request: AdmissionRequest,
  matched: { readonly resource: GroupVersionResource; readonly kind: GroupVersionKind },
): { readonly [key: string]: CelJson | undefined } {
  const { user } = request
  const optional = (value: string): string | undefined => (value === '' ? undefined : value)
  return {
    kind: { ...matched.kind },
    resource: { ...matched.resource },
    subResource: optional(request.subresource),
    requestKind: { ...request.kind },
    requestResource: { ...request.resource },
    requestSubResource: optional(request.subresource),
    name: optional(request.name),
    namespace: optional(request.namespace),
    operation: request.operation,
    userInfo: {
      username: optional(user.name),
      uid: optional(user.uid ?? ''),
      groups: user.groups.length === 0 ? undefined : user.groups,
      extra: user.extra === undefined || Object.keys(user.extra).length === 0 ? undefined : user.extra,
    },
    dryRun: request.dryRun,
    options: request.options ?? null,
  }
}

const namespaceMetadata = [
  'name',
  'generateName',
  'namespace',
  'uid',
  'resourceVersion',
  'generation',
  'creationTimestamp',
  'deletionTimestamp',
  'deletionGracePeriodSeconds',
  'labels',
  'annotations',
  'finalizers',
]

/** A namespace without its managed fields and owners. */
export function namespaceJson(namespace: JsonObject): JsonObject {
  const metadata = objectAt(namespace, 'metadata') ?? {}
  const kept: Record<string, JsonValue | undefined> = {}
  for (const field of namespaceMetadata) if (metadata[field] !== undefined) kept[field] = metadata[field]
  return { metadata: kept, spec: objectAt(namespace, 'spec') ?? {}, status: objectAt(namespace, 'status') ?? {} }
}
