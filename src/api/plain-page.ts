import type { OpenAPIHono } from '@hono/zod-openapi'

/** The style of the few pages that are not the application: signing in, and where the application is not built. */
const css = `:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif }
main { max-width: 36rem; margin: 12vh auto; padding: 0 1rem }
h1 { font-size: 18px }
pre { padding: .5rem .75rem; border: 1px solid; border-radius: 6px; overflow-x: auto }
label, input { display: block; margin: .5rem 0 }
input { width: 100%; box-sizing: border-box }
input, button { font: inherit; padding: .4rem .6rem; border: 1px solid; border-radius: 6px }
`

export const plainStyle = (app: OpenAPIHono): void => {
  app.get('/plain.css', (context) => context.body(css, 200, { 'content-type': 'text/css; charset=utf-8' }))
}
