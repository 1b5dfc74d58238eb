import type { Authorizer } from './authorizer.ts'
import { serviceAccountIdentity } from './match.ts'
import { type Power, powers, requestOf } from './powers.ts'
import type { User } from './types.ts'

/** What exists in the cluster and can be reached: namespaces, and the service accounts in them. */
export interface Terrain {
  readonly namespaces: readonly string[]
  readonly serviceAccounts: readonly { readonly namespace: string; readonly name: string }[]
}

/** A place in the graph: an identity (by its user name) or a power that needs no further step. */
export type PathNode =
  | { readonly kind: 'identity'; readonly user: string }
  | { readonly kind: 'anyone' }
  | { readonly kind: 'power'; readonly power: string; readonly namespace: string }

/** One step, with what allows it. `namespace` is empty where it holds in the whole cluster. */
export interface PathEdge {
  readonly from: string
  readonly to: PathNode
  readonly power: string
  readonly namespace: string
  readonly why: string
  /** The authorizer's reason: which binding of which role. */
  readonly allowedBy: string
}

/** What an identity can become. `edges` are in order of distance from the start; each place is reached by the first way found. */
export interface Paths {
  readonly edges: readonly PathEdge[]
  /** True when the search stopped at `maxIdentities`. */
  readonly partial: boolean
}

/**
 * Every identity and power that a user reaches through RBAC, breadth first. A step counts as possible when RBAC allows
 * it; admission (Pod Security, policies) may still stop it, which the caller has to say. Bounded: each identity is
 * looked at once, at most `maxIdentities` of them.
 */
export const pathsFrom = (start: User, authorizer: Authorizer, terrain: Terrain, maxIdentities = 2000): Paths => {
  const accounts = Map.groupBy(terrain.serviceAccounts, ({ namespace }) => namespace)
  const edges: PathEdge[] = []
  const reached = new Set<string>([nodeKey({ kind: 'identity', user: start.name })])
  const queue: User[] = [start]
  let looked = 0
  for (let user = queue[0]; user !== undefined && looked < maxIdentities; user = queue[looked]) {
    looked += 1
    for (const step of stepsOf(user, authorizer, terrain)) {
      for (const { node, identity } of targetsOf(step, accounts, terrain)) {
        const key = nodeKey(node)
        if (reached.has(key)) continue
        reached.add(key)
        edges.push({
          from: user.name,
          to: node,
          power: step.power.id,
          namespace: step.namespace,
          why: step.power.why,
          allowedBy: step.allowedBy,
        })
        if (identity !== undefined) queue.push(identity)
      }
    }
  }
  return { edges, partial: looked < queue.length }
}

interface Step {
  readonly power: Power
  readonly namespace: string
  readonly allowedBy: string
}

/** What holds cluster-wide is told once, and not again for each namespace. */
const stepsOf = (user: User, authorizer: Authorizer, terrain: Terrain): readonly Step[] => {
  const bound = authorizer.namespacesOf(user)
  const namespaces = terrain.namespaces.filter((namespace) => bound.has(namespace))
  return powers.flatMap((power) => {
    const allowedIn = (namespace: string): Step | undefined => {
      const decision = authorizer.authorize(user, requestOf(power, namespace))
      return decision.decision === 'Allow' ? { power, namespace, allowedBy: decision.reason } : undefined
    }
    const everywhere = allowedIn('')
    if (everywhere !== undefined) return [everywhere]
    return power.scope === 'cluster' ? [] : namespaces.flatMap((namespace) => allowedIn(namespace) ?? [])
  })
}

interface Target {
  readonly node: PathNode
  readonly identity: User | undefined
}

const targetsOf = (
  { power, namespace }: Step,
  accounts: ReadonlyMap<string, Terrain['serviceAccounts']>,
  terrain: Terrain,
): readonly Target[] => {
  switch (power.effect.kind) {
    case 'anyone':
      return [{ node: { kind: 'anyone' }, identity: undefined }]
    case 'power':
      return [{ node: { kind: 'power', power: power.effect.power, namespace }, identity: undefined }]
    case 'serviceAccounts': {
      const reachable = namespace === '' ? terrain.serviceAccounts : (accounts.get(namespace) ?? [])
      return reachable.map((account) => {
        const identity = serviceAccountIdentity(account.namespace, account.name)
        return { node: { kind: 'identity', user: identity.name }, identity }
      })
    }
    default:
      return power.effect satisfies never
  }
}

const nodeKey = (node: PathNode): string => {
  switch (node.kind) {
    case 'identity':
      return `identity ${node.user}`
    case 'anyone':
      return 'anyone'
    case 'power':
      return `power ${node.power} ${node.namespace}`
    default:
      return node satisfies never
  }
}
