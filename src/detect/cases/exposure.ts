import { isObject, type JsonObject } from '../../model/json.ts'
import type { ObjectVersion } from '../../model/object.ts'
import type { Snapshot } from '../../state/snapshot.ts'

/**
 * By what a pod, or the pods of a workload, can be reached from outside the cluster: a Service of type LoadBalancer or
 * NodePort, or one that an Ingress leads to. Empty where by nothing, and for objects that are no pods.
 */
export const exposedBy = (state: Snapshot, object: ObjectVersion): string => {
  const labels = podLabels(object)
  if (labels === undefined) return ''
  const { namespace } = object.ref
  for (const service of state.objects({ group: '', kind: 'Service', namespace })) {
    const spec = isObject(service.body.spec) ? service.body.spec : {}
    if (!isObject(spec.selector) || !selects(spec.selector, labels)) continue
    const { name } = service.ref
    if (spec.type === 'LoadBalancer' || spec.type === 'NodePort') return `Service ${name} is of type ${spec.type}`
    for (const ingress of state.objects({ group: 'networking.k8s.io', kind: 'Ingress', namespace }))
      if (servicesOf(ingress).has(name)) return `Ingress ${ingress.ref.name} leads to Service ${name}`
  }
  return ''
}

/** Labels of a pod, or of those that a workload makes. */
const podLabels = ({ ref, body }: ObjectVersion): JsonObject | undefined => {
  if (ref.kind === 'Pod') return isObject(body.metadata?.labels) ? body.metadata.labels : undefined
  const spec = isObject(body.spec) ? body.spec : {}
  const metadata = isObject(spec.template) && isObject(spec.template.metadata) ? spec.template.metadata : {}
  return isObject(metadata.labels) ? metadata.labels : undefined
}

/** A Service without a selector selects nothing. */
const selects = (selector: JsonObject, labels: JsonObject): boolean => {
  const wanted = Object.entries(selector)
  return wanted.length > 0 && wanted.every(([key, value]) => labels[key] === value)
}

/** Names of the Services that an Ingress leads to: spec.defaultBackend and spec.rules[].http.paths[].backend. */
const servicesOf = ({ body }: ObjectVersion): ReadonlySet<string> => {
  const spec = isObject(body.spec) ? body.spec : {}
  const backends: unknown[] = [spec.defaultBackend]
  for (const rule of Array.isArray(spec.rules) ? spec.rules.slice(0, 1000) : []) {
    const paths = isObject(rule) && isObject(rule.http) ? rule.http.paths : undefined
    for (const path of Array.isArray(paths) ? paths.slice(0, 1000) : []) if (isObject(path)) backends.push(path.backend)
  }
  const names = backends.flatMap((backend) => {
    const service = isObject(backend) && isObject(backend.service) ? backend.service : {}
    return typeof service.name === 'string' ? service.name : []
  })
  return new Set(names)
}
