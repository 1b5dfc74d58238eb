import { readdirSync, readFileSync, statSync } from 'node:fs'
import { extname, join, sep } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
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
/** Types that are not packed already. */
const packable = new Set(['.html', '.js', '.css', '.svg', '.json', '.webmanifest', '.txt'])

/** In order of preference. */
const encodings = [
  {
    name: 'br',
    suffix: '.br',
    pack: (text: Uint8Array) => brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_QUALITY]: 6 } }),
  },
  { name: 'gzip', suffix: '.gz', pack: (text: Uint8Array) => gzipSync(text) },
] as const

/**
 * Serves the built page. Only files that stand in the folder are served, looked up by their exact name, so that no path
 * leads out of it. Vite puts a hash into the names below `assets/`: those may be kept for ever, and are packed once. Any
 * other path that a browser asks for as a page is the application's own, and gets its index.
 */
export const webFiles = (app: OpenAPIHono, dir: string): void => {
  let files = filesIn(dir)
  const packed = new Map<string, Uint8Array<ArrayBuffer>>()

  const file = (context: Context, path: string): Response => {
    const headers = {
      'content-type': types[extname(path)] ?? 'application/octet-stream',
      'cache-control': isHashed(path) ? 'public, max-age=31536000, immutable' : 'no-cache',
      vary: 'accept-encoding',
    }
    const accepted = acceptedEncodings(context)
    const encoding = packable.has(extname(path)) ? encodings.find(({ name }) => accepted.includes(name)) : undefined
    if (!encoding) return context.body(readBytes(dir, path), 200, headers)
    const ready = path + encoding.suffix
    const body =
      packed.get(ready) ?? (files.has(ready) ? readBytes(dir, ready) : bytesOf(encoding.pack(readBytes(dir, path))))
    if (isHashed(path)) packed.set(ready, body)
    return context.body(body, 200, { ...headers, 'content-encoding': encoding.name })
  }

  app.get('*', (context) => {
    const path = decodePath(new URL(context.req.url).pathname)
    const wanted = path === '/' ? '/index.html' : path
    // Built, or built again, after our start.
    if (!files.has(wanted)) files = filesIn(dir)
    if (files.has(wanted)) return file(context, wanted)
    if (!wantsPage(context, wanted)) return context.notFound()
    if (files.has('/index.html')) return file(context, '/index.html')
    return context.html(notBuilt, 503)
  })
}

const isHashed = (path: string): boolean => path.startsWith('/assets/')

const wantsPage = (context: Context, path: string): boolean =>
  !path.startsWith('/api/') && (context.req.header('accept') ?? '').includes('text/html')

const acceptedEncodings = (context: Context): readonly (string | undefined)[] =>
  (context.req.header('accept-encoding') ?? '')
    .split(',')
    .filter((entry) => !/;\s*q=0(\.0*)?\s*$/.test(entry))
    .map((entry) => entry.split(';')[0]?.trim())

const readBytes = (dir: string, path: string): Uint8Array<ArrayBuffer> => bytesOf(readFileSync(join(dir, path)))

const bytesOf = (buffer: Buffer): Uint8Array<ArrayBuffer> => new Uint8Array(buffer)

/** Names of the files as URLs have them, from `/`. Empty when there is no such folder. */
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
