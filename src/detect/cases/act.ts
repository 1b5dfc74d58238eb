import { isAnonymous } from './actor.ts'
import { anything, type Step } from './step.ts'

export const reads: ReadonlySet<string> = new Set(['get', 'list', 'watch'])

export type Act = 'exec' | 'attach' | 'forward' | 'debug' | 'token' | 'bind' | 'make' | 'probe' | 'sensed'

/** What is told in words of its own; undefined for what the verb and the resource tell. */
export const actOf = ({ verb, target, principal, refused }: Step): Act | undefined => {
  const { resource, subresource } = target
  if (resource === anything || verb === anything) return 'sensed'
  if (verb === '') return 'sensed'
  if (resource === '' || (refused && isAnonymous(principal))) return 'probe'
  if (resource === 'pods' && subresource === 'exec') return 'exec'
  if (resource === 'pods' && subresource === 'attach') return 'attach'
  if (resource === 'pods' && subresource === 'portforward') return 'forward'
  if (resource === 'pods' && subresource === 'ephemeralcontainers') return 'debug'
  if (resource === 'serviceaccounts' && subresource === 'token' && verb === 'create') return 'token'
  if (bindings.has(resource) && writes.has(verb)) return 'bind'
  return makers.has(resource) && verb === 'create' && subresource === '' ? 'make' : undefined
}

const bindings: ReadonlySet<string> = new Set(['rolebindings', 'clusterrolebindings'])
const writes: ReadonlySet<string> = new Set(['create', 'update', 'patch'])
const makers: ReadonlySet<string> = new Set([
  'pods',
  'deployments',
  'daemonsets',
  'statefulsets',
  'replicasets',
  'jobs',
  'cronjobs',
])
