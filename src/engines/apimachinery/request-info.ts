/**
 * From a request line to what is asked: `GET /api/v1/namespaces/shop/pods?watch=1` watches pods in shop.
 * Upstream: k8s.io/apiserver/pkg/endpoints/request/requestinfo.go (v0.37.2).
 */
import { isPathSegmentName } from './label.ts'
import { isInt64, parseFieldSelector, parseLabelSelector } from './selector-text.ts'
import { trimRight } from './trim-right.ts'

/** Texts are empty where the request has no such part. `path` is unescaped. */
export interface RequestInfo {
  readonly isResourceRequest: boolean
  readonly path: string
  readonly verb: string
  readonly apiPrefix: string
  readonly apiGroup: string
  readonly apiVersion: string
  readonly namespace: string
  readonly resource: string
  readonly subresource: string
  readonly name: string
  /** Path segments from the resource on. */
  readonly parts: readonly string[]
  /** Only for list, watch and deletecollection, which honour selectors. */
  readonly fieldSelector: string
  readonly labelSelector: string
}

/** What was understood of a request line, or that its URI is none or that no kind can be made out of its path. */
export type RequestInfoResult =
  | { readonly kind: 'info'; readonly info: RequestInfo }
  | { readonly kind: 'error'; readonly what: string }

const methodVerbs: Readonly<Record<string, string>> = {
  POST: 'create',
  GET: 'get',
  HEAD: 'get',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
}
const namespaceSubresources = new Set(['status', 'finalize'])
const verbsWithSelectors = new Set(['list', 'watch', 'deletecollection'])
/** Those of ASCII: Go looks at bytes. */
const controlCharacter = /[^\P{Cc}\u0080-\u009f]/u
const nothing = { apiPrefix: '', apiGroup: '', apiVersion: '', namespace: '', resource: '', subresource: '', name: '' }

/** `uri` is a path with an optional query, as `requestURI` of an audit event. */
export const requestInfo = (method: string, uri: string): RequestInfoResult => {
  const { path, query } = splitUri(uri)
  if (path === undefined || controlCharacter.test(uri)) {
    // Go's net/http answers 400 before anything of Kubernetes looks at the request.
    return { kind: 'error', what: `invalid URL escape or control character in ${JSON.stringify(uri)}` }
  }
  const other: RequestInfo = {
    ...nothing,
    isResourceRequest: false,
    path,
    verb: method.toLowerCase(),
    parts: [],
    fieldSelector: '',
    labelSelector: '',
  }
  const segments = segmentsOf(path)
  const [apiPrefix = '', ...rest] = segments
  if (segments.length < 3 || (apiPrefix !== 'api' && apiPrefix !== 'apis')) return { kind: 'info', info: other }
  // Upstream leaves the prefix filled in where a path of a group is too short to name a resource.
  if (apiPrefix === 'apis' && rest.length < 3) return { kind: 'info', info: { ...other, apiPrefix } }
  const [apiGroup = '', apiVersion = '', ...after] = apiPrefix === 'apis' ? rest : ['', ...rest]
  const prefixVerb = after[0] === 'proxy' || after[0] === 'watch' ? after[0] : undefined
  if (prefixVerb !== undefined && after.length < 2) {
    return { kind: 'error', what: `unable to determine kind and namespace from url, ${uri}` }
  }
  const { namespace, parts } = scopeOf(prefixVerb === undefined ? after : after.slice(1))
  const verb = prefixVerb ?? (Object.hasOwn(methodVerbs, method) ? (methodVerbs[method] ?? '') : '')
  const named = parts[1] ?? ''
  const final = verbAndName(verb, named, query)
  const selects = prefixVerb === undefined && verbsWithSelectors.has(final.verb)
  return {
    kind: 'info',
    info: {
      isResourceRequest: true,
      path,
      apiPrefix,
      apiGroup,
      apiVersion,
      namespace,
      parts,
      resource: parts[0] ?? '',
      subresource: parts.length >= 3 && verb !== 'proxy' ? (parts[2] ?? '') : '',
      verb: final.verb,
      name: final.name,
      fieldSelector: selects ? (query.get('fieldSelector')?.[0] ?? '') : '',
      labelSelector: selects ? (query.get('labelSelector')?.[0] ?? '') : '',
    },
  }
}

type Query = ReadonlyMap<string, readonly string[]>

/** `namespaces/shop/pods/web` is in shop; `namespaces/shop/status` is the namespace itself. */
const scopeOf = (segments: readonly string[]): { readonly namespace: string; readonly parts: readonly string[] } => {
  if (segments[0] !== 'namespaces' || segments.length < 2) return { namespace: '', parts: segments }
  const below = segments[2]
  const isResource = below !== undefined && !namespaceSubresources.has(below)
  return { namespace: segments[1] ?? '', parts: isResource ? segments.slice(2) : segments }
}

/** A get without a name is a list or a watch, a delete without one a deletecollection; a field selector can name the object. */
const verbAndName = (verb: string, name: string, query: Query): { readonly verb: string; readonly name: string } => {
  if (name !== '') return { verb, name }
  if (verb === 'delete') return { verb: 'deletecollection', name }
  if (verb !== 'get') return { verb, name }
  const options = listOptions(query)
  return { verb: options.watch ? 'watch' : 'list', name: options.name }
}

/** Options that cannot be read mean a list of everything, but for `watch`. */
const listOptions = (query: Query): { readonly watch: boolean; readonly name: string } => {
  const first = (key: string): string | undefined => query.get(key)?.[0]
  const watch = first('watch')
  const fields = parseFieldSelector(first('fieldSelector') ?? '')
  const numbers = [first('timeoutSeconds'), first('limit')].every((text) => text === undefined || isInt64(text))
  const readable = numbers && fields !== undefined && parseLabelSelector(first('labelSelector') ?? '') !== undefined
  const named = fields?.find(({ field, operator }) => field === 'metadata.name' && operator === '=')?.value ?? ''
  return {
    watch: watch !== undefined && watch !== '0' && watch.toLowerCase() !== 'false',
    name: readable && isPathSegmentName(named) ? named : '',
  }
}

const segmentsOf = (path: string): readonly string[] => {
  const trimmed = trimRight(path.replace(/^\/+/, ''), '/')
  return trimmed === '' ? [] : trimmed.split('/')
}

const splitUri = (uri: string): { readonly path: string | undefined; readonly query: Query } => {
  const question = uri.indexOf('?')
  const path = question < 0 ? uri : uri.slice(0, question)
  return { path: percentDecode(path, false), query: parseQuery(question < 0 ? '' : uri.slice(question + 1)) }
}

/** Go's url.Values: pairs that hold a semicolon or a bad escape are dropped, the others kept. */
const parseQuery = (text: string): Query => {
  const query = new Map<string, string[]>()
  for (const pair of text.split('&')) {
    if (pair === '' || pair.includes(';')) continue
    const equals = pair.indexOf('=')
    const key = percentDecode(equals < 0 ? pair : pair.slice(0, equals), true)
    const value = equals < 0 ? '' : percentDecode(pair.slice(equals + 1), true)
    if (key === undefined || value === undefined) continue
    const values = query.get(key)
    if (values === undefined) query.set(key, [value])
    else values.push(value)
  }
  return query
}

/** Percent escapes as bytes of UTF-8; undefined where one is cut short or has no hex digits. */
const percentDecode = (text: string, isQuery: boolean): string | undefined => {
  const plain = isQuery ? text.replaceAll('+', ' ') : text
  if (!plain.includes('%')) return plain
  if (/%(?![0-9A-Fa-f]{2})/.test(plain)) return undefined
  return plain.replaceAll(/(?:%[0-9A-Fa-f]{2})+/g, decodeBytes)
}

/** Each byte that is part of no character of UTF-8 becomes one replacement character; Go keeps it as a byte. */
const decodeBytes = (escapes: string): string => {
  let decoded = ''
  let at = 0
  while (at < escapes.length) {
    const character = characterAt(escapes, at)
    decoded += character?.text ?? '\uFFFD'
    at += character?.length ?? 3
  }
  return decoded
}

/** The character whose first byte is the escape at `at`, and how long its escapes are. */
const characterAt = (escapes: string, at: number): { readonly text: string; readonly length: number } | undefined => {
  const lead = Number.parseInt(escapes.slice(at + 1, at + 3), 16)
  const length = 3 * (lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4)
  try {
    return { text: decodeURIComponent(escapes.slice(at, at + length)), length }
  } catch {
    return undefined
  }
}
