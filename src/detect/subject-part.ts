import { isObject, type JsonObject, type JsonValue } from '../model/json.ts'
import type { ObjectVersion } from '../model/object.ts'

/**
 * What of an object's version says where a record happened (subjects.ts, src/state/ownership.ts): its owners, and of a pod
 * its node and containers. Of a large cluster all other fields would take too much memory.
 */
export const subjectPart = (version: ObjectVersion): ObjectVersion => {
  const { metadata, spec, status } = version.body
  const isPod = version.ref.group === '' && version.ref.kind === 'Pod'
  const hash: unknown = metadata?.labels?.[templateHash]
  const body: ObjectVersion['body'] = {
    metadata: {
      ...picked(metadata, ['name', 'namespace', 'uid', 'ownerReferences', 'creationTimestamp']),
      // It names the Deployment above a ReplicaSet that is not in the state.
      ...(typeof hash === 'string' && { labels: { [templateHash]: hash } }),
    },
    ...(isPod && {
      spec: {
        ...picked(spec, ['nodeName', 'serviceAccountName']),
        ...each(spec, ['containers', 'initContainers', 'ephemeralContainers'], ['name', 'image']),
      },
      status: each(
        status,
        ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'],
        ['name', 'image', 'containerID'],
      ),
    }),
  }
  return { ...version, body }
}

const templateHash = 'pod-template-hash'

const picked = (value: unknown, names: readonly string[]): JsonObject => {
  if (!isObject(value)) return {}
  const kept: Record<string, JsonValue> = {}
  for (const name of names) {
    const member = value[name]
    if (member !== undefined) kept[name] = member
  }
  return kept
}

const each = (value: JsonValue | undefined, lists: readonly string[], names: readonly string[]): JsonObject => {
  const kept: Record<string, JsonValue> = {}
  for (const [list, items] of Object.entries(picked(value, lists))) {
    if (Array.isArray(items)) kept[list] = items.map((item) => picked(item, names))
  }
  return kept
}
