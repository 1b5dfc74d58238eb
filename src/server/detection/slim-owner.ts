import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import type { ObjectVersion } from '../../model/object.ts'

/**
 * An object with what says where its pods and containers belong (src/state/runtime-subject.ts, src/state/ownership.ts): of
 * a large cluster all other fields would take too much memory.
 */
export const slimOwner = (version: ObjectVersion): ObjectVersion => {
  const { metadata, spec, status } = version.body
  const hash = metadata?.labels?.['pod-template-hash']
  return {
    ...version,
    body: {
      metadata: {
        ...slim(metadata, metadataKeys),
        ...(typeof hash === 'string' && { labels: { 'pod-template-hash': hash } }),
      },
      ...(version.ref.kind === 'Pod' && {
        spec: withContainers(spec, ['serviceAccountName', 'nodeName'], specLists),
        status: withContainers(status, [], statusLists),
      }),
    },
  }
}

const metadataKeys = ['name', 'namespace', 'uid', 'ownerReferences']
const specLists = ['containers', 'initContainers', 'ephemeralContainers']
const statusLists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses']

const withContainers = (
  value: JsonValue | undefined,
  keys: readonly string[],
  lists: readonly string[],
): JsonObject => {
  const kept: { [key: string]: JsonValue } = { ...slim(value, keys) }
  for (const [key, list] of Object.entries(slim(value, lists))) {
    if (Array.isArray(list)) kept[key] = list.map((item) => slim(item, ['name', 'image', 'containerID']))
  }
  return kept
}

const slim = (value: JsonValue | undefined, keys: readonly string[]): Readonly<Record<string, JsonValue>> => {
  const kept: { [key: string]: JsonValue } = {}
  for (const key of keys) {
    const one = isObject(value) ? value[key] : undefined
    if (one !== undefined) kept[key] = one
  }
  return kept
}
