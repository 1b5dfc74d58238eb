import type { PodCheck, PodTest } from '../check.ts'
import { joinQuote, quoteContainers, sortedSet } from '../text.ts'

/** What a runtime gives, without NET_RAW. Compared exactly: `chown`, `CAP_CHOWN` and `ALL` are not among them. */
export const defaultCapabilities: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
])

/**
 * Reads `securityContext.capabilities.add` of every container. Allowed: the capabilities that a container runtime gives
 * by default, without NET_RAW. Upstream: policy/check_capabilities_baseline.go.
 */
const onlyDefaultCapabilities: PodTest = (pod) => {
  const bad = pod.containers.filter((container) =>
    container.securityContext?.capabilities?.add.some((capability) => !defaultCapabilities.has(capability)),
  )
  if (bad.length === 0) return undefined
  const forbidden = bad.flatMap(
    (one) => one.securityContext?.capabilities?.add.filter((name) => !defaultCapabilities.has(name)) ?? [],
  )
  return {
    reason: 'non-default capabilities',
    detail: `${quoteContainers(bad.map((one) => one.name))} must not include ${joinQuote(sortedSet(forbidden))} in securityContext.capabilities.add`,
    paths: bad.map((one) => `${one.path}.securityContext.capabilities.add`),
  }
}

export const capabilitiesBaseline: PodCheck = {
  id: 'capabilities_baseline',
  level: 'baseline',
  overrides: [],
  versions: [{ minor: 0, test: onlyDefaultCapabilities }],
}
