import { type Endpoint, externalEndpoint, type World } from '../../engines/network-policy/index.ts'
import { BulwarkError } from '../../model/error.ts'
import { isObject, type JsonObject } from '../../model/json.ts'
import { visible } from '../terminal.ts'

/** One end of a question: the pods that a name stands for, at least one, or an address outside. */
export interface End {
  /** As it was asked for, with its namespace. */
  readonly name: string
  readonly endpoints: readonly [Endpoint, ...Endpoint[]]
}

/**
 * A pod by its name, the pods of a workload by the workload's (`shop/web`, or `shop/deployment/web`), or an address.
 * Throws BulwarkError REQUEST_INVALID where nothing is called so.
 */
export const endNamed = (text: string, { pods }: World, objects: readonly JsonObject[], where: string): End => {
  const name = text.includes('/') ? text : `default/${text}`
  const [pod] = pods.filter((one) => one.name === name)
  const outside = externalEndpoint(text)
  if (pod !== undefined) return { name, endpoints: [pod] }
  const workloads = workloadsOf(objects)
  const [first, ...rest] = pods.filter((one) => workloads.get(one.name)?.some((workload) => workload === name))
  if (first !== undefined) return { name, endpoints: [first, ...rest] }
  if (outside !== undefined) return { name: text, endpoints: [outside] }
  const known = [...new Set(pods.map((one) => workloads.get(one.name)?.[0] ?? one.name))]
  throw new BulwarkError('REQUEST_INVALID', {
    what: `there is no pod or workload "${visible(name)}", and it is no address`,
    where,
    mend:
      known.length === 0
        ? 'There is no pod or workload at all'
        : `There are ${visible(known.slice(0, 5).join(', '))}${known.length > 5 ? ', …' : ''}`,
  })
}

/** The names of the workload that each pod is of, without and with its kind. */
const workloadsOf = (objects: readonly JsonObject[]): ReadonlyMap<string, readonly string[]> => {
  const names = new Map<string, readonly string[]>()
  for (const { kind, metadata } of objects) {
    if (kind !== 'Pod' || !isObject(metadata)) continue
    const { namespace = 'default', name, labels, ownerReferences } = metadata
    const owners = Array.isArray(ownerReferences) ? ownerReferences.filter(isObject) : []
    const owner = owners.find((one) => one.controller === true)
    if (owner === undefined || typeof owner.name !== 'string' || typeof owner.kind !== 'string') continue
    // A Deployment names its ReplicaSets after itself and the hash that their pods bear as a label.
    const hash = isObject(labels) ? labels['pod-template-hash'] : undefined
    const ofDeployment = owner.kind === 'ReplicaSet' && typeof hash === 'string' && owner.name.endsWith(`-${hash}`)
    const workload = ofDeployment ? owner.name.slice(0, -`-${hash}`.length) : owner.name
    const workloadKind = ofDeployment ? 'deployment' : owner.kind.toLowerCase()
    names.set(`${namespace}/${name}`, [`${namespace}/${workload}`, `${namespace}/${workloadKind}/${workload}`])
  }
  return names
}
