import { type PodCheck, type PodTest, unlessUserNamespace } from '../check.ts'
import { joinQuote, quoteContainers, sortedSet } from '../text.ts'

/**
 * Reads `securityContext.procMount` of every container. Allowed: unset or Default; the empty text is not.
 * Upstream: policy/check_procMount_baseline.go.
 */
export const onlyDefaultProcMount: PodTest = (pod) => {
  const bad = pod.containers.filter((container) => {
    const procMount = container.securityContext?.procMount
    return procMount !== undefined && procMount !== 'Default'
  })
  if (bad.length === 0) return undefined
  const values = sortedSet(bad.map((one) => one.securityContext?.procMount ?? ''))
  return {
    reason: 'procMount',
    detail: `${quoteContainers(bad.map((one) => one.name))} must not set securityContext.procMount to ${joinQuote(values)}`,
    paths: bad.map((one) => `${one.path}.securityContext.procMount`),
  }
}

export const procMount: PodCheck = {
  id: 'procMount',
  level: 'baseline',
  overrides: [],
  versions: [
    { minor: 0, test: onlyDefaultProcMount },
    { minor: 35, test: unlessUserNamespace(onlyDefaultProcMount) },
  ],
}
