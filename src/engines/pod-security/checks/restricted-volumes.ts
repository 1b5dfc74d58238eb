import type { PodCheck, PodTest } from '../check.ts'
import { restrictedVolumeSources, type Volume } from '../pod.ts'
import { joinQuote, pluralize, sortedSet } from '../text.ts'

/**
 * Reads the source of every volume. Allowed: any volume that has one of the sources which cannot reach the node. A volume
 * without a source that Kubernetes knows is `unknown` and not allowed. Upstream: policy/check_restrictedVolumes.go.
 */
const onlyRestrictedSources: PodTest = (pod) => {
  const bad = pod.volumes.filter((volume) => !volume.sources.some((source) => allowed.has(source)))
  if (bad.length === 0) return undefined
  const types = sortedSet(bad.map(typeOf))
  return {
    reason: 'restricted volume types',
    detail: [
      pluralize('volume', 'volumes', bad.length),
      joinQuote(bad.map((volume) => volume.name)),
      pluralize('uses', 'use', bad.length),
      pluralize('restricted volume type', 'restricted volume types', types.length),
      joinQuote(types),
    ].join(' '),
    paths: bad.map((volume) => (volume.sources[0] === undefined ? volume.path : `${volume.path}.${volume.sources[0]}`)),
  }
}

const allowed: ReadonlySet<string> = new Set(restrictedVolumeSources)

const typeOf = (volume: Volume): string => volume.sources[0] ?? 'unknown'

export const restrictedVolumes: PodCheck = {
  id: 'restrictedVolumes',
  level: 'restricted',
  overrides: ['hostPathVolumes'],
  versions: [{ minor: 0, test: onlyRestrictedSources }],
}
