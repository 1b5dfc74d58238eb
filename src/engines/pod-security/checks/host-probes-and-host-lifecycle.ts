import type { PodCheck, PodTest } from '../check.ts'
import { joinQuote, pluralize, quoteContainers, sortedSet } from '../text.ts'

/**
 * Reads `host` of httpGet and tcpSocket in the probes and lifecycle handlers of every container. Allowed: unset or empty;
 * `127.0.0.1` and `localhost` are not. Upstream: policy/check_hostProbesAndhostLifecycle.go.
 */
const noHosts: PodTest = (pod) => {
  const bad = pod.containers.filter((container) => container.probeHosts.length > 0)
  if (bad.length === 0) return undefined
  // Unlike in the other checks, upstream keeps the names in a set.
  const names = sortedSet(bad.map((container) => container.name))
  const hosts = sortedSet(bad.flatMap((container) => container.probeHosts.map((host) => host.value)))
  return {
    reason: 'probe or lifecycle host',
    detail: [
      quoteContainers(names),
      pluralize('uses', 'use', names.length),
      pluralize('probe or lifecycle host', 'probe or lifecycle hosts', hosts.length),
      joinQuote(hosts),
    ].join(' '),
    paths: bad.flatMap((container) => container.probeHosts.map((host) => host.path)),
  }
}

export const hostProbesAndHostLifecycle: PodCheck = {
  id: 'hostProbesAndHostLifecycle',
  level: 'baseline',
  overrides: [],
  versions: [{ minor: 34, test: noHosts }],
}
