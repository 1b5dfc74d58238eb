import { type CheckId, type Pod, type PodCheck, podChecks } from '../../engines/pod-security/index.ts'
import type { Severity } from '../../model/finding.ts'
import type { Check, Control } from '../check.ts'

/** What a check of the Pod Security Standards means to a person. How it decides is the engine's. */
interface Meaning {
  readonly title: string
  readonly severity: Severity
  readonly why: string
  readonly remediation: string
  readonly cis: readonly string[]
  readonly attack: readonly string[]
}

/**
 * Critical: the pod owns its node as soon as somebody is in it. High: one step away from it. Medium: a wall less
 * between the pod and its node. Low: a default that should be stated.
 */
const meanings: Readonly<Record<CheckId, Meaning>> = {
  privileged: {
    title: 'Privileged container',
    severity: 'critical',
    why: "A privileged container has every capability and sees the node's devices: who gets into it has the node.",
    remediation: 'Set securityContext.privileged to false, and add only the capabilities that are needed.',
    cis: ['5.2.2'],
    attack: ['T1611'],
  },
  hostNamespaces: {
    title: 'Host namespaces',
    severity: 'high',
    why: "With the node's PID, network or IPC namespace a pod sees other processes and their secrets, and listens where the node does.",
    remediation: 'Set spec.hostNetwork, spec.hostPID and spec.hostIPC to false.',
    cis: ['5.2.3', '5.2.4', '5.2.5'],
    attack: ['T1611'],
  },
  hostPathVolumes: {
    title: 'hostPath volume',
    severity: 'high',
    why: "A hostPath volume gives the pod files of the node, often enough to take it over (the kubelet's, the runtime's socket, /etc).",
    remediation: 'Use a persistentVolumeClaim, configMap, secret, emptyDir or csi volume in place of hostPath.',
    cis: ['5.2.11'],
    attack: ['T1611'],
  },
  windowsHostProcess: {
    title: 'Windows HostProcess container',
    severity: 'critical',
    why: 'A HostProcess container runs as a process of the Windows node, with its rights.',
    remediation: 'Set securityContext.windowsOptions.hostProcess to false.',
    cis: ['5.2.10'],
    attack: ['T1611'],
  },
  capabilities_baseline: {
    title: 'Added capabilities',
    severity: 'high',
    why: 'Capabilities beyond the default ones (SYS_ADMIN, NET_ADMIN, SYS_PTRACE…) let a container act on its node.',
    remediation: 'Remove the capability from securityContext.capabilities.add.',
    cis: ['5.2.8', '5.2.9'],
    attack: ['T1611'],
  },
  hostPorts: {
    title: 'Host port',
    severity: 'medium',
    why: 'A host port opens the container on the address of the node, past every NetworkPolicy and Service.',
    remediation: 'Remove hostPort and reach the container through a Service.',
    cis: ['5.2.12'],
    attack: [],
  },
  hostProbesAndHostLifecycle: {
    title: 'Host in a probe or lifecycle handler',
    severity: 'medium',
    why: 'With a host in a probe the kubelet sends requests from the node to any address that the author of the pod chose.',
    remediation: "Leave host empty: the kubelet then asks the pod's own address.",
    cis: [],
    attack: [],
  },
  appArmorProfile: {
    title: 'AppArmor switched off',
    severity: 'medium',
    why: "Without the runtime's AppArmor profile a container may mount, trace and write where it should not.",
    remediation: 'Set appArmorProfile.type to RuntimeDefault or Localhost, or leave it unset.',
    cis: ['5.6.3'],
    attack: ['T1611'],
  },
  seLinuxOptions: {
    title: 'SELinux options',
    severity: 'medium',
    why: 'Another SELinux type, user or role can put the container outside the confinement that the node has for containers.',
    remediation: 'Leave seLinuxOptions.user and role unset, and type unset or one of the container types.',
    cis: ['5.6.3'],
    attack: ['T1611'],
  },
  procMount: {
    title: 'Unmasked /proc',
    severity: 'medium',
    why: 'An unmasked /proc shows the container parts of the kernel that the runtime hides for good reason.',
    remediation: 'Leave securityContext.procMount unset, or set it to Default.',
    cis: ['5.6.3'],
    attack: ['T1611'],
  },
  procMount_restricted: {
    title: 'Unmasked /proc',
    severity: 'low',
    why: 'An unmasked /proc shows parts of the kernel that the runtime hides; inside a user namespace it is less of a danger.',
    remediation: 'Leave securityContext.procMount unset, or set it to Default.',
    cis: ['5.6.3'],
    attack: ['T1611'],
  },
  seccompProfile_baseline: {
    title: 'Seccomp switched off',
    severity: 'medium',
    why: 'Unconfined lets the container make every system call, and so reach the bugs that the default profile keeps away.',
    remediation: 'Set seccompProfile.type to RuntimeDefault or Localhost.',
    cis: ['5.6.2'],
    attack: ['T1611'],
  },
  sysctls: {
    title: 'Unsafe sysctls',
    severity: 'medium',
    why: 'A sysctl that is not namespaced changes the node for every other pod on it.',
    remediation: 'Remove the sysctl, or have it set on the node by who runs it.',
    cis: ['5.6.3'],
    attack: [],
  },
  allowPrivilegeEscalation: {
    title: 'Privilege escalation allowed',
    severity: 'medium',
    why: 'Unless it is forbidden, a process can gain rights that its parent did not have (setuid programs, file capabilities).',
    remediation: 'Set securityContext.allowPrivilegeEscalation to false on every container.',
    cis: ['5.2.6'],
    attack: ['T1068'],
  },
  capabilities_restricted: {
    title: 'Capabilities not dropped',
    severity: 'low',
    why: 'The default capabilities are seldom needed, and each one is something that an intruder can use.',
    remediation: 'Set securityContext.capabilities.drop to ["ALL"] and add nothing but NET_BIND_SERVICE.',
    cis: ['5.2.9'],
    attack: [],
  },
  restrictedVolumes: {
    title: 'Restricted volume type',
    severity: 'low',
    why: 'Volumes of this type go past the claims and classes by which a cluster decides who may use which storage.',
    remediation: 'Use a persistentVolumeClaim, configMap, secret, emptyDir, ephemeral, projected, image or csi volume.',
    cis: ['5.6.3'],
    attack: [],
  },
  runAsNonRoot: {
    title: 'May run as root',
    severity: 'medium',
    why: 'Root in a container is root for the kernel: any way out of the container leads to the whole node.',
    remediation: 'Set securityContext.runAsNonRoot to true on the pod, and use an image with a numeric non-root user.',
    cis: ['5.2.7'],
    attack: ['T1611'],
  },
  runAsUser: {
    title: 'Runs as root',
    severity: 'medium',
    why: 'Root in a container is root for the kernel: any way out of the container leads to the whole node.',
    remediation: 'Set securityContext.runAsUser to a number other than 0, or leave it to the image.',
    cis: ['5.2.7'],
    attack: ['T1611'],
  },
  seccompProfile_restricted: {
    title: 'No seccomp profile',
    severity: 'low',
    why: 'Without a profile the container makes every system call, unless the kubelet was told to apply the default one.',
    remediation: 'Set spec.securityContext.seccompProfile.type to RuntimeDefault.',
    cis: ['5.6.2'],
    attack: ['T1611'],
  },
}

/** The kinds that hold a pod or a pod template. */
export const workloadKinds: readonly string[] = [
  '/Pod',
  '/PodTemplate',
  '/ReplicationController',
  'apps/DaemonSet',
  'apps/Deployment',
  'apps/ReplicaSet',
  'apps/StatefulSet',
  'batch/CronJob',
  'batch/Job',
]

const controlsOf = (check: PodCheck, meaning: Meaning): readonly Control[] => [
  { framework: 'Pod Security Standards', id: check.level },
  ...meaning.cis.map((id) => ({ framework: 'CIS Kubernetes 1.12', id })),
  ...meaning.attack.map((id) => ({ framework: 'MITRE ATT&CK', id })),
]

const checkOf = (podCheck: PodCheck): Check => {
  const { title, severity, why, remediation } = meanings[podCheck.id]
  const newest = podCheck.versions.at(-1)
  return {
    id: `pod-security/${podCheck.id}`,
    title,
    severity,
    why,
    remediation,
    reference: `https://kubernetes.io/docs/concepts/security/pod-security-standards/#${podCheck.level}`,
    controls: controlsOf(podCheck, meanings[podCheck.id]),
    level: podCheck.level,
    reads: workloadKinds,
    evaluate: (pod: Pod) => newest?.test(pod),
  }
}

/** One check for each of the standards' own, in their order. */
export const podSecurityChecks: readonly Check[] = podChecks.map(checkOf)
