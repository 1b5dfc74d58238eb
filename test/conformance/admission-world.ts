import type { AdmissionRequest, AdmissionWorld, GroupVersionKind } from '../../src/engines/admission/index.ts'
import { isObject, type JsonObject } from '../../src/model/json.ts'

/** A cluster for policies of a library: every namespace exists, nobody is allowed anything by the authorizer. */
export const libraryWorld = (params: readonly JsonObject[]): AdmissionWorld => ({
  namespaceLabels: () => ({}),
  equivalents: () => [],
  scopeOf: () => (params.length === 0 ? undefined : 'Cluster'),
  objectsOf: () => params,
  namespace: (name) => ({ metadata: { name } }),
  authorize: () => ({ decision: 'no opinion', reason: '' }),
  convert: (object) => object,
})

/** The request with which a user creates (or updates) an object. */
export function requestFor(
  object: JsonObject,
  operation: 'CREATE' | 'UPDATE' = 'CREATE',
  oldObject: JsonObject | null = null,
): AdmissionRequest {
  const kind = kindOf(object)
  const metadata = isObject(object.metadata) ? object.metadata : {}
  const namespaced = !clusterKinds.has(kind.kind)
  return {
    operation,
    kind,
    resource: { group: kind.group, version: kind.version, resource: resourceOf(kind.kind) },
    subresource: '',
    name: typeof metadata.name === 'string' ? metadata.name : '',
    namespace: namespaced
      ? typeof metadata.namespace === 'string'
        ? metadata.namespace
        : 'default'
      : kind.kind === 'Namespace'
        ? String(metadata.name)
        : '',
    user: { name: 'alice', groups: ['system:authenticated'] },
    dryRun: false,
    object,
    oldObject,
  }
}

export function kindOf(object: JsonObject): GroupVersionKind {
  const [version = '', group = ''] = String(object.apiVersion).split('/').reverse()
  return { group, version, kind: String(object.kind) }
}

const clusterKinds = new Set(
  'Namespace Node PersistentVolume ClusterRole ClusterRoleBinding StorageClass IngressClass PriorityClass CustomResourceDefinition'.split(
    ' ',
  ),
)

/** The plural that Kubernetes uses for a kind. */
export function resourceOf(kind: string): string {
  const lower = kind.toLowerCase()
  if (lower === 'endpoints') return lower
  if (/(?:s|x|ch)$/.test(lower)) return `${lower}es`
  return /[^aeiou]y$/.test(lower) ? `${lower.slice(0, -1)}ies` : `${lower}s`
}
