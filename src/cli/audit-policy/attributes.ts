import { requestInfo } from '../../engines/apimachinery/request-info.ts'
import type { Attributes } from '../../engines/audit-policy/index.ts'
import { BulwarkError } from '../../model/error.ts'
import { principalOf } from '../can/principal.ts'
import { builtInKinds } from '../objects/built-in-kinds.ts'
import { resourceNamed, resourceText } from '../objects/resource.ts'

/** A request as a person describes it. What is left out is not known, and decides nothing by itself. */
export interface DescribedRequest {
  readonly user?: string
  readonly group: readonly string[]
  readonly verb?: string
  readonly resource?: string
  readonly name?: string
  readonly namespace?: string
  readonly uri?: string
  readonly method: string
}

/** Verbs that name no object. */
const unnamed: ReadonlySet<string> = new Set(['list', 'watch', 'create', 'deletecollection'])

/** The attributes that the policy decides on. Throws BulwarkError CONFIG_INVALID. */
export const attributesOf = (asked: DescribedRequest): Attributes => {
  const user = asked.user === undefined ? undefined : principalOf(asked.user, asked.group)
  if (asked.uri !== undefined && asked.resource === undefined)
    return { user, ...fromUri(asked.method, asked.uri, asked.verb) }
  if (asked.resource === undefined || asked.uri !== undefined) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: 'say what is asked for: a resource or a URI, and not both',
      mend: 'Write --resource pods --verb get, or --uri /api/v1/namespaces/shop/pods',
    })
  }
  const { apiGroup, resource, subresource, namespaced } = resourceNamed(asked.resource, builtInKinds)
  const name =
    asked.name ?? (asked.verb !== undefined && unnamed.has(asked.verb) && subresource === '' ? '' : undefined)
  // A request for one Namespace carries its name as its namespace too.
  const own = apiGroup === '' && resource === 'namespaces'
  const namespace = asked.namespace ?? (own ? name : namespaced === false ? '' : undefined)
  return { user, verb: asked.verb, scope: { kind: 'resource', apiGroup, resource, subresource, namespace, name } }
}

const fromUri = (method: string, uri: string, verb: string | undefined): Pick<Attributes, 'verb' | 'scope'> => {
  const read = requestInfo(method.toUpperCase(), uri)
  if (read.kind === 'error' || !uri.startsWith('/')) {
    throw new BulwarkError('CONFIG_INVALID', {
      what: read.kind === 'error' ? read.what : `"${uri}" is no path`,
      where: '--uri',
      mend: 'Write the path and query of the request, as in requestURI of an audit event',
    })
  }
  const { info } = read
  if (!info.isResourceRequest) return { verb: verb ?? info.verb, scope: { kind: 'non-resource', path: info.path } }
  const { apiGroup, resource, subresource, namespace, name } = info
  return {
    verb: verb ?? info.verb,
    scope: { kind: 'resource', apiGroup, resource, subresource, namespace, name },
  }
}

/** `get pods/log "web" in namespace shop by alice`, with `?` for what is not known. */
export const attributesText = ({ user, verb, scope }: Attributes): string => {
  const what = scope.kind === 'non-resource' ? scope.path : resourceText(scope)
  const name = scope.kind === 'resource' && scope.name !== undefined && scope.name !== '' ? ` "${scope.name}"` : ''
  const where = scope.kind === 'resource' && scope.namespace !== '' ? ` in namespace ${scope.namespace ?? '?'}` : ''
  return `${verb ?? '?'} ${what}${name}${where} by ${user?.name ?? '?'}`
}
