import type { JsonObject } from '../../model/json.ts'
import { hasContainer, isPortNumber, objectOf, serviceAccountOf, textOf } from './fields.ts'
import {
  identityPorts,
  isInboundPolicy,
  type LinkerdOptions,
  linkerdIdentity,
  skippedPorts,
} from './linkerd-options.ts'
import type { Endpoint, Labels, NamedPort } from './types.ts'

/**
 * What Linkerd's proxy in a pod is told by annotations: those of the pod, else those of its namespace, which its injector
 * copies into the pod. Nothing where the pod has no proxy.
 * Upstream: linkerd/linkerd2 policy-controller/k8s/index/src/inbound/workload.rs, pkg/inject.
 */
export const linkerdProxyOf = (
  pod: JsonObject,
  namespace: string,
  namespaceAnnotations: Labels,
  options: LinkerdOptions,
): Pick<Endpoint, 'identities' | 'inboundDefault' | 'ports'> => {
  const spec = objectOf(pod.spec)
  const own = objectOf(objectOf(pod.metadata).annotations)
  const annotation = (name: string): string => textOf(own[name]) ?? namespaceAnnotations[name] ?? ''
  const inject = annotation('linkerd.io/inject')
  if (!hasContainer(spec, 'linkerd-proxy') && inject !== 'enabled' && inject !== 'ingress') {
    return { identities: [], inboundDefault: '', ports: [] }
  }
  // The controller passes over a value that it does not know.
  const asked = annotation('config.linkerd.io/default-inbound-policy')
  return {
    identities: [linkerdIdentity(serviceAccountOf(spec), namespace, options)],
    inboundDefault: isInboundPolicy(asked) ? asked : options.defaultInboundPolicy,
    ports: [
      ...portList(annotation('config.linkerd.io/skip-inbound-ports'), skippedPorts),
      ...portList(annotation('config.linkerd.io/proxy-require-identity-inbound-ports'), identityPorts),
    ],
  }
}

/** `25,3306,8000-8999`; what is no port is passed over. */
const portList = (text: string, name: string): readonly NamedPort[] =>
  text.split(',').flatMap((part) => {
    const [, from, to = from] = /^\s*(\d{1,5})(?:-(\d{1,5}))?\s*$/.exec(part) ?? []
    const [port, endPort] = [Number(from), Number(to)]
    return isPortNumber(port) && isPortNumber(endPort) ? [{ name, protocol: 'TCP', port, endPort } as const] : []
  })
