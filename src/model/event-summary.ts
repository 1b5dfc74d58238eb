/** One sentence for a person of what a row of the page Events tells. */
import type { EventFields, EventKind } from './answer.ts'

const pastOf: ReadonlyMap<string, string> = new Map(
  Object.entries({
    get: 'read',
    list: 'listed',
    watch: 'watched',
    create: 'created',
    update: 'updated',
    patch: 'patched',
    delete: 'deleted',
    deletecollection: 'deleted all',
    post: 'posted to',
    put: 'put to',
    head: 'read the head of',
  }),
)

/** `message`: the text of an Event object, of a runtime event or of a gap, else empty. */
export const summaryOf = (kind: EventKind, fields: EventFields, message: string): string => {
  switch (kind) {
    case 'gap':
      return message
    case 'runtime':
      return message === '' ? fields.reason : `${fields.reason}: ${message}`
    case 'event': {
      const place = [fields.namespace, fields.name].filter((part) => part !== '').join('/')
      return `${fields.reason} of ${singularOf(fields.resource)} ${place}: ${message}`
    }
    case 'audit':
      return requestSummary(fields)
  }
}

/** Of a request, what its sentence is made of. */
type RequestFields = Pick<
  EventFields,
  | 'user'
  | 'impersonatedUser'
  | 'verb'
  | 'resource'
  | 'subresource'
  | 'namespace'
  | 'name'
  | 'requestUri'
  | 'decision'
  | 'code'
>

/** `alice deleted pod shop/web-1`, or that it was refused or tried. */
export const requestSummary = (fields: RequestFields): string => {
  const who = fields.user === '' ? 'somebody' : fields.user
  const actor = fields.impersonatedUser === '' ? who : `${who} as ${fields.impersonatedUser}`
  const verb = fields.verb === '' ? 'ask for' : fields.verb
  const what = fields.resource === '' ? fields.requestUri : objectPhrase(fields)
  if (fields.decision === 'forbid' || fields.code === 403) return `${actor} was refused to ${verb} ${what}`
  if (fields.code >= 400) return `${actor} tried to ${verb} ${what}: ${fields.code}`
  return `${actor} ${pastOf.get(verb) ?? verb} ${what}`
}

const objectPhrase = ({ resource, subresource, namespace, name }: RequestFields): string => {
  const part = subresource === '' ? '' : `${subresource} of `
  if (name === '') return `${part}${resource}${namespace === '' ? '' : ` in ${namespace}`}`
  return `${part}${singularOf(resource)} ${namespace === '' ? name : `${namespace}/${name}`}`
}

const singularOf = (resource: string): string => {
  if (resource.endsWith('ies')) return `${resource.slice(0, -3)}y`
  if (resource.endsWith('sses')) return resource.slice(0, -2)
  return resource.endsWith('s') && resource !== 'endpoints' ? resource.slice(0, -1) : resource
}
