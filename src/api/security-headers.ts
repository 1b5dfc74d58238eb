import type { MiddlewareHandler } from 'hono'

const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
  "form-action 'self'",
  "require-trusted-types-for 'script'",
].join('; ')

/** Headers of every answer: nothing from outside, nothing inline, no frame, no referrer, no cache unless a route says so. */
export const securityHeaders: MiddlewareHandler = async (context, next) => {
  await next()
  const set = (name: string, value: string) => context.res.headers.set(name, value)
  set('content-security-policy', policy)
  set('x-content-type-options', 'nosniff')
  set('x-frame-options', 'DENY')
  set('cross-origin-opener-policy', 'same-origin')
  set('cross-origin-resource-policy', 'same-origin')
  if (!context.res.headers.has('referrer-policy')) set('referrer-policy', 'no-referrer')
  if (!context.res.headers.has('cache-control')) set('cache-control', 'no-store')
}
