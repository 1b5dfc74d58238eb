import { BulwarkError } from '../../model/error.ts'
import type { KnownKind } from './built-in-kinds.ts'

/** A resource as a person named it. `namespaced` is undefined where nobody knows the kind. */
export interface NamedResource {
  readonly apiGroup: string
  readonly resource: string
  readonly subresource: string
  readonly namespaced: boolean | undefined
}

/** Things that are only asked about, and are no objects: what the verb `impersonate` is checked against. */
const virtual: readonly KnownKind[] = [
  { group: '', resource: 'users', kind: 'User', namespaced: false, shortNames: [] },
  { group: '', resource: 'groups', kind: 'Group', namespaced: false, shortNames: [] },
  { group: 'authentication.k8s.io', resource: 'uids', kind: 'UID', namespaced: false, shortNames: [] },
  { group: 'authentication.k8s.io', resource: 'userextras', kind: 'UserExtra', namespaced: false, shortNames: [] },
]

/**
 * Reads `pods`, `po`, `Pod`, `pods/log`, `deployments.apps`, `deployments.apps/scale`, `things.` (core group) and `*`
 * (everything). A name without a group has to be that of a known kind: guessing a group would answer about another
 * resource. Throws BulwarkError CONFIG_INVALID.
 */
export const resourceNamed = (text: string, kinds: readonly KnownKind[]): NamedResource => {
  const slash = text.indexOf('/')
  const main = slash < 0 ? text : text.slice(0, slash)
  const subresource = slash < 0 ? '' : text.slice(slash + 1)
  if (main === '' || (slash >= 0 && subresource === '')) throw unknown(text)
  if (main === '*') return { apiGroup: '*', resource: '*', subresource, namespaced: undefined }
  const known = [...kinds, ...virtual].find((kind) => namesOf(kind).includes(main.toLowerCase()))
  if (known !== undefined) {
    return { apiGroup: known.group, resource: known.resource, subresource, namespaced: known.namespaced }
  }
  const dot = main.indexOf('.')
  if (dot <= 0) throw unknown(text)
  return { apiGroup: main.slice(dot + 1), resource: main.slice(0, dot), subresource, namespaced: undefined }
}

const namesOf = ({ group, resource, kind, shortNames }: KnownKind): readonly string[] =>
  [resource, kind, ...shortNames].flatMap((name) => [name.toLowerCase(), `${name}.${group}`.toLowerCase()])

const unknown = (text: string): BulwarkError =>
  new BulwarkError('CONFIG_INVALID', {
    what: `"${text}" is no resource that is known here`,
    mend: 'Write RESOURCE.GROUP, as in widgets.example.com, or RESOURCE. for the core group; a subresource as in pods/log',
  })

/** `deployments.apps/scale`, `pods`. */
export const resourceText = ({ apiGroup, resource, subresource }: Omit<NamedResource, 'namespaced'>): string =>
  `${resource}${apiGroup === '' || resource === '*' ? '' : `.${apiGroup}`}${subresource === '' ? '' : `/${subresource}`}`
