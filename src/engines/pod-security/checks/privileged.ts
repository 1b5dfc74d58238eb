import type { PodCheck, PodTest } from '../check.ts'
import { quoteContainers } from '../text.ts'

/** Reads `securityContext.privileged` of every container. Allowed: unset or false. Upstream: policy/check_privileged.go. */
const notPrivileged: PodTest = (pod) => {
  const bad = pod.containers.filter((container) => container.securityContext?.privileged === true)
  if (bad.length === 0) return undefined
  return {
    reason: 'privileged',
    detail: `${quoteContainers(bad.map((one) => one.name))} must not set securityContext.privileged=true`,
    paths: bad.map((one) => `${one.path}.securityContext.privileged`),
  }
}

export const privileged: PodCheck = {
  id: 'privileged',
  level: 'baseline',
  overrides: [],
  versions: [{ minor: 0, test: notPrivileged }],
}
