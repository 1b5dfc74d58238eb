/** URLs, after Kubernetes v1.37.2 `cel/library/urls.go`. */
import {
  escapedPath,
  formatUrl,
  type GoUrl,
  hostnameOf,
  parseRequestUri,
  parseUrl,
  portOf,
  queryOf,
} from '../../apimachinery/url.ts'
import { type FunctionDeclaration, fn, memberUnary, unary } from '../environment.ts'
import { mapOfValues } from '../map-values.ts'
import { boolType, listOf, mapOf, stringType, struct } from '../types.ts'
import { CelError, CelObject, type CelValue, noSuchOverload } from '../values.ts'

const urlType = struct('kubernetes.URL')

export class UrlValue extends CelObject {
  readonly type = urlType
  readonly url: GoUrl

  constructor(url: GoUrl) {
    super()
    this.url = url
  }

  equals(other: CelValue): boolean | CelError {
    return other instanceof UrlValue ? formatUrl(this.url) === formatUrl(other.url) : noSuchOverload
  }

  text(): string {
    return formatUrl(this.url)
  }
}

function toUrl(text: CelValue = null): CelValue {
  if (typeof text !== 'string') return noSuchOverload
  const strict = parseRequestUri(text)
  const parsed = strict.kind === 'error' ? strict : parseUrl(text)
  if (parsed.kind === 'url') return new UrlValue(parsed.url)
  return new CelError(`URL parse error during conversion from string: ${parsed.message}`)
}

const part = (name: string, id: string, get: (url: GoUrl) => string): FunctionDeclaration =>
  fn(
    name,
    memberUnary(id, [urlType], stringType, (value) => (value instanceof UrlValue ? get(value.url) : noSuchOverload)),
  )

export const urlFunctions: readonly FunctionDeclaration[] = [
  fn('url', unary('string_to_url', [stringType], urlType, toUrl)),
  fn(
    'isURL',
    unary('is_url_string', [stringType], boolType, (text) =>
      typeof text === 'string' ? parseRequestUri(text).kind === 'url' : noSuchOverload,
    ),
  ),
  part('getScheme', 'url_get_scheme', (url) => url.scheme),
  part('getHost', 'url_get_host', (url) => url.host),
  part('getHostname', 'url_get_hostname', hostnameOf),
  part('getPort', 'url_get_port', portOf),
  part('getEscapedPath', 'url_get_escaped_path', escapedPath),
  fn(
    'getQuery',
    memberUnary('url_get_query', [urlType], mapOf(stringType, listOf(stringType)), (value) =>
      value instanceof UrlValue ? mapOfValues(queryOf(value.url)) : noSuchOverload,
    ),
  ),
]
