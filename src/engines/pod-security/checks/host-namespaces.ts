import type { PodCheck, PodTest } from '../check.ts'

/** Reads `hostNetwork`, `hostPID`, `hostIPC`. Allowed: unset or false. Upstream: policy/check_hostNamespaces.go. */
const noHostNamespaces: PodTest = (pod) => {
  const bad = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((field) => pod[field])
  if (bad.length === 0) return undefined
  return {
    reason: 'host namespaces',
    detail: bad.map((field) => `${field}=true`).join(', '),
    paths: bad.map((field) => `spec.${field}`),
  }
}

export const hostNamespaces: PodCheck = {
  id: 'hostNamespaces',
  level: 'baseline',
  overrides: [],
  versions: [{ minor: 0, test: noHostNamespaces }],
}
