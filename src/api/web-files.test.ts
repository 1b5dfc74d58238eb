import assert from 'node:assert/strict'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type TestContext, test } from 'node:test'
import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import { OpenAPIHono } from '@hono/zod-openapi'
import { webFiles } from './web-files.ts'

const start = (t: TestContext, files: Readonly<Record<string, string>>) => {
  const root = mkdtempSync(join(tmpdir(), 'bulwark-web-'))
  t.after(() => rmSync(root, { recursive: true }))
  writeFileSync(join(root, 'secret'), 'outside')
  const dir = join(root, 'web')
  const write = (added: Readonly<Record<string, string>>): void => {
    for (const [name, text] of Object.entries(added)) {
      mkdirSync(join(dir, name, '..'), { recursive: true })
      writeFileSync(join(dir, name), text)
    }
  }
  write(files)
  const app = new OpenAPIHono()
  webFiles(app, dir)
  const ask = async (path: string, headers: Readonly<Record<string, string>> = {}) => {
    const response = await app.request(`http://localhost${path}`, { headers })
    const body = Buffer.from(await response.arrayBuffer())
    return { status: response.status, headers: response.headers, body, text: body.toString() }
  }
  return { ask, write }
}
const asPage = { accept: 'text/html,*/*' }
const built = { 'index.html': 'the page', 'assets/main-1a2b.js': 'script', 'assets/main-1a2b.js.br': 'packed' }

test('serves the index for every path of the application, never kept', async (t) => {
  const { ask } = start(t, built)
  for (const path of ['/', '/index.html', '/events?q=a', '/objects/-/Pod/shop/web.1']) {
    const { status, text, headers } = await ask(path, asPage)
    assert.deepEqual([status, text, headers.get('cache-control')], [200, 'the page', 'no-cache'], path)
  }
})

test('files with a hash in their name are kept for ever', async (t) => {
  const { status, text, headers } = await start(t, built).ask('/assets/main-1a2b.js')
  assert.deepEqual(
    [status, text, headers.get('content-type'), headers.get('cache-control'), headers.get('content-encoding')],
    [200, 'script', 'text/javascript; charset=utf-8', 'public, max-age=31536000, immutable', null],
  )
})

test('serves the packed file to who takes it', async (t) => {
  const { ask } = start(t, built)
  const { text, headers } = await ask('/assets/main-1a2b.js', { 'accept-encoding': 'gzip, br;q=0.9' })
  assert.deepEqual(
    [text, headers.get('content-encoding'), headers.get('content-type'), headers.get('vary')],
    ['packed', 'br', 'text/javascript; charset=utf-8', 'accept-encoding'],
  )
})

test('packs what is not packed yet, as far as the browser takes it', async (t) => {
  const { ask } = start(t, built)
  const packed = async (path: string, accepted: string) => {
    const { body, headers } = await ask(path, { ...asPage, 'accept-encoding': accepted })
    const encoding = headers.get('content-encoding')
    return [
      encoding,
      (encoding === 'br' ? brotliDecompressSync : encoding === 'gzip' ? gunzipSync : Buffer.from)(body).toString(),
    ]
  }
  assert.deepEqual(await packed('/', 'gzip, deflate, br'), ['br', 'the page'])
  assert.deepEqual(await packed('/', 'gzip'), ['gzip', 'the page'])
  assert.deepEqual(await packed('/assets/main-1a2b.js', 'gzip, br;q=0'), ['gzip', 'script'])
  assert.deepEqual(await packed('/', 'br;q=0'), [null, 'the page'])
})

test('no path leads out of the folder', async (t) => {
  const { ask } = start(t, built)
  for (const path of [
    '/../secret',
    '/%2e%2e/secret',
    '/..%2fsecret',
    '/assets/..%2f..%2fsecret',
    '/%2e%2e%5csecret',
    '/%00',
    '/%',
  ]) {
    const { text } = await ask(path, asPage)
    assert.notEqual(text, 'outside', path)
  }
})

test('a file that is not there is not answered with the index', async (t) => {
  const { ask } = start(t, built)
  assert.equal((await ask('/assets/gone.js')).status, 404)
  assert.equal((await ask('/api/other', asPage)).status, 404)
})

test('says how to build the page, and serves it as soon as it is built', async (t) => {
  const { ask, write } = start(t, {})
  const before = await ask('/', asPage)
  assert.equal(before.status, 503)
  assert.match(before.text, /npm run web/)
  write(built)
  assert.deepEqual((await ask('/', asPage)).text, 'the page')
  write({ 'index.html': 'the next page', 'assets/main-3c4d.js': 'next script' })
  assert.deepEqual((await ask('/', { ...asPage, 'accept-encoding': 'br' })).headers.get('content-encoding'), 'br')
  assert.deepEqual(
    [(await ask('/', asPage)).text, (await ask('/assets/main-3c4d.js')).text],
    ['the next page', 'next script'],
  )
})
