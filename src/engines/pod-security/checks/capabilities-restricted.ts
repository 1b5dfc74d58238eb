import { type PodCheck, type PodTest, unlessWindows } from '../check.ts'
import type { Container } from '../pod.ts'
import { joinQuote, quoteContainers, sortedSet } from '../text.ts'

/**
 * Reads `securityContext.capabilities` of every container. Allowed: `drop` holds ALL (in capitals), `add` nothing but
 * NET_BIND_SERVICE. Upstream: policy/check_capabilities_restricted.go.
 */
const dropAll: PodTest = (pod) => {
  const missing = pod.containers.filter((one) => !one.securityContext?.capabilities?.drop.includes('ALL'))
  const adding = pod.containers.filter((one) => forbiddenAdds(one).length > 0)
  const details: string[] = []
  if (missing.length > 0) {
    details.push(
      `${quoteContainers(missing.map((one) => one.name))} must set securityContext.capabilities.drop=["ALL"]`,
    )
  }
  if (adding.length > 0) {
    const forbidden = joinQuote(sortedSet(adding.flatMap(forbiddenAdds)))
    details.push(
      `${quoteContainers(adding.map((one) => one.name))} must not include ${forbidden} in securityContext.capabilities.add`,
    )
  }
  if (details.length === 0) return undefined
  return {
    reason: 'unrestricted capabilities',
    detail: details.join('; '),
    paths: [
      ...missing.map((one) => `${one.path}.securityContext.capabilities.drop`),
      ...adding.map((one) => `${one.path}.securityContext.capabilities.add`),
    ],
  }
}

const forbiddenAdds = (container: Container): readonly string[] =>
  container.securityContext?.capabilities?.add.filter((capability) => capability !== 'NET_BIND_SERVICE') ?? []

export const capabilitiesRestricted: PodCheck = {
  id: 'capabilities_restricted',
  level: 'restricted',
  overrides: ['capabilities_baseline'],
  versions: [
    { minor: 22, test: dropAll },
    { minor: 25, test: unlessWindows(dropAll) },
  ],
}
