/** URLs as Go's `net/url` reads them (go1.26), which differs from browsers: nothing is repaired, hosts keep their case. */
import { parseIp } from './ip.ts'
import { quote } from './quote.ts'

export interface GoUrl {
  readonly scheme: string
  /** The part after the scheme of `mailto:a@b`. */
  readonly opaque: string
  /** `user` or `user:password`, as written; undefined where there is none. */
  readonly user: string | undefined
  /** Host with its port, brackets kept. */
  readonly host: string
  /** Path as written. */
  readonly rawPath: string
  readonly rawQuery: string
  readonly forceQuery: boolean
  readonly fragment: string
  readonly omitHost: boolean
}

export type ParsedUrl =
  | { readonly kind: 'url'; readonly url: GoUrl }
  /** Go's message, with `parse "…": ` before it. */
  | { readonly kind: 'error'; readonly message: string }

class UrlFault extends Error {}

/** `url.ParseRequestURI`: an absolute URL, or a path that begins with a slash; a `#` is not special. */
export const parseRequestUri = (text: string): ParsedUrl => guarded(text, () => parse(text, true))

/** `url.Parse`: a URL or a reference, with a fragment. */
export function parseUrl(text: string): ParsedUrl {
  const hash = text.indexOf('#')
  if (hash < 0) return guarded(text, () => parse(text, false))
  return guarded(text, () => {
    const url = parse(text.slice(0, hash), false)
    const fragment = text.slice(hash + 1)
    decode(fragment, 'fragment')
    return { ...url, fragment }
  })
}

function guarded(text: string, make: () => GoUrl): ParsedUrl {
  try {
    return { kind: 'url', url: make() }
  } catch (error) {
    if (!(error instanceof UrlFault)) throw error
    return { kind: 'error', message: `parse ${quote(text)}: ${error.message}` }
  }
}

function parse(text: string, viaRequest: boolean): GoUrl {
  if (hasControlCharacter(text)) throw new UrlFault('net/url: invalid control character in URL')
  if (text === '' && viaRequest) throw new UrlFault('empty url')
  const empty: GoUrl = {
    scheme: '',
    opaque: '',
    user: undefined,
    host: '',
    rawPath: '',
    rawQuery: '',
    forceQuery: false,
    fragment: '',
    omitHost: false,
  }
  if (text === '*') return { ...empty, rawPath: '*' }
  const { scheme, rest: afterScheme } = splitScheme(text)
  const mark = afterScheme.indexOf('?')
  const path = mark < 0 ? afterScheme : afterScheme.slice(0, mark)
  const rawQuery = mark < 0 ? '' : afterScheme.slice(mark + 1)
  const url = { ...empty, scheme, rawQuery, forceQuery: mark >= 0 && rawQuery === '' }
  if (!path.startsWith('/')) {
    if (scheme !== '') return { ...url, opaque: path }
    if (viaRequest) throw new UrlFault('invalid URI for request')
    if ((path.split('/')[0] ?? '').includes(':')) throw new UrlFault('first path segment in URL cannot contain colon')
  }
  const authority = (scheme !== '' || (!viaRequest && !path.startsWith('///'))) && path.startsWith('//')
  if (!authority) {
    decode(path, 'path')
    return { ...url, rawPath: path, omitHost: scheme !== '' && path.startsWith('/') }
  }
  const slash = path.indexOf('/', 2)
  const { user, host } = parseAuthority(scheme, slash < 0 ? path.slice(2) : path.slice(2, slash))
  const rawPath = slash < 0 ? '' : path.slice(slash)
  decode(rawPath, 'path')
  return { ...url, user, host, rawPath }
}

function hasControlCharacter(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 0x20 || code === 0x7f) return true
  }
  return false
}

function splitScheme(text: string): { readonly scheme: string; readonly rest: string } {
  if (text.startsWith(':')) throw new UrlFault('missing protocol scheme')
  const scheme = /^([a-zA-Z][a-zA-Z0-9+.-]*):/.exec(text)?.[1]
  return scheme === undefined
    ? { scheme: '', rest: text }
    : { scheme: scheme.toLowerCase(), rest: text.slice(scheme.length + 1) }
}

function parseAuthority(
  scheme: string,
  authority: string,
): { readonly user: string | undefined; readonly host: string } {
  const at = authority.lastIndexOf('@')
  const host = parseHost(scheme, at < 0 ? authority : authority.slice(at + 1))
  if (at < 0) return { user: undefined, host }
  const user = authority.slice(0, at)
  if (!/^[A-Za-z0-9._:~!$&'()*+,;=%@-]*$/.test(user)) throw new UrlFault('net/url: invalid userinfo')
  decode(user, 'path')
  return { user, host }
}

function parseHost(scheme: string, host: string): string {
  const open = host.lastIndexOf('[')
  if (open > 0) throw new UrlFault('invalid IP-literal')
  if (open === 0) return parseBracketed(host)
  const first = host.indexOf(':')
  const last = host.lastIndexOf(':')
  const strict = scheme === 'http' || scheme === 'https'
  if (first >= 0) checkPort(host.slice(strict ? first : last))
  return decode(host, 'host')
}

function parseBracketed(host: string): string {
  const close = host.lastIndexOf(']')
  if (close < 0) throw new UrlFault("missing ']' in host")
  const port = host.slice(close + 1)
  checkPort(port)
  const name = decode(host.slice(1, close), 'host')
  const parsed = parseIp(name)
  if (parsed.kind === 'error') throw new UrlFault(`invalid host: ParseAddr(${quote(name)}): ${parsed.message}`)
  if (parsed.ip.family === 4) throw new UrlFault('invalid IP-literal')
  return `[${name}]${port}`
}

function checkPort(port: string): void {
  if (!/^(?::[0-9]*)?$/.test(port)) throw new UrlFault(`invalid port ${quote(port)} after host`)
}

/**
 * Percent-decodes; in a host only bytes above ASCII (and %25) may be encoded, and some characters are refused. The first
 * fault is told.
 */
function decode(text: string, mode: 'path' | 'host' | 'query' | 'fragment'): string {
  const fault = mode === 'host' ? faultInHost : faultElsewhere
  const at = text.search(fault)
  if (at >= 0) {
    const refused = text.slice(at, at + 3)
    // What is refused beside escapes is ASCII.
    throw new UrlFault(
      refused.startsWith('%')
        ? `invalid URL escape ${quote(refused)}`
        : `invalid character ${quote(refused.slice(0, 1))} in host name`,
    )
  }
  return percentDecoded(mode === 'query' ? text.replaceAll('+', ' ') : text)
}

const faultElsewhere = /%(?![0-9a-fA-F]{2})/
const faultInHost = /%(?!25|[89a-fA-F][0-9a-fA-F])|[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"%\u0080-\u{10ffff}]/u

/** Bytes that are not UTF-8 become U+FFFD, as Go's JSON would show them. */
function percentDecoded(text: string): string {
  return text.replace(/(?:%[0-9a-fA-F]{2})+/g, (run) => {
    try {
      return decodeURIComponent(run)
    } catch {
      return run.replace(/%([0-7][0-9a-fA-F])|%[0-9a-fA-F]{2}/g, (_all, ascii?: string) =>
        ascii === undefined ? '\ufffd' : String.fromCharCode(Number.parseInt(ascii, 16)),
      )
    }
  })
}

/** Host without port and brackets. */
export function hostnameOf(url: GoUrl): string {
  const colon = url.host.lastIndexOf(':')
  const host = colon >= 0 && /^:[0-9]*$/.test(url.host.slice(colon)) ? url.host.slice(0, colon) : url.host
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

export const portOf = (url: GoUrl): string => /:([0-9]*)$/.exec(url.host)?.[1] ?? ''

const unsafeInPath = /[^A-Za-z0-9\-_.~$&+,/:;=@]/gu
const validPath = /^[A-Za-z0-9\-_.~!$&'()*+,;=:@[\]/%]*$/

/** The path, encoded: as it was written where that is a valid encoding. */
export function escapedPath(url: GoUrl): string {
  if (url.rawPath === '*' || validPath.test(url.rawPath)) return url.rawPath
  return encodePath(percentDecoded(url.rawPath))
}

const unsafeInUser = /[^A-Za-z0-9\-_.~$&+,;=]/gu
const unsafeInHost = /[^A-Za-z0-9\-_.~!$&'()*+,;=:[\]<>"]/gu

const encoded = (text: string, unsafe: RegExp): string =>
  text
    .toWellFormed()
    .replace(unsafe, (character) =>
      encodeURIComponent(character).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`),
    )

const encodePath = (path: string): string => encoded(path, unsafeInPath)

/** The user part, written anew: what stands after the first colon is the password. */
function encodeUser(user: string): string {
  const colon = user.indexOf(':')
  const parts = colon < 0 ? [user] : [user.slice(0, colon), user.slice(colon + 1)]
  return parts.map((part) => encoded(percentDecoded(part), unsafeInUser)).join(':')
}

/** Query parameters with all their values; a pair with a semicolon or a bad escape is left out. */
export function queryOf(url: GoUrl): ReadonlyMap<string, readonly string[]> {
  const values = new Map<string, string[]>()
  const pairs = url.rawQuery.split('&')
  if (pairs.length > 10_000) return values
  for (const pair of pairs) {
    if (pair === '' || pair.includes(';')) continue
    const equals = pair.indexOf('=')
    try {
      const key = decode(equals < 0 ? pair : pair.slice(0, equals), 'query')
      const value = equals < 0 ? '' : decode(pair.slice(equals + 1), 'query')
      const known = values.get(key)
      if (known === undefined) values.set(key, [value])
      else known.push(value)
    } catch (error) {
      if (!(error instanceof UrlFault)) throw error
    }
  }
  return values
}

/** The URL put together again; two URLs are equal where these texts are. */
export function formatUrl(url: GoUrl): string {
  const scheme = url.scheme === '' ? '' : `${url.scheme}:`
  const query = url.forceQuery || url.rawQuery !== '' ? `?${url.rawQuery}` : ''
  const fragment = url.fragment === '' ? '' : `#${url.fragment}`
  if (url.opaque !== '') return `${scheme}${url.opaque}${query}${fragment}`
  const user = url.user === undefined ? '' : `${encodeUser(url.user)}@`
  const path = escapedPath(url)
  const hasAuthority = url.host !== '' || url.user !== undefined || (url.scheme !== '' && !url.omitHost && path !== '')
  const slash = path !== '' && !path.startsWith('/') && url.host !== '' ? '/' : ''
  return `${scheme}${hasAuthority ? '//' : ''}${user}${encoded(url.host, unsafeInHost)}${slash}${path}${query}${fragment}`
}
