import { isObject, type JsonObject } from '../../model/json.ts'
import { objectOf, textOf } from './fields.ts'

/**
 * The pod that a workload's template makes, as a Pod object of the workload's name and namespace; undefined for an object
 * that makes none. For manifests, in which the pods themselves do not stand. A KubeVirt VirtualMachine counts as one.
 */
export const podOfWorkload = (object: JsonObject): JsonObject | undefined => {
  const template = templateOf(object)
  if (template === undefined) return undefined
  const { name, namespace } = objectOf(object.metadata)
  const { labels, annotations } = objectOf(template.metadata)
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: objectOf(labels),
      // Meshes are told by them what they do with the pod.
      annotations: objectOf(annotations),
    },
    spec: objectOf(template.spec),
  }
}

const templateOf = (object: JsonObject): JsonObject | undefined => {
  const group = textOf(object.apiVersion)?.split('/')[0] ?? ''
  const spec = objectOf(object.spec)
  const inSpec = (): JsonObject | undefined => (isObject(spec.template) ? spec.template : undefined)
  switch (`${group}/${textOf(object.kind) ?? ''}`) {
    case 'apps/Deployment':
    case 'apps/ReplicaSet':
    case 'apps/StatefulSet':
    case 'apps/DaemonSet':
    case 'batch/Job':
    case 'v1/ReplicationController':
    case 'kubevirt.io/VirtualMachine':
      return inSpec()
    case 'batch/CronJob': {
      const { template } = objectOf(objectOf(spec.jobTemplate).spec)
      return isObject(template) ? template : undefined
    }
    default:
      return undefined
  }
}
