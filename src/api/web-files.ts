import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import type { OpenAPIHono } from '@hono/zod-openapi'
import type { Context } from 'hono'
import { html } from 'hono/html'

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.json': 'application/json',
  '.webmanifest': 'application/manifest+json',
  '.txt': 'text/plain; charset=utf-8',
}

const encodings = [
  { name: 'br', suffix: '.br' },
  { name: 'gzip', suffix: '.gz' },
] as const

/**
 * Serves the built page. Only files that stand in the folder are served, looked up by their exact name, so that no path
 * leads out of it. Vite puts a hash into the names below `assets/`: those may be kept for ever. Any other path that a
 * browser asks for as a page is the application's own, and gets its index.
 */
export const webFiles = (app: OpenAPIHono, dir: string): void => {
  let files = filesIn(dir)

  app.get('*', (context) => {
    // Built after our start: seen at the next request, without a restart.
    if (!files.has('/index.html')) files = filesIn(dir)
    const path = decodePath(new URL(context.req.url).pathname)
    const wanted = path === '/' ? '/index.html' : path
    if (files.has(wanted)) return file(context, dir, files, wanted)
    if (!wantsPage(context, wanted)) return context.notFound()
    if (files.has('/index.html')) return file(context, dir, files, '/index.html')
    return context.html(notBuilt, 503)
  })
}

const wantsPage = (context: Context, path: string): boolean =>
  !path.startsWith('/api/') && (context.req.header('accept') ?? '').includes('text/html')

const file = (context: Context, dir: string, files: ReadonlySet<string>, path: string): Response => {
  const accepted = (context.req.header('accept-encoding') ?? '').split(',').map((entry) => entry.split(';')[0]?.trim())
  const packed = encodings.find(({ name, suffix }) => accepted.includes(name) && files.has(path + suffix))
  const headers = {
    'content-type': types[extname(path)] ?? 'application/octet-stream',
    'cache-control': path.startsWith('/assets/') ? 'public, max-age=31536000, immutable' : 'no-cache',
    vary: 'accept-encoding',
    ...(packed ? { 'content-encoding': packed.name } : {}),
  }
  return context.body(readFileSync(join(dir, path + (packed?.suffix ?? ''))), 200, headers)
}

/** Names of the files as URLs have them, from `/`. */
const filesIn = (dir: string): ReadonlySet<string> => {
  try {
    const names = readdirSync(dir, { recursive: true, encoding: 'utf8' })
    return new Set(
      names.filter((name) => statSync(join(dir, name)).isFile()).map((name) => `/${name.split(sep).join('/')}`),
    )
  } catch {
    return new Set()
  }
}

const decodePath = (path: string): string => {
  try {
    return decodeURIComponent(path)
  } catch {
    return path
  }
}

const notBuilt = html`<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <title>Bulwark</title>
    <link rel="stylesheet" href="/plain.css">
  </head>
  <body>
    <main>
      <h1>The page is not built</h1>
      <p>Bulwark runs, and its API answers under <code>/api/v1</code>. Build the page in the folder of Bulwark, then load this again:</p>
      <pre>npm run web</pre>
    </main>
  </body>
</html>`
