/** Object versions for tests and benches, made of what the case is about. */
import type { JsonObject } from '../model/json.ts'
import { type Change, type ObjectVersion, splitApiVersion } from '../model/object.ts'

/** All but `kind` and `name` has a default; `rest` is merged into the body (`spec`, `status`, …). */
export interface SampleObject {
  readonly apiVersion?: string
  readonly kind: string
  readonly namespace?: string
  readonly name: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly change?: Change
  readonly synthesised?: boolean
  /** Microseconds. */
  readonly time?: number
  readonly owner?: { readonly apiVersion: string; readonly kind: string; readonly name: string; readonly uid?: string }
  readonly labels?: Readonly<Record<string, string>>
  readonly rest?: JsonObject
}

export const sampleObject = (sample: SampleObject): ObjectVersion => {
  const { apiVersion = 'v1', kind, namespace = '', name, resourceVersion = '1', time = 1, owner, labels } = sample
  const uid = sample.uid ?? `uid-${kind}-${namespace}-${name}`
  const ownerReferences = owner
    ? [{ ...owner, uid: owner.uid ?? `uid-${owner.kind}-${namespace}-${owner.name}`, controller: true }]
    : []
  const metadata = { name, namespace, uid, resourceVersion, labels: labels ?? {}, ownerReferences }
  return {
    kind: 'object',
    time,
    receivedAt: time,
    cluster: 'shop',
    source: 'cluster',
    ref: { ...splitApiVersion(apiVersion), kind, resource: `${kind.toLowerCase()}s`, namespace, name },
    uid,
    resourceVersion,
    change: sample.change ?? 'added',
    synthesised: sample.synthesised ?? false,
    body: { apiVersion, kind, metadata, ...sample.rest },
  }
}
