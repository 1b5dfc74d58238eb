import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { type Kind, typeOf } from './kind.ts'

/** Whether the kind holds values that Bulwark must never have. */
export const holdsSecrets = (kind: Pick<Kind, 'group' | 'resource'>): boolean =>
  kind.group === '' && kind.resource === 'secrets'

/**
 * Asks for the metadata alone, so that values never leave the API server. No plain `application/json` stands behind:
 * a server that cannot do this answers 406 and the kind is not seen, rather than sending values.
 * Upstream: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables and
 * k8s.io/client-go/metadata (metadata.go).
 */
export const metadataAccept = {
  list: 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1',
  watch: 'application/json;as=PartialObjectMetadata;g=meta.k8s.io;v=v1',
} as const

/** Names and times of an object, which tell nothing of what it holds. */
const safeMetadata = [
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
  'ownerReferences',
  'finalizers',
] as const

/**
 * Annotations whose values are names. All others are kept without their value: `kubectl apply`, kapp, Rancher's
 * objectset and others write the whole object, values included, into an annotation.
 */
const safeAnnotations =
  /^(kubernetes\.io\/(service-account\.(name|uid)|created-by)|kubernetes\.io\/legacy-token-.*|cert-manager\.io\/(certificate-name|issuer-name|issuer-kind|issuer-group|common-name|alt-names)|meta\.helm\.sh\/(release-name|release-namespace)|argocd\.argoproj\.io\/tracking-id)$/

/** What stands for a value that we do not keep. */
export const removed = '[removed]'

/**
 * A Secret without its values: chosen metadata, and in `data` the key names with `[removed]` for each value. It is
 * built out of what is known to be harmless, whatever the server sent, so nothing else can pass.
 *
 * PartialObjectMetadata has no `data`; the key names come from managedFields (`f:data` → `f:password`).
 */
export function secretBody(kind: Kind, object: JsonObject): KubernetesObject {
  const from = isObject(object.metadata) ? object.metadata : {}
  const metadata: Record<string, JsonValue> = {}
  for (const field of safeMetadata) {
    const value = from[field]
    if (value !== undefined) metadata[field] = value
  }
  if (isObject(from.annotations)) {
    metadata.annotations = Object.fromEntries(
      Object.entries(from.annotations).map(([key, value]) => [
        key,
        typeof value === 'string' && safeAnnotations.test(key) ? value : removed,
      ]),
    )
  }
  const keys = keyNames(from, object)
  return {
    ...typeOf(kind),
    metadata: withoutFields(metadata, from),
    ...(keys.length === 0 ? {} : { data: Object.fromEntries(keys.map((key) => [key, removed])) }),
  }
}

function keyNames(metadata: JsonObject, object: JsonObject): readonly string[] {
  const names = new Set<string>()
  for (const entry of managedFields(metadata)) {
    const fields = isObject(entry.fieldsV1) ? entry.fieldsV1 : {}
    for (const part of ['f:data', 'f:stringData']) {
      const data = fields[part]
      for (const key of isObject(data) ? Object.keys(data) : []) {
        if (key.startsWith('f:') && key.length > 2) names.add(key.slice(2))
      }
    }
  }
  // A server that sent the values all the same: their names are ours to keep, the values are not.
  if (isObject(object.data)) for (const key of Object.keys(object.data)) names.add(key)
  return [...names].sort()
}

/**
 * Keeps of `managedFields` who wrote when (manager, operation, time, subresource) and drops `fieldsV1`: the list of
 * fields is often longer than the object and says nothing that the difference of two versions does not.
 */
export function withoutFields(metadata: JsonObject, from: JsonObject): JsonObject {
  const entries = managedFields(from)
  if (entries.length === 0) return metadata
  return { ...metadata, managedFields: entries.map(({ fieldsV1: _, fieldsType: __, ...kept }) => kept) }
}

const managedFields = (metadata: JsonObject): readonly JsonObject[] =>
  Array.isArray(metadata.managedFields) ? metadata.managedFields.filter(isObject) : []
