import type { Ask } from './act.ts'

/** What a request asks for, as authorization and audit policies name it. */
export interface Asked {
  readonly verb: string
  /** `pods/exec`, `roles.rbac.authorization.k8s.io`; the path itself where it is no resource. */
  readonly resource: string
  /** Empty of the whole cluster. */
  readonly namespace: string
}

/** https://kubernetes.io/docs/reference/using-api/api-concepts/#resource-uris */
export const askedBy = ({ method, path }: Ask): Asked => {
  const [pure = ''] = path.split('?')
  const parts = /^\/(?:api\/[^/]+|apis\/([^/]+)\/[^/]+)\/(.*)$/.exec(pure)
  if (parts === null) return { verb: method.toLowerCase(), resource: pure, namespace: '' }
  const [, group = '', rest = ''] = parts
  const words = rest.split('/')
  const isInside = words[0] === 'namespaces' && words.length > 2
  const [kind = '', name, subresource] = isInside ? words.slice(2) : words
  const resource = `${kind}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`
  const namespace = isInside ? (words[1] ?? '') : kind === 'namespaces' ? (name ?? '') : ''
  return { verb: verbOf(method, name), resource, namespace }
}

const verbOf = (method: Ask['method'], name: string | undefined): string => {
  switch (method) {
    case 'GET':
      return name === undefined ? 'list' : 'get'
    case 'POST':
      return 'create'
    case 'PATCH':
      return 'patch'
    case 'DELETE':
      return name === undefined ? 'deletecollection' : 'delete'
  }
}
