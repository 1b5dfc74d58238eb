import { formatAddress, readCidr } from '../../src/engines/network-policy/addresses.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../../src/model/json.ts'
import { objectsIn, type RbacRequest } from './envoy-rbac.ts'

/** What a field of an AuthorizationPolicy, or a matcher of Envoy, is about: `identity`, `path`, `header :method`, … */
export type About = string

/** A token's claims, as Envoy's filter of them writes them down. */
export const jwtFilter = 'envoy.filters.http.jwt_authn'

/** A request that asks for nothing in particular. */
export const plainRequest = (isHttp: boolean): RbacRequest => ({
  principal: '',
  sourceIp: '203.0.113.1',
  remoteIp: '203.0.113.1',
  destinationIp: '10.99.0.1',
  port: 7777,
  sni: '',
  headers: isHttp ? { ':method': 'OPTIONS', ':authority': 'nowhere.example' } : undefined,
  path: '/nowhere',
  metadata: {},
})

/** What is about the same thing in a policy, with its values. */
export interface Mention {
  readonly about: About
  readonly values: readonly string[]
}

const sourceAbout: Readonly<Record<string, About>> = {
  principals: 'identity',
  namespaces: 'identity',
  serviceAccounts: 'identity',
  trustDomains: 'identity',
  ipBlocks: 'sourceIp',
  remoteIpBlocks: 'remoteIp',
  requestPrincipals: 'requestPrincipal',
}
const operationAbout: Readonly<Record<string, About>> = {
  ports: 'port',
  methods: 'header :method',
  hosts: 'header :authority',
  paths: 'path',
}
const conditionAbout: Readonly<Record<string, About>> = {
  'source.ip': 'sourceIp',
  'remote.ip': 'remoteIp',
  'source.namespace': 'identity',
  'source.principal': 'identity',
  'destination.ip': 'destinationIp',
  'destination.port': 'port',
  'connection.sni': 'sni',
  'request.auth.principal': 'requestPrincipal',
  'request.auth.audiences': 'claim aud',
  'request.auth.presenter': 'claim azp',
}

/** What a field of `source` or `operation` is about, and whether it is turned around by `not`. */
export const aboutField = (field: string): { readonly about: About; readonly wanted: boolean } => {
  const wanted = !/^not[A-Z]/.test(field)
  const name = wanted ? field : `${field[3]?.toLowerCase()}${field.slice(4)}`
  const about = sourceAbout[name] ?? operationAbout[name]
  if (about === undefined) throw new Error(`a field of an AuthorizationPolicy that the suite does not know: ${field}`)
  return { about, wanted }
}

export const aboutKey = (key: string): About => {
  const [, base = '', inner = ''] = /^([^[]+)\[(.+)\]$/.exec(key) ?? []
  if (base === 'request.headers') return `header ${inner.toLowerCase()}`
  if (base === 'request.auth.claims') return `claim ${inner.replaceAll('][', '/')}`
  if (base.startsWith('experimental.')) return `metadata ${base.slice('experimental.'.length)}/${inner}`
  const about = conditionAbout[key]
  if (about === undefined) throw new Error(`a condition that the suite does not know: ${key}`)
  return about
}

/** All that the policies mention. */
export const mentionsIn = (policies: readonly JsonObject[]): readonly Mention[] =>
  policies.flatMap(({ spec }) =>
    objectsIn(isObject(spec) ? spec.rules : undefined).flatMap((rule) => [
      ...objectsIn(rule.from).flatMap(({ source }) => fieldMentions(source)),
      ...objectsIn(rule.to).flatMap(({ operation }) => fieldMentions(operation)),
      ...objectsIn(rule.when).map(({ key, values, notValues }) => ({
        about: aboutKey(String(key)),
        values: [...textsIn(values), ...textsIn(notValues)],
      })),
    ]),
  )

const fieldMentions = (parent: JsonValue | undefined): readonly Mention[] =>
  Object.entries(isObject(parent) ? parent : {}).map(([field, values]) => ({
    about: aboutField(field).about,
    values: textsIn(values).map((value) => (/principals$/i.test(field) ? value : marked(field, value))),
  }))

/** Namespaces, accounts and trust domains are parts of an identity: told apart so that candidates can be made of them. */
const marked = (field: string, value: string): string => {
  if (/namespaces$/i.test(field)) return `ns:${value}`
  if (/serviceAccounts$/i.test(field)) return `sa:${value}`
  return /trustDomains$/i.test(field) ? `td:${value}` : value
}

/** One thing set in a request. */
export type Change = (request: RbacRequest) => RbacRequest

/** Each value that is mentioned, its near misses and its absence, by what it is about. */
export const changesOf = (mentions: readonly Mention[]): ReadonlyMap<About, readonly Change[]> =>
  new Map(
    [...Map.groupBy(mentions, ({ about }) => about)].map(([about, list]) => [
      about,
      changesAbout(about, [...new Set(list.flatMap(({ values }) => values))]),
    ]),
  )

const changesAbout = (about: About, values: readonly string[]): readonly Change[] => {
  const [kind = '', name = ''] = about.split(' ')
  const each = (of: readonly string[], set: (request: RbacRequest, value: string) => RbacRequest): readonly Change[] =>
    [...new Set(of)].map((value) => (request) => set(request, value))
  switch (kind) {
    case 'identity':
      return each(['', ...values.flatMap(identitiesFor)], (request, principal) => ({ ...request, principal }))
    case 'sourceIp':
      return each(addressesFor(values), (request, sourceIp) => ({ ...request, sourceIp }))
    case 'remoteIp':
      return each(addressesFor(values), (request, remoteIp) => ({ ...request, remoteIp }))
    case 'destinationIp':
      return each(addressesFor(values), (request, destinationIp) => ({ ...request, destinationIp }))
    case 'port':
      return each(
        values.flatMap((value) => [value, String(Number(value) + 1), String(Number(value) - 1)]),
        (request, port) => ({ ...request, port: Number(port) }),
      )
    case 'sni':
      return each(['', ...values.flatMap(textsFor)], (request, sni) => ({ ...request, sni }))
    case 'path':
      return each([...values.flatMap(pathsFor), '/', '/nowhere?a=/exact'], (request, path) => ({ ...request, path }))
    case 'header':
      return [
        ...each(['', ...values.flatMap(textsFor)], (request, value) => withHeader(request, name, value)),
        (request) => withHeader(request, name, undefined),
      ]
    case 'claim':
      return [
        ...each(['', ...values.flatMap(textsFor)], (request, value) => withClaim(request, name.split('/'), value)),
        ...each(values.flatMap(textsFor), (request, value) => withClaim(request, name.split('/'), ['other', value])),
        (request) => withClaim(request, name.split('/'), undefined),
      ]
    case 'requestPrincipal':
      return [...values, 'iss/sub'].flatMap(textsFor).flatMap((value) => {
        const cut = value.lastIndexOf('/')
        const pairs = [
          [value, ''],
          [value, 'someone'],
          ['issuer', value],
          [value.slice(0, cut), value.slice(cut + 1)],
        ]
        return pairs.map(
          ([issuer = '', subject = '']): Change =>
            (request) =>
              withClaim(withClaim(request, ['iss'], issuer), ['sub'], subject),
        )
      })
    case 'metadata': {
      const cut = name.lastIndexOf('/')
      const [filter, key] = [name.slice(0, cut), name.slice(cut + 1)]
      return each(values.flatMap(textsFor), (request, value) => ({
        ...request,
        metadata: { ...request.metadata, [filter]: { [key]: value } },
      }))
    }
    default:
      throw new Error(`nothing to vary for ${about}`)
  }
}

/** What a pattern matches, and what it just does not. */
const textsFor = (pattern: string): readonly string[] => {
  const core = pattern.replaceAll('*', '')
  const near = core.length > 1 ? [core.slice(1), core.slice(0, -1)] : []
  return [core, `${core}x`, `x${core}`, `x${core}x`, core.toUpperCase(), ...near].filter((text) => text !== '')
}

const pathsFor = (pattern: string): readonly string[] => {
  if (!pattern.includes('{')) return textsFor(pattern).flatMap((text) => [text, `${text}?q=1`])
  const filled = ['one', 'one/two', ''].map((part) => pattern.replaceAll(/\{\*+\}/g, part))
  return [...filled, `${filled[0]}/more`, `/before${filled[0]}`]
}

const identitiesFor = (value: string): readonly string[] => {
  const [, mark = '', text = ''] = /^(?:(ns|sa|td):)?(.*)$/s.exec(value) ?? []
  const like = (pattern: string) => textsFor(pattern)
  if (mark === 'ns') return like(text).flatMap((ns) => [`cluster.local/ns/${ns}/sa/a`, `td1/ns/${ns}/sa/principal`])
  if (mark === 'td') return like(text).flatMap((td) => [`${td}/ns/a/sa/b`, `a/ns/${td}/sa/b`])
  if (mark === 'sa') {
    const [first = '', second] = text.split('/')
    const [ns, sa] = second === undefined ? ['foo', first] : [first, second]
    const parts = [`ns/${ns}/sa/${sa}`, `ns/${ns}/x/y/sa/${sa}/z/1`, `ns/${ns}/sa/${sa}x`, `ns/other/sa/${sa}`]
    return parts.flatMap((part) => [`cluster.local/${part}`, `x/cluster.local/${part}`])
  }
  const domains = ['cluster.local', 'td1', 'some-td', 'foobar', 'bar', 'new-td', 'old-td', 'some-trustdomain', 'other']
  const rest = text.split('/').slice(1).join('/')
  return [...like(text), ...(rest === '' ? [] : domains.map((domain) => `${domain}/${rest}`))]
}

/** The ends of each block, and the addresses just outside. */
const addressesFor = (blocks: readonly string[]): readonly string[] =>
  blocks.flatMap((block) => {
    const [from, end] = readCidr(block.includes('/') ? block : `${block}/32`) ?? []
    if (from === undefined || end === undefined) throw new Error(`no block: ${block}`)
    return [from, end - 1n, from - 1n, end].map(formatAddress)
  })

const withHeader = (request: RbacRequest, name: string, value: string | undefined): RbacRequest => {
  if (request.headers === undefined) return request
  const { [name]: _, ...others } = request.headers
  // A request always has a method and a host.
  if (value === undefined) return name.startsWith(':') ? request : { ...request, headers: others }
  return { ...request, headers: { ...others, [name]: value } }
}

const withClaim = (request: RbacRequest, keys: readonly string[], value: JsonValue | undefined): RbacRequest => {
  const filter = request.metadata[jwtFilter]
  const before = isObject(filter) && isObject(filter.payload) ? filter.payload : {}
  const set = (parent: JsonObject, [key = '', ...rest]: readonly string[]): JsonObject => {
    const { [key]: had, ...others } = parent
    if (rest.length > 0) return { ...others, [key]: set(isObject(had) ? had : {}, rest) }
    return value === undefined ? others : { ...others, [key]: value }
  }
  return { ...request, metadata: { ...request.metadata, [jwtFilter]: { payload: set(before, keys) } } }
}

const textsIn = (value: JsonValue | undefined): readonly string[] =>
  Array.isArray(value) ? value.flatMap((one) => asString(one) ?? []) : []
