import { asString, isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { KubernetesObject } from '../../model/object.ts'
import { type Kind, typeOf } from './kind.ts'
import { holdsSecrets, secretBody, withoutFields } from './secrets.ts'

/** One object as it was received: what names it, and the body that is handed over. */
export interface Received {
  /** The object's uid; `namespace/name` for the few aggregated kinds that have none. */
  readonly uid: string
  readonly resourceVersion: string
  readonly namespace: string
  readonly name: string
  readonly body: KubernetesObject
}

/** `kubectl apply` writes the whole object a second time into this annotation, values of environment variables included. */
const lastApplied = 'kubectl.kubernetes.io/last-applied-configuration'

/**
 * Reads one object of a list or of a watch. Undefined where it is no Kubernetes object (no metadata.name).
 *
 * Bodies are kept whole (ConfigMaps too: the recorder redacts values that look like secrets), except for
 * - Secrets: see {@link secretBody};
 * - `managedFields`: see {@link withoutFields};
 * - the last-applied annotation: a copy of the object inside the object, which no redaction of fields would reach.
 */
export function receive(kind: Kind, item: JsonValue): Received | undefined {
  const metadata = isObject(item) && isObject(item.metadata) ? item.metadata : undefined
  const name = asString(metadata?.name)
  if (!isObject(item) || metadata === undefined || name === undefined) return undefined
  const namespace = asString(metadata.namespace) ?? ''
  return {
    uid: asString(metadata.uid) || `${namespace}/${name}`,
    resourceVersion: asString(metadata.resourceVersion) ?? '',
    namespace,
    name,
    body: holdsSecrets(kind) ? secretBody(kind, item) : plainBody(kind, item, metadata),
  }
}

function plainBody(kind: Kind, item: JsonObject, metadata: JsonObject): KubernetesObject {
  const { managedFields: _, annotations, ...rest } = metadata
  const kept = isObject(annotations) ? withoutKey(annotations, lastApplied) : annotations
  return {
    ...typeOf(kind),
    ...item,
    metadata: withoutFields(kept === undefined ? rest : { ...rest, annotations: kept }, metadata),
  }
}

function withoutKey(from: JsonObject, key: string): JsonObject {
  if (!(key in from)) return from
  const { [key]: _, ...rest } = from
  return rest
}
