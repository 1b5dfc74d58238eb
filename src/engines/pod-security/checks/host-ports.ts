import type { PodCheck, PodTest } from '../check.ts'
import type { Container } from '../pod.ts'
import { pluralize, quoteContainers, sortedSet } from '../text.ts'

/** Reads `ports[*].hostPort` of every container. Allowed: unset or 0. Upstream: policy/check_hostPorts.go. */
const noHostPorts: PodTest = (pod) => {
  const bad = pod.containers.filter((container) => hostPortsOf(container).length > 0)
  if (bad.length === 0) return undefined
  const ports = bad.flatMap(hostPortsOf)
  // Sorted as texts: 10 comes before 9.
  const numbers = sortedSet(ports.map((port) => String(port.hostPort)))
  return {
    reason: 'hostPort',
    detail: [
      quoteContainers(bad.map((container) => container.name)),
      pluralize('uses', 'use', bad.length),
      pluralize('hostPort', 'hostPorts', numbers.length),
      numbers.join(', '),
    ].join(' '),
    paths: ports.map((port) => `${port.path}.hostPort`),
  }
}

const hostPortsOf = (container: Container) => container.ports.filter((port) => port.hostPort !== 0)

export const hostPorts: PodCheck = {
  id: 'hostPorts',
  level: 'baseline',
  overrides: [],
  versions: [{ minor: 0, test: noHostPorts }],
}
