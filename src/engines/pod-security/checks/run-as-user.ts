import { type PodCheck, type PodTest, unlessUserNamespace } from '../check.ts'
import { settersOf } from '../text.ts'

/**
 * Reads `securityContext.runAsUser` of pod and containers. Allowed: unset, or anything but 0.
 * Upstream: policy/check_runAsUser.go.
 */
const notZero: PodTest = (pod) => {
  const podIsBad = pod.securityContext?.runAsUser === 0
  const bad = pod.containers.filter((container) => container.securityContext?.runAsUser === 0)
  const setters = settersOf(
    podIsBad,
    bad.map((one) => one.name),
  )
  if (setters.length === 0) return undefined
  return {
    reason: 'runAsUser=0',
    detail: `${setters.join(' and ')} must not set runAsUser=0`,
    paths: [
      ...(podIsBad ? ['spec.securityContext.runAsUser'] : []),
      ...bad.map((one) => `${one.path}.securityContext.runAsUser`),
    ],
  }
}

export const runAsUser: PodCheck = {
  id: 'runAsUser',
  level: 'restricted',
  overrides: [],
  versions: [
    { minor: 23, test: notZero },
    { minor: 35, test: unlessUserNamespace(notZero) },
  ],
}
