/** All acts, those that are counted over a while first, since windows wait for what comes late. */
import type { Act } from '../act.ts'
import { accessActs } from './access.ts'
import { credentialActs } from './credentials.ts'
import { defenceActs } from './defence.ts'
import { eventActs } from './events.ts'
import { executionActs } from './execution.ts'
import { networkActs } from './network.ts'
import { rightActs } from './rights.ts'
import { workloadActs } from './workloads.ts'

export const acts: readonly Act[] = [
  ...workloadActs.filter(({ isFirst }) => isFirst === true),
  ...eventActs,
  ...accessActs,
  ...credentialActs,
  ...defenceActs,
  ...workloadActs.filter(({ isFirst }) => isFirst !== true),
  ...rightActs,
  ...networkActs,
  ...executionActs,
]

/** Rules over requests that nothing harmless acts out, by name, and why. They are replayed on their own tests. */
export const notActed: ReadonlyMap<string, string> = new Map([
  ['mirror-pod', 'only the credentials of a kubelet make a mirror pod'],
  ['anonymous-request-allowed', 'everybody would have to be given a right for it'],
  ['client-certificate-approved', 'a certificate request outside of the own namespaces would have to be there'],
  ['admission-policy-softened', 'an admission policy that is there would have to be named'],
  ['admission-control-removed-by-program', 'a service account would have to be given a right on admission control'],
  ['write-of-the-system', 'only the credentials of the control plane write as the system'],
])
