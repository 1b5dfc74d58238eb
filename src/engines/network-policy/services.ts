import { isObject, type JsonObject, type JsonValue } from '../../model/json.ts'
import { isPortNumber, objectOf, textOf } from './fields.ts'
import { isProtocol } from './match.ts'
import { addTraffic, allTrafficOf, noTraffic, type Protocol, portsOf, type Traffic } from './traffic.ts'
import type { Endpoint } from './types.ts'

/** A pod behind a Service, with the pod's own ports that the Service's lead to. Policies see these, not the Service's. */
export interface ServiceTarget {
  readonly pod: Endpoint
  readonly traffic: Traffic
}

/**
 * The pods that a Service selects. `port` is one of its ports by number or name; undefined: all of them. A Service
 * without a selector has endpoints of its own and no targets here.
 */
export const serviceTargets = (
  service: JsonObject,
  pods: readonly Endpoint[],
  port?: string | number,
): readonly ServiceTarget[] => {
  const spec = objectOf(service.spec)
  const selector = Object.entries(objectOf(spec.selector))
  if (selector.length === 0) return []
  const namespace = textOf(objectOf(service.metadata).namespace) || 'default'
  const ports = listOf(spec.ports).filter((one) => port === undefined || one.port === port || one.name === port)
  return pods
    .filter((pod) => pod.namespace === namespace && selector.every(([key, value]) => pod.labels[key] === value))
    .map((pod) => ({ pod, traffic: allTrafficOf(ports.map((one) => targetOf(one, pod))) }))
}

const targetOf = ({ port, targetPort, protocol: given }: JsonObject, pod: Endpoint): Traffic => {
  const protocol: Protocol = isProtocol(given) ? given : 'TCP'
  const target = targetPort === undefined || targetPort === null || targetPort === 0 ? port : targetPort
  if (isPortNumber(target)) return portsOf(protocol, target, target)
  return allTrafficOf(
    pod.ports
      .filter((one) => one.name === target && one.protocol === protocol)
      .map((one) => portsOf(protocol, one.port, one.port)),
  )
}

/** What Ingress and Route (OpenShift) objects expose: the pods behind the Services that they name. */
export const exposedTargets = (objects: readonly JsonObject[], pods: readonly Endpoint[]): readonly ServiceTarget[] => {
  const services = new Map<string, JsonObject>()
  for (const object of objects) if (object.kind === 'Service') services.set(nameOf(object), object)
  const targets = new Map<Endpoint, Traffic>()
  for (const object of objects) {
    for (const { service, port } of backendsOf(object)) {
      const found = services.get(`${nameOf(object).split('/')[0]}/${service}`)
      if (found === undefined) continue
      for (const { pod, traffic } of serviceTargets(found, pods, port))
        targets.set(pod, addTraffic(targets.get(pod) ?? noTraffic, traffic))
    }
  }
  return [...targets].map(([pod, traffic]) => ({ pod, traffic }))
}

interface Backend {
  readonly service: string
  readonly port: string | number | undefined
}

const backendsOf = (object: JsonObject): readonly Backend[] => {
  const group = textOf(object.apiVersion)?.split('/')[0]
  const spec = objectOf(object.spec)
  if (object.kind === 'Ingress' && group === 'networking.k8s.io') {
    const rules = listOf(spec.rules).flatMap((rule) => listOf(objectOf(rule.http).paths))
    return [spec.defaultBackend, ...rules.map(({ backend }) => backend)].flatMap((backend) => {
      const { name, port } = objectOf(objectOf(backend).service)
      const { number, name: portName } = objectOf(port)
      return typeof name === 'string' ? [{ service: name, port: portOf(number) ?? portOf(portName) }] : []
    })
  }
  if (object.kind !== 'Route' || group !== 'route.openshift.io') return []
  const { targetPort } = objectOf(spec.port)
  return [spec.to, ...listOf(spec.alternateBackends)].flatMap((to) => {
    const { kind = 'Service', name } = objectOf(to)
    return kind === 'Service' && typeof name === 'string' ? [{ service: name, port: portOf(targetPort) }] : []
  })
}

const portOf = (value: JsonValue | undefined): string | number | undefined =>
  typeof value === 'string' || typeof value === 'number' ? value : undefined

const nameOf = (object: JsonObject): string => {
  const { namespace, name } = objectOf(object.metadata)
  return `${textOf(namespace) || 'default'}/${textOf(name) ?? ''}`
}

const listOf = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
