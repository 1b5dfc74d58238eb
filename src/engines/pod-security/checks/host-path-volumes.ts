import type { PodCheck, PodTest } from '../check.ts'
import { joinQuote, pluralize } from '../text.ts'

/** Reads `volumes[*].hostPath`. Allowed: unset. Upstream: policy/check_hostPathVolumes.go. */
const noHostPath: PodTest = (pod) => {
  const bad = pod.volumes.filter((volume) => volume.sources.includes('hostPath'))
  if (bad.length === 0) return undefined
  return {
    reason: 'hostPath volumes',
    detail: `${pluralize('volume', 'volumes', bad.length)} ${joinQuote(bad.map((volume) => volume.name))}`,
    paths: bad.map((volume) => `${volume.path}.hostPath`),
  }
}

export const hostPathVolumes: PodCheck = {
  id: 'hostPathVolumes',
  level: 'baseline',
  overrides: [],
  versions: [{ minor: 0, test: noHostPath }],
}
