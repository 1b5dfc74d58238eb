import { type PodCheck, type PodTest, unlessWindows } from '../check.ts'
import { quoteContainers } from '../text.ts'

/**
 * Reads `securityContext.allowPrivilegeEscalation` of every container. Allowed: false, set explicitly.
 * Upstream: policy/check_allowPrivilegeEscalation.go.
 */
const mustBeFalse: PodTest = (pod) => {
  const bad = pod.containers.filter((container) => container.securityContext?.allowPrivilegeEscalation !== false)
  if (bad.length === 0) return undefined
  return {
    reason: 'allowPrivilegeEscalation != false',
    detail: `${quoteContainers(bad.map((one) => one.name))} must set securityContext.allowPrivilegeEscalation=false`,
    paths: bad.map((one) => `${one.path}.securityContext.allowPrivilegeEscalation`),
  }
}

export const allowPrivilegeEscalation: PodCheck = {
  id: 'allowPrivilegeEscalation',
  level: 'restricted',
  overrides: [],
  versions: [
    { minor: 8, test: mustBeFalse },
    { minor: 25, test: unlessWindows(mustBeFalse) },
  ],
}
