import type { JsonObject } from '../../model/json.ts'
import { objectOf, textOf } from './fields.ts'
import type { Labels } from './types.ts'

/**
 * The identities that meshes give a pod, as `cluster.local/ns/shop/sa/web`; none for one that is in no mesh.
 * Upstream: https://istio.io/latest/docs/setup/additional-setup/sidecar-injection/
 */
export const identitiesOf = (pod: JsonObject, namespace: string, namespaceLabels: Labels): readonly string[] => {
  const { labels, annotations } = objectOf(pod.metadata)
  const spec = objectOf(pod.spec)
  const isOn = (value: unknown): boolean => value === 'true' || value === 'enabled'
  const own = objectOf(labels)
  const inject = own['sidecar.istio.io/inject'] ?? objectOf(annotations)['sidecar.istio.io/inject']
  const containers = [spec.containers, spec.initContainers].flatMap((list) => (Array.isArray(list) ? list : []))
  const hasProxy = containers.some((container) => objectOf(container).name === 'istio-proxy')
  const byNamespace =
    namespaceLabels['istio-injection'] === 'enabled' ||
    (namespaceLabels['istio.io/rev'] !== undefined && namespaceLabels['istio-injection'] !== 'disabled')
  const mode = own['istio.io/dataplane-mode'] ?? namespaceLabels['istio.io/dataplane-mode']
  const injected = inject === undefined ? byNamespace || own['istio.io/rev'] !== undefined : isOn(inject)
  if (!hasProxy && !injected && mode !== 'ambient') return []
  return [`cluster.local/ns/${namespace}/sa/${textOf(spec.serviceAccountName) || 'default'}`]
}
