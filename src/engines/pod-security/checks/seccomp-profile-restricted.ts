import { type PodCheck, type PodTest, unlessWindows } from '../check.ts'
import { quoteContainers } from '../text.ts'
import { isBadProfile, noForbiddenProfile } from './seccomp-profile-baseline.ts'

/**
 * Reads `securityContext.seccompProfile.type` of pod and containers. Allowed: RuntimeDefault or Localhost on every
 * container, set there or on the pod. Forbidden values are told first; omissions only where there is none.
 * Upstream: policy/check_seccompProfile_restricted.go.
 */
const mustHaveProfile: PodTest = (pod) => {
  const explicit = noForbiddenProfile(pod)
  if (explicit !== undefined) return explicit
  const onPod = pod.securityContext?.seccompProfile
  if (onPod !== undefined && !isBadProfile(onPod)) return undefined
  const implicit = pod.containers.filter((container) => container.securityContext?.seccompProfile === undefined)
  if (implicit.length === 0) return undefined
  return {
    reason: 'seccompProfile',
    detail: `pod or ${quoteContainers(implicit.map((one) => one.name))} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
    paths: implicit.map((one) => `${one.path}.securityContext.seccompProfile.type`),
  }
}

export const seccompProfileRestricted: PodCheck = {
  id: 'seccompProfile_restricted',
  level: 'restricted',
  overrides: ['seccompProfile_baseline'],
  versions: [
    { minor: 19, test: mustHaveProfile },
    { minor: 25, test: unlessWindows(mustHaveProfile) },
  ],
}
