import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { after, before, test } from 'node:test'
import { ApiError, apiUrl, get, post, segment, send } from './client.ts'

test('a path has its parameters behind it, without those that say nothing', () => {
  assert.equal(apiUrl('events'), '/api/v1/events')
  assert.equal(
    apiUrl('events', { q: 'ns:shop code>=400 & more', limit: 0, at: undefined, cursor: '' }),
    '/api/v1/events?q=ns%3Ashop+code%3E%3D400+%26+more&limit=0',
  )
})

test('a name is one segment of a path, whatever it holds, and no name is a dash', () => {
  assert.equal(segment('a/b?c#d %'), 'a%2Fb%3Fc%23d%20%25')
  assert.equal(segment(''), '-')
})

/** What the server was asked, and what it says by the last part of the path. */
const asked: { method: string; url: string; type: string | undefined; accept: string | undefined; body: string }[] = []
const answers: Readonly<Record<string, readonly [status: number, body: string]>> = {
  fine: [200, '{"items":[1]}'],
  refused: [
    409,
    JSON.stringify({
      error: { code: 'CASE_CONFLICT', what: 'it was changed', where: 'case c1', mend: 'Load it again', position: {} },
    }),
  ],
  proxy: [502, '<html>Bad gateway</html>'],
  odd: [500, '{"error":{"code":7}}'],
}
const server = createServer((request, response) => {
  let body = ''
  request.setEncoding('utf8')
  request.on('data', (part: string) => {
    body += part
  })
  request.on('end', () => {
    const { method = '', url = '', headers } = request
    asked.push({ method, url, type: headers['content-type'], accept: headers.accept, body })
    const [status, text] = answers[/([a-z]+)(\?.*)?$/.exec(url)?.[1] ?? ''] ?? [404, '']
    response.writeHead(status).end(text)
  })
})

const realFetch = globalThis.fetch
let origin = ''
before(async () => {
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  assert.ok(address !== null && typeof address === 'object')
  origin = `http://127.0.0.1:${address.port}`
  // A browser asks the server that the page came from; here it has to be said.
  globalThis.fetch = (input, init) => realFetch(`${origin}${String(input)}`, init)
})
after(() => {
  globalThis.fetch = realFetch
  server.closeAllConnections()
  server.close()
})

const calm = new AbortController().signal

test('an answer is what it holds; a body is sent as JSON, and none is none', async () => {
  asked.length = 0
  assert.deepEqual(await get('fine', { q: 'x' }, calm), { items: [1] })
  assert.deepEqual(await send('PUT', 'saved-rules/fine', { text: 'a' }), { items: [1] })
  assert.deepEqual(await post('fine', undefined, { dryRun: 'true' }), { items: [1] })
  const accept = 'application/json'
  assert.deepEqual(asked, [
    { method: 'GET', url: '/api/v1/fine?q=x', type: undefined, accept, body: '' },
    { method: 'PUT', url: '/api/v1/saved-rules/fine', type: 'application/json', accept, body: '{"text":"a"}' },
    { method: 'POST', url: '/api/v1/fine?dryRun=true', type: undefined, accept, body: '' },
  ])
})

test('what the API refuses is told with its code, its place and the way to mend it', async () => {
  await assert.rejects(get('refused', {}, calm), (error) => {
    assert.ok(error instanceof ApiError)
    assert.deepEqual(
      [error.status, error.code, error.message, error.where, error.mend],
      [409, 'CASE_CONFLICT', 'it was changed', 'case c1', 'Load it again'],
    )
    return true
  })
})

test('an answer of somebody else on the way is told by its status', async () => {
  for (const [path, status] of [
    ['proxy', 502],
    ['odd', 500],
    ['nowhere', 404],
  ] as const) {
    await assert.rejects(get(path, {}, calm), (error) => {
      assert.ok(error instanceof ApiError)
      assert.deepEqual([error.status, error.code, error.message], [status, '', `The answer was ${status}.`])
      return true
    })
  }
})

test('a server that does not answer has status 0; a question that was taken back is not a fault of it', async () => {
  const there = origin
  origin = 'http://127.0.0.1:1'
  await assert.rejects(get('fine', {}, calm), (error) => error instanceof ApiError && error.status === 0)
  origin = there
  await assert.rejects(
    get('fine', {}, AbortSignal.abort()),
    (error) => error instanceof DOMException && error.name === 'AbortError',
  )
})
