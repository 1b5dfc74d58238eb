import type { Request } from '../../engines/rbac/index.ts'
import { BulwarkError } from '../../model/error.ts'
import type { KnownKind } from '../objects/built-in-kinds.ts'
import { type NamedResource, resourceNamed, resourceText } from '../objects/resource.ts'

/** What a person asks about: `get`, `pods/log` or `/metrics`, and where. */
export interface Asked {
  readonly verb: string
  readonly what: string
  readonly name: string
  readonly namespace: string | undefined
}

/**
 * The request that the authorizer is asked about. Throws BulwarkError CONFIG_INVALID where a namespace or name makes no
 * sense.
 */
export const requestOf = ({ verb, what, name, namespace }: Asked, kinds: readonly KnownKind[]): Request => {
  if (what.startsWith('/')) {
    if (name !== '' || namespace !== undefined) throw misplaced(`${what} is a path: it has neither name nor namespace`)
    return { kind: 'non-resource', verb, path: what }
  }
  const named = resourceNamed(what, kinds)
  return {
    kind: 'resource',
    verb,
    apiGroup: named.apiGroup,
    resource: named.resource,
    subresource: named.subresource,
    namespace: namespaceOf(named, name, namespace),
    name,
  }
}

/**
 * A request for one Namespace carries its name as its namespace too, so that a RoleBinding in it can allow it. Upstream:
 * k8s.io/apiserver/pkg/endpoints/request/requestinfo.go (v0.37.2).
 */
const namespaceOf = (named: NamedResource, name: string, namespace: string | undefined): string => {
  if (named.apiGroup === '' && named.resource === 'namespaces' && namespace === undefined) return name
  if (named.namespaced === false && namespace !== undefined) {
    throw misplaced(`${resourceText(named)} are not in namespaces`)
  }
  return namespace ?? ''
}

const misplaced = (what: string): BulwarkError =>
  new BulwarkError('CONFIG_INVALID', { what, where: '--namespace', mend: 'Leave it out' })

/** `get pods/log "web" in namespace shop`. */
export const requestText = (request: Request): string => {
  if (request.kind === 'non-resource') return `${request.verb} ${request.path}`
  const name = request.name === '' ? '' : ` "${request.name}"`
  const where = request.namespace === '' ? '' : ` in namespace ${request.namespace}`
  return `${request.verb} ${resourceText(request)}${name}${where}`
}
