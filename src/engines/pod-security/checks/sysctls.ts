import type { PodCheck, PodTest } from '../check.ts'

/**
 * Reads `securityContext.sysctls[*].name` of the pod. Allowed: the safe ones, which grew with the versions; names are
 * compared as they stand (no slash form). Upstream: policy/check_sysctls.go.
 */
const onlySysctls =
  (allowed: ReadonlySet<string>): PodTest =>
  (pod) => {
    const bad = pod.securityContext?.sysctls.filter((sysctl) => !allowed.has(sysctl.value)) ?? []
    if (bad.length === 0) return undefined
    return {
      reason: 'forbidden sysctls',
      detail: bad.map((sysctl) => sysctl.value).join(', '),
      paths: bad.map((sysctl) => sysctl.path),
    }
  }

const from0 = [
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ping_group_range',
  'net.ipv4.ip_unprivileged_port_start',
]
const from27 = [...from0, 'net.ipv4.ip_local_reserved_ports']
const from29 = [
  ...from27,
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
]
const from32 = [...from29, 'net.ipv4.tcp_rmem', 'net.ipv4.tcp_wmem']
const from37 = [...from32, 'net.ipv4.tcp_slow_start_after_idle', 'net.ipv4.tcp_notsent_lowat']

export const sysctls: PodCheck = {
  id: 'sysctls',
  level: 'baseline',
  overrides: [],
  versions: [
    { minor: 0, test: onlySysctls(new Set(from0)) },
    { minor: 27, test: onlySysctls(new Set(from27)) },
    { minor: 29, test: onlySysctls(new Set(from29)) },
    { minor: 32, test: onlySysctls(new Set(from32)) },
    { minor: 37, test: onlySysctls(new Set(from37)) },
  ],
}
