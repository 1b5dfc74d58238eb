import type { Context, MiddlewareHandler } from 'hono'
import { getCookie } from 'hono/cookie'
import { BulwarkError } from '../../model/error.ts'
import type { Auth, AuthSettings } from './auth.ts'

/** Lets a request through that carries the token or a live session. Throws UNAUTHENTICATED. */
export const requireSignIn =
  (auth: Auth): MiddlewareHandler =>
  async (context, next) => {
    if (!hasToken(auth, context) && !hasSession(auth, context)) {
      throw new BulwarkError('UNAUTHENTICATED', {
        what: 'not signed in, or the session has ended',
        mend: `Open a new link: ${auth.settings.linkCommand} prints one. Programs send "Authorization: Bearer TOKEN"`,
      })
    }
    await next()
  }

/**
 * Refuses a request for a Host that is not ours: a page of another site whose name was made to point at us (DNS rebinding)
 * is of the same origin to the browser, but names itself. A plain IP address cannot be rebound.
 */
export const requireOurHost =
  (settings: AuthSettings): MiddlewareHandler =>
  async (context, next) => {
    const { hostname } = new URL(context.req.url)
    if (!isOurHost(settings, hostname)) {
      throw new BulwarkError('FORBIDDEN', {
        what: `Bulwark does not answer under the name "${hostname}"`,
        mend: 'Use the address that was printed at the start',
      })
    }
    await next()
  }

/**
 * Refuses a request that changes something and was sent by a page of another origin. Browsers say the Origin of every such
 * request; a program without one has to show the token.
 */
export const requireOurOrigin =
  (auth: Auth): MiddlewareHandler =>
  async (context, next) => {
    if (!['GET', 'HEAD'].includes(context.req.method) && !hasToken(auth, context) && !isOurOrigin(context)) {
      throw new BulwarkError('FORBIDDEN', {
        what: 'the request comes from a page of another site',
        mend: 'Use the page of Bulwark itself, or send "Authorization: Bearer TOKEN"',
      })
    }
    await next()
  }

const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/

/** `hostname` as the URL parser gives it: IPv6 in brackets, IPv4 in its usual form, letters small. */
export const isOurHost = ({ loopback, hosts }: AuthSettings, hostname: string): boolean => {
  if (hostname === 'localhost' || hostname.endsWith('.localhost') || hostname === '[::1]') return true
  if (/^127\./.test(hostname) && ipv4.test(hostname)) return true
  if (hosts.some((host) => host.toLowerCase() === hostname)) return true
  return !loopback && (ipv4.test(hostname) || hostname.startsWith('['))
}

const isOurOrigin = (context: Context): boolean => {
  // No page can set or change it; only sent to loopback and by HTTPS.
  const site = context.req.header('sec-fetch-site')
  if (site !== undefined) return site === 'same-origin'
  const origin = context.req.header('origin') ?? ''
  // The host alone: behind a proxy that ends TLS the scheme differs.
  return URL.canParse(origin) && new URL(origin).host === new URL(context.req.url).host
}

const hasToken = (auth: Auth, context: Context): boolean => {
  const bearer = /^Bearer ([\x21-\x7e]{1,512})$/i.exec(context.req.header('authorization') ?? '')?.[1]
  return bearer !== undefined && auth.isToken(bearer)
}

const hasSession = (auth: Auth, context: Context): boolean => {
  const secret = sessionSecret(auth, context)
  return secret !== undefined && auth.sessions.isLive(secret)
}

export const sessionSecret = (auth: Auth, context: Context): string | undefined =>
  getCookie(context, cookieName(auth, context))

/**
 * Browsers send a cookie to every port of a host, so that the name holds the port: two servers on one machine do not sign
 * each other out.
 */
export const cookieName = (auth: Auth, context: Context): string => {
  const { port } = new URL(context.req.url)
  return auth.settings.https ? '__Host-bulwark' : `bulwark-${port === '' ? '80' : port}`
}
