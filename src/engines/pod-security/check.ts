import type { Pod } from './pod.ts'

/** A check's own id, as upstream names it (`hostPathVolumes`). */
export type CheckId =
  | 'allowPrivilegeEscalation'
  | 'appArmorProfile'
  | 'capabilities_baseline'
  | 'capabilities_restricted'
  | 'hostNamespaces'
  | 'hostPathVolumes'
  | 'hostPorts'
  | 'hostProbesAndHostLifecycle'
  | 'privileged'
  | 'procMount'
  | 'procMount_restricted'
  | 'restrictedVolumes'
  | 'runAsNonRoot'
  | 'runAsUser'
  | 'seLinuxOptions'
  | 'seccompProfile_baseline'
  | 'seccompProfile_restricted'
  | 'sysctls'
  | 'windowsHostProcess'

/** Why a pod does not pass a check: upstream's reason and detail, word for word, and the fields at fault. */
export interface Fault {
  readonly reason: string
  readonly detail: string
  /** Paths from the pod's root. A path whose field is missing says where it has to be set. */
  readonly paths: readonly string[]
}

/** One check of the standards over all its versions. Upstream: k8s.io/pod-security-admission/policy Check. */
export interface PodCheck {
  readonly id: CheckId
  readonly level: 'baseline' | 'restricted'
  /** Baseline checks that do not run where this check does. Only restricted checks have some. */
  readonly overrides: readonly CheckId[]
  /** Oldest first; from `minor` on until the next entry. Before the first entry the check does not run. */
  readonly versions: readonly { readonly minor: number; readonly test: PodTest }[]
}

/** The fault of a pod, or undefined when it has none. */
export type PodTest = (pod: Pod) => Fault | undefined

/** From 1.25 on, pods that say `os.name: windows` need not set what only Linux has. */
export const unlessWindows =
  (test: PodTest): PodTest =>
  (pod) =>
    pod.osName === 'windows' ? undefined : test(pod)

/** From 1.35 on, pods in a user namespace of their own (`hostUsers: false`) may do what would else touch the host. */
export const unlessUserNamespace =
  (test: PodTest): PodTest =>
  (pod) =>
    pod.hostUsers === false ? undefined : test(pod)
