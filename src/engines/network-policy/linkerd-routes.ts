import { isObject, type JsonObject } from '../../model/json.ts'
import { listAt, objectOf, type Reading, textOf } from './fields.ts'
import { isKind } from './read-linkerd.ts'

/** A route that hangs on Servers of its namespace. */
export interface Route {
  readonly kind: string
  readonly namespace: string
  readonly name: string
  /** Names of Servers. */
  readonly servers: readonly string[]
  /** Every request matches it. */
  readonly takesAll: boolean
}

/** HTTPRoute of policy.linkerd.io and gateway.networking.k8s.io, and GRPCRoute; undefined where it hangs on no Server. */
export const readRoute = (object: JsonObject, reading: Reading): Route | undefined => {
  const spec = objectOf(object.spec)
  const servers = listAt(spec, 'parentRefs', 'spec', reading).flatMap((value) => {
    const parent = objectOf(value)
    const name = textOf(parent.name)
    const here = (textOf(parent.namespace) ?? reading.ref.namespace) === reading.ref.namespace
    return isKind(parent.kind, 'Server') && here && name !== undefined ? [name] : []
  })
  if (servers.length === 0) return undefined
  const rules = listAt(spec, 'rules', 'spec', reading)
  const everyHost = listAt(spec, 'hostnames', 'spec', reading).length === 0
  return {
    kind: reading.ref.kind,
    namespace: reading.ref.namespace,
    name: reading.ref.name,
    servers,
    takesAll: everyHost && rules.some((rule) => isObject(rule) && takesAll(rule, reading)),
  }
}

const takesAll = (rule: JsonObject, reading: Reading): boolean => {
  const matches = listAt(rule, 'matches', 'spec.rules', reading)
  return matches.length === 0 || matches.some((match) => isObject(match) && isEveryPath(match))
}

/** A match without a condition, or on the prefix `/` alone, which is also what an absent path means. */
const isEveryPath = ({ path, ...others }: JsonObject): boolean => {
  if (Object.values(others).some((value) => value !== null && !(Array.isArray(value) && value.length === 0)))
    return false
  if (!isObject(path)) return path === undefined || path === null
  const { type = 'PathPrefix', value = '/' } = path
  return type === 'PathPrefix' && value === '/'
}
