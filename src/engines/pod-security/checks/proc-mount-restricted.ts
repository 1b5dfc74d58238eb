import type { PodCheck } from '../check.ts'
import { onlyDefaultProcMount } from './proc-mount.ts'

/**
 * From 1.35 on, baseline lets pods in a user namespace unmask /proc; restricted goes on to forbid it for all.
 * Upstream: policy/check_procMount_restricted.go.
 */
export const procMountRestricted: PodCheck = {
  id: 'procMount_restricted',
  level: 'restricted',
  overrides: ['procMount'],
  versions: [{ minor: 35, test: onlyDefaultProcMount }],
}
