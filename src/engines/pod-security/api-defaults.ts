import type { Container, Pod, Volume } from './pod.ts'

/**
 * The pod with the defaults that the API server sets before it admits, as far as a check sees them: a manifest is judged
 * as what it becomes. On an object that the API server gave us this changes nothing, or what its pods will have anyway.
 *
 * - A volume without a source is an emptyDir.
 * - In a Pod on the host's network every port of containers and init containers is a hostPort. Pod templates are not
 *   defaulted so (feature gate DefaultHostNetworkHostPortsInPodTemplates is off since 1.28).
 *
 * Upstream: kubernetes/pkg/apis/core/v1/defaults.go SetDefaults_Volume, SetDefaults_Pod, v1.37.2.
 */
export const withApiDefaults = (pod: Pod, kind: 'Pod' | 'template'): Pod => ({
  ...pod,
  volumes: pod.volumes.map(defaultVolume),
  containers: kind === 'Pod' && pod.hostNetwork ? pod.containers.map(defaultHostPorts) : pod.containers,
})

const defaultVolume = (volume: Volume): Volume =>
  volume.sources.length === 0 ? { ...volume, sources: ['emptyDir'] } : volume

const defaultHostPorts = (container: Container): Container =>
  container.list === 'ephemeralContainers'
    ? container
    : {
        ...container,
        ports: container.ports.map((port) => (port.hostPort === 0 ? { ...port, hostPort: port.containerPort } : port)),
      }
