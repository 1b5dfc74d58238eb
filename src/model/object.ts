import type { JsonObject } from './json.ts'
import type { Micros } from './time.ts'

/** Metadata that every Kubernetes object has. Fields as in `k8s.io/apimachinery/pkg/apis/meta/v1` ObjectMeta. */
export interface ObjectMeta {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string | null
  readonly deletionTimestamp?: string | null
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly managedFields?: readonly JsonObject[]
}

/** A link to the object that this one belongs to. */
export interface OwnerReference {
  readonly apiVersion: string
  readonly kind: string
  readonly name: string
  readonly uid: string
  readonly controller?: boolean
}

/** A Kubernetes object as the API server gives it. Its `spec`, `status` and so on are untyped until somebody reads them. */
export interface KubernetesObject extends JsonObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: ObjectMeta & JsonObject
}

/**
 * What names one object in one cluster. `group` is empty for the core group, `namespace` is empty for cluster-scoped
 * kinds. `resource` is the plural used in URLs and audit events (`deployments`).
 */
export interface ObjectRef {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly resource: string
  readonly namespace: string
  readonly name: string
}

/** How we came to know of a version. `listed`: seen in a list, so it may be older than its observation. */
export const changes = ['listed', 'added', 'modified', 'deleted'] as const
export type Change = (typeof changes)[number]

/**
 * One state of one object. Secret values are never kept: of a Secret there is metadata, and of its data the key names.
 * For `deleted`, `body` is the last state known.
 */
export interface ObjectVersion {
  readonly kind: 'object'
  readonly time: Micros
  readonly receivedAt: Micros
  readonly cluster: string
  readonly source: string
  readonly ref: ObjectRef
  readonly uid: string
  readonly resourceVersion: string
  readonly change: Change
  /** True when no event told us: the object was gone, or different, at a relist. Its true time lies before `time`. */
  readonly synthesised: boolean
  readonly body: KubernetesObject
}

/** The one text that names an object inside a cluster: `apps/Deployment/shop/web`, `/Node//node-1` for the core group. */
export const objectKey = (ref: Pick<ObjectRef, 'group' | 'kind' | 'namespace' | 'name'>): string =>
  `${ref.group}/${ref.kind}/${ref.namespace}/${ref.name}`

/** Splits an `apiVersion` into group (empty for core) and version. */
export const splitApiVersion = (apiVersion: string): { readonly group: string; readonly version: string } => {
  const slash = apiVersion.indexOf('/')
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}
