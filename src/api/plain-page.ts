import type { OpenAPIHono } from '@hono/zod-openapi'

/** The style of the few pages that are not the application: signing in, and where the application is not built. */
const css = `:root { color-scheme: light dark; font: 14px/1.5 system-ui, sans-serif; color: light-dark(#1a1c1f, #e7e8ea); background: light-dark(#fafaf8, #101214) }
main { max-width: 30rem; margin: 16vh auto; padding: 0 1rem }
h1 { font-size: 18px; margin: 0 0 .75rem }
p, label { color: light-dark(#55585e, #a6abb2) }
a { color: light-dark(#2b50c8, #8fabff) }
pre { padding: .5rem .75rem; border: 1px solid light-dark(#c9c9c2, #3b4249); border-radius: 6px; overflow-x: auto; background: light-dark(#fff, #16191c) }
form { margin-top: 1.5rem }
label, input { display: block; margin: .25rem 0 }
input, button { font: inherit; padding: .4rem .75rem; border: 1px solid light-dark(#85868a, #70777f); border-radius: 6px; color: inherit; background: light-dark(#fff, #16191c) }
input { width: 100%; box-sizing: border-box }
button { margin-top: .5rem; border-color: transparent; color: #fff; background: light-dark(#2b50c8, #3b62e0); cursor: pointer }
:focus-visible { outline: 2px solid light-dark(#2b50c8, #8fabff); outline-offset: 2px }
`

export const plainStyle = (app: OpenAPIHono): void => {
  // Browsers ask for it on pages that name no icon.
  app.get('/favicon.ico', (context) => context.body(null, 204))
  app.get('/plain.css', (context) => context.body(css, 200, { 'content-type': 'text/css; charset=utf-8' }))
}
