import { type PodCheck, type PodTest, unlessUserNamespace } from '../check.ts'
import { quoteContainers, settersOf } from '../text.ts'

/**
 * Reads `securityContext.runAsNonRoot` of pod and containers. Allowed: true on every container, set there or on the pod.
 * A `false` anywhere is a fault of its own: a container's true does not mend the pod's false. Faults by omission are told
 * only where nothing is false. Upstream: policy/check_runAsNonRoot.go.
 */
const mustBeTrue: PodTest = (pod) => {
  const onPod = pod.securityContext?.runAsNonRoot
  const explicit = pod.containers.filter((container) => container.securityContext?.runAsNonRoot === false)
  const setters = settersOf(
    onPod === false,
    explicit.map((one) => one.name),
  )
  if (setters.length > 0) {
    return {
      reason: 'runAsNonRoot != true',
      detail: `${setters.join(' and ')} must not set securityContext.runAsNonRoot=false`,
      paths: [
        ...(onPod === false ? ['spec.securityContext.runAsNonRoot'] : []),
        ...explicit.map((one) => `${one.path}.securityContext.runAsNonRoot`),
      ],
    }
  }
  if (onPod === true) return undefined
  const implicit = pod.containers.filter((container) => container.securityContext?.runAsNonRoot === undefined)
  if (implicit.length === 0) return undefined
  return {
    reason: 'runAsNonRoot != true',
    detail: `pod or ${quoteContainers(implicit.map((one) => one.name))} must set securityContext.runAsNonRoot=true`,
    paths: implicit.map((one) => `${one.path}.securityContext.runAsNonRoot`),
  }
}

export const runAsNonRoot: PodCheck = {
  id: 'runAsNonRoot',
  level: 'restricted',
  overrides: [],
  versions: [
    { minor: 0, test: mustBeTrue },
    { minor: 35, test: unlessUserNamespace(mustBeTrue) },
  ],
}
