import type { PodCheck, PodTest } from '../check.ts'
import { settersOf } from '../text.ts'

/**
 * Reads `securityContext.windowsOptions.hostProcess` of pod and containers. Allowed: unset or false.
 * Upstream: policy/check_windowsHostProcess.go.
 */
const noHostProcess: PodTest = (pod) => {
  const podIsBad = pod.securityContext?.windowsHostProcess === true
  const bad = pod.containers.filter((container) => container.securityContext?.windowsHostProcess === true)
  const setters = settersOf(
    podIsBad,
    bad.map((one) => one.name),
  )
  if (setters.length === 0) return undefined
  return {
    reason: 'hostProcess',
    detail: `${setters.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true`,
    paths: [
      ...(podIsBad ? ['spec.securityContext.windowsOptions.hostProcess'] : []),
      ...bad.map((one) => `${one.path}.securityContext.windowsOptions.hostProcess`),
    ],
  }
}

export const windowsHostProcess: PodCheck = {
  id: 'windowsHostProcess',
  level: 'baseline',
  overrides: [],
  versions: [{ minor: 0, test: noHostProcess }],
}
