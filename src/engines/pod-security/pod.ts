/**
 * The part of a pod that the Pod Security Standards look at, read once from its JSON by `readPod`. Undefined means that
 * the field is unset or null, which is the same to the API server. `path` is the path of a part from the pod's own root
 * (`spec.containers[0]`), so that a violation can say where it stands.
 */
export interface Pod {
  readonly annotations: ReadonlyMap<string, string>
  readonly hostNetwork: boolean
  readonly hostPID: boolean
  readonly hostIPC: boolean
  readonly hostUsers: boolean | undefined
  readonly osName: string
  readonly runtimeClassName: string
  readonly securityContext: PodSecurityContext | undefined
  readonly volumes: readonly Volume[]
  /** In upstream's visiting order: init containers, containers, ephemeral containers. */
  readonly containers: readonly Container[]
}

export interface Container {
  readonly path: string
  readonly list: ContainerList
  readonly name: string
  readonly image: string
  readonly securityContext: SecurityContext | undefined
  readonly ports: readonly ContainerPort[]
  /** Non-empty hosts of probes and lifecycle handlers. */
  readonly probeHosts: readonly Located<string>[]
}

export interface ContainerPort {
  /** Path of the port, to which `.hostPort` is added. */
  readonly path: string
  readonly containerPort: number
  /** 0 when unset. */
  readonly hostPort: number
}

export const containerLists = ['initContainers', 'containers', 'ephemeralContainers'] as const
export type ContainerList = (typeof containerLists)[number]

export interface Located<T> {
  readonly value: T
  readonly path: string
}

/** What pods and containers can both set. */
interface CommonSecurityContext {
  readonly runAsNonRoot: boolean | undefined
  readonly runAsUser: number | undefined
  /** `type` of the profile; empty when the profile is there but has none. Undefined when there is no profile. */
  readonly seccompProfile: string | undefined
  readonly appArmorProfile: string | undefined
  readonly seLinuxOptions: SELinuxOptions | undefined
  readonly windowsHostProcess: boolean | undefined
}

export interface PodSecurityContext extends CommonSecurityContext {
  readonly sysctls: readonly Located<string>[]
}

export interface SecurityContext extends CommonSecurityContext {
  readonly privileged: boolean | undefined
  readonly allowPrivilegeEscalation: boolean | undefined
  readonly procMount: string | undefined
  readonly capabilities: Capabilities | undefined
}

export interface Capabilities {
  readonly add: readonly string[]
  readonly drop: readonly string[]
}

export interface SELinuxOptions {
  readonly type: string
  readonly user: string
  readonly role: string
}

export interface Volume {
  readonly path: string
  readonly name: string
  /** The sources that are set, of those that Kubernetes knows, in upstream's order. A valid volume has exactly one. */
  readonly sources: readonly VolumeSource[]
}

/** Sources that the restricted level allows. */
export const restrictedVolumeSources = [
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
] as const

/** Every other source, in the order in which upstream looks for the one to name. */
export const forbiddenVolumeSources = [
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
] as const

export const volumeSources = [...restrictedVolumeSources, ...forbiddenVolumeSources] as const
export type VolumeSource = (typeof volumeSources)[number]
