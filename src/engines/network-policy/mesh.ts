import type { JsonObject } from '../../model/json.ts'
import { hasContainer, objectOf, type ReadOptions, serviceAccountOf } from './fields.ts'
import { linkerdProxyOf } from './linkerd-proxy.ts'
import type { Endpoint, Labels } from './types.ts'

/** The parts of a namespace's metadata that meshes read. */
export interface NamespaceMetadata {
  readonly labels: Labels
  readonly annotations: Labels
}

/** What meshes give a pod. The ports are those that its proxy treats in its own way, under names of the mesh. */
export const meshOf = (
  pod: JsonObject,
  namespace: string,
  of: NamespaceMetadata,
  { istio, linkerd }: ReadOptions,
): Pick<Endpoint, 'identities' | 'inboundDefault' | 'ports'> => {
  const proxy = linkerdProxyOf(pod, namespace, of.annotations, linkerd)
  return {
    identities: [...istioIdentities(pod, namespace, of.labels, istio.trustDomain), ...proxy.identities],
    inboundDefault: proxy.inboundDefault,
    ports: proxy.ports,
  }
}

/**
 * `cluster.local/ns/shop/sa/web`; none for a pod that is not in Istio's mesh.
 * Upstream: https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/
 */
const istioIdentities = (
  pod: JsonObject,
  namespace: string,
  namespaceLabels: Labels,
  trustDomain: string,
): readonly string[] => {
  const { labels, annotations } = objectOf(pod.metadata)
  const spec = objectOf(pod.spec)
  const isOn = (value: unknown): boolean => value === 'true' || value === 'enabled'
  const own = objectOf(labels)
  const inject = own['sidecar.istio.io/inject'] ?? objectOf(annotations)['sidecar.istio.io/inject']
  const byNamespace =
    namespaceLabels['istio-injection'] === 'enabled' ||
    (namespaceLabels['istio.io/rev'] !== undefined && namespaceLabels['istio-injection'] !== 'disabled')
  const mode = own['istio.io/dataplane-mode'] ?? namespaceLabels['istio.io/dataplane-mode']
  const injected = inject === undefined ? byNamespace || own['istio.io/rev'] !== undefined : isOn(inject)
  if (!hasContainer(spec, 'istio-proxy') && !injected && mode !== 'ambient') return []
  return [`${trustDomain}/ns/${namespace}/sa/${serviceAccountOf(spec)}`]
}
