import type { Container, Pod, SecurityContext, Volume } from './pod.ts'

/**
 * The pod with the defaults that the API server sets before it admits, as far as a check sees them: a manifest is judged
 * as what it becomes. On an object that the API server gave us this changes nothing, or what its pods will have anyway.
 *
 * - A volume without a source is an emptyDir.
 * - In a Pod on the host's network every port of containers and init containers is a hostPort. Pod templates are not
 *   defaulted so (feature gate DefaultHostNetworkHostPortsInPodTemplates is off since 1.28).
 * - A container of a Pod that has an AppArmor annotation and no field gets the field, so that both are told.
 *
 * Upstream: kubernetes/pkg/apis/core/v1/defaults.go SetDefaults_Volume, SetDefaults_Pod, and
 * pkg/registry/core/pod/strategy.go applyAppArmorVersionSkew, v1.37.2.
 */
export const withApiDefaults = (pod: Pod, kind: 'Pod' | 'template'): Pod => ({
  ...pod,
  volumes: pod.volumes.map(defaultVolume),
  containers: kind === 'Pod' ? pod.containers.map((container) => defaultContainer(pod, container)) : pod.containers,
})

const defaultContainer = (pod: Pod, container: Container): Container =>
  withAppArmorField(pod, pod.hostNetwork ? defaultHostPorts(container) : container)

const defaultVolume = (volume: Volume): Volume =>
  volume.sources.length === 0 ? { ...volume, sources: ['emptyDir'] } : volume

const defaultHostPorts = (container: Container): Container =>
  container.list === 'ephemeralContainers'
    ? container
    : {
        ...container,
        ports: container.ports.map((port) => (port.hostPort === 0 ? { ...port, hostPort: port.containerPort } : port)),
      }

const withAppArmorField = (pod: Pod, container: Container): Container => {
  const annotation = pod.annotations.get(`container.apparmor.security.beta.kubernetes.io/${container.name}`)
  if (annotation === undefined || pod.osName === 'windows') return container
  const type = appArmorTypeOf(annotation)
  if (type === undefined || container.securityContext?.appArmorProfile !== undefined) return container
  if (type === pod.securityContext?.appArmorProfile) return container
  return { ...container, securityContext: { ...(container.securityContext ?? emptyContext), appArmorProfile: type } }
}

/** Undefined for what is no valid profile. */
const appArmorTypeOf = (annotation: string): string | undefined => {
  if (annotation === 'unconfined') return 'Unconfined'
  if (annotation === 'runtime/default') return 'RuntimeDefault'
  return annotation.startsWith('localhost/') && annotation !== 'localhost/' ? 'Localhost' : undefined
}

const emptyContext: SecurityContext = {
  runAsNonRoot: undefined,
  runAsUser: undefined,
  seccompProfile: undefined,
  appArmorProfile: undefined,
  seLinuxOptions: undefined,
  windowsHostProcess: undefined,
  privileged: undefined,
  allowPrivilegeEscalation: undefined,
  procMount: undefined,
  capabilities: undefined,
}
