import { type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { bodyLimit } from 'hono/body-limit'
import { deleteCookie, setCookie } from 'hono/cookie'
import { html } from 'hono/html'
import { answerJson } from '../routes/define.ts'
import type { Auth } from './auth.ts'
import { cookieName, sessionSecret } from './guard.ts'

const signInLink = z.object({ path: z.string() }).openapi('SignInLink')

/**
 * Signing in and out:
 *   GET  /login?link=…  the link that was printed: once
 *   GET  /login         a page that says how to get one, with a form for the token
 *   POST /login         that form
 *   POST /logout
 *   POST /api/v1/links  a new link, for the command line (behind the guard of the API)
 */
export const loginRoutes = (app: OpenAPIHono, auth: Auth): void => {
  app.use('/login', async (context, next) => {
    await next()
    // Without a referrer a form says `Origin: null`, which is what a page of another site may say too.
    context.res.headers.set('referrer-policy', 'same-origin')
  })

  app.get('/login', (context) => {
    const link = context.req.query('link')
    if (link === undefined) return context.html(signInPage(auth, 'Sign in to Bulwark'))
    if (auth.sessions.takeLink(link)) return enter(auth, context)
    const secret = sessionSecret(auth, context)
    if (secret !== undefined && auth.sessions.isLive(secret)) return context.redirect('/', 303)
    return context.html(signInPage(auth, 'This link was used already, or is of an earlier start'), 401)
  })

  app.post('/login', bodyLimit({ maxSize: 4096 }), async (context) => {
    const form = await context.req.text()
    const token = new URLSearchParams(form).get('token')
    if (token !== null && auth.isToken(token.trim())) return enter(auth, context)
    return context.html(signInPage(auth, 'This is not the token'), 401)
  })

  app.post('/logout', (context) => {
    const secret = sessionSecret(auth, context)
    if (secret !== undefined) auth.sessions.end(secret)
    deleteCookie(context, cookieName(auth, context), { path: '/', secure: auth.settings.https })
    return context.redirect('/login', 303)
  })

  const link = { summary: 'A new link that signs a browser in, once', tag: 'status', query: {}, answer: signInLink }
  answerJson(app, 'POST /api/v1/links', link, () => ({ path: auth.newLinkPath() }))
}

const enter = (auth: Auth, context: Context): Response | Promise<Response> => {
  setCookie(context, cookieName(auth, context), auth.sessions.begin(), {
    path: '/',
    httpOnly: true,
    sameSite: 'Strict',
    secure: auth.settings.https,
  })
  // A page of its own rather than a redirect: a browser that came here from another site (a chat, a mail) does not send
  // a strict cookie along with the redirect, and would look signed out.
  return context.html(enteredPage)
}

const enteredPage = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta http-equiv="refresh" content="0; url=/">
    <title>Bulwark</title>
    <link rel="stylesheet" href="/plain.css">
  </head>
  <body><main><p>Signed in. <a href="/">Go to Bulwark</a></p></main></body>
</html>`

const signInPage = (auth: Auth, title: string) => html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <title>${title} · Bulwark</title>
    <link rel="stylesheet" href="/plain.css">
  </head>
  <body>
    <main>
      <h1>${title}</h1>
      <p>Bulwark prints a link when it starts, in the terminal in which it runs; it works once. This prints a new one:</p>
      <pre>${auth.settings.linkCommand}</pre>
      <form method="post" action="/login">
        <label for="token">Or give the token</label>
        <input id="token" name="token" type="password" autocomplete="off" required>
        <button>Sign in</button>
      </form>
    </main>
  </body>
</html>`
