import assert from 'node:assert/strict'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { test } from 'node:test'
import { makeAuthority } from '../../../test/cluster/certificates.ts'
import { type ClusterAccess, noCredentials } from '../../sources/cluster/index.ts'
import { openAsker } from './asker.ts'

interface Got {
  readonly method: string | undefined
  readonly url: string | undefined
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

/** An API server that answers as `answer` says, and keeps what it was asked. */
const serve = async (answer: (got: Got) => number) => {
  const got: Got[] = []
  // A token is sent to nobody who does not show who it is.
  const authority = await makeAuthority('a test')
  const { certificate, key } = await authority.server('api', ['127.0.0.1'])
  const server = createServer({ cert: certificate, key }, async (request, response) => {
    let body = ''
    for await (const chunk of request) body += String(chunk)
    const one = { method: request.method, url: request.url, headers: request.headers, body }
    got.push(one)
    response.writeHead(answer(one), { 'content-type': 'application/json' }).end('{"message":"so it is"}')
  })
  server.on('upgrade', (request, socket) => {
    got.push({ method: request.method, url: request.url, headers: request.headers, body: '' })
    const status = request.url?.includes('exec') === true ? '101 Switching Protocols' : '400 Bad Request'
    socket.end(`HTTP/1.1 ${status}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n`)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const access: ClusterAccess = {
    context: 'test',
    from: 'a test',
    server: `https://127.0.0.1:${port}`,
    ca: { kind: 'data', bytes: Buffer.from(authority.certificate) },
    serverName: undefined,
    skipVerify: false,
    proxyUrl: undefined,
    user: { ...noCredentials, token: { kind: 'data', bytes: Buffer.from('of-the-person') } },
  }
  const asker = openAsker(access, 'mark', 'own')
  return {
    got,
    ...asker,
    [Symbol.asyncDispose]: async () => {
      await asker[Symbol.asyncDispose]()
      server.closeAllConnections()
      server.close()
    },
  }
}

const signal = new AbortController().signal

test('a write is a dry run in a spelling of its own, and names act and mark', async () => {
  await using here = await serve(() => 201)
  await here.ask({ method: 'POST', path: '/api/v1/namespaces/kube-system/configmaps', body: { a: '{time}' } }, 'an-act')
  await here.ask({ method: 'DELETE', path: '/x?labelSelector=a', from: '198.18.0.1', client: 'kubectl/v1' }, 'an-act')
  const [post, remove] = here.got
  assert.equal(post?.url, '/api/v1/namespaces/kube-system/configmaps?dryRun=%41ll')
  assert.equal(post?.headers['user-agent'], 'bulwark-selftest/mark (an-act)')
  assert.match(post?.body ?? '', /^\{"a":"\d{4}-\d\d-\d\dT[\d:]+Z"\}$/)
  assert.equal(remove?.url, '/x?labelSelector=a&dryRun=%41ll')
  assert.equal(remove?.headers['user-agent'], 'kubectl/v1 bulwark-selftest/mark (an-act)')
  assert.equal(remove?.headers['x-forwarded-for'], '198.18.0.1')
})

test('a real write outside of the own namespaces is not sent', async () => {
  await using here = await serve(() => 201)
  await assert.rejects(here.ask({ method: 'POST', path: '/api/v1/namespaces/default/pods', isReal: true }, 'act'))
  await here.ask({ method: 'POST', path: '/api/v1/namespaces/own/pods', isReal: true }, 'act')
  assert.deepEqual(
    here.got.map(({ url }) => url),
    ['/api/v1/namespaces/own/pods'],
  )
})

test('each asks with its own credentials, and nobody with none', async () => {
  await using here = await serve(({ headers }) => (headers.authorization === 'Bearer of-the-helper' ? 200 : 403))
  const read = { method: 'GET', path: '/x' } as const
  assert.equal((await here.ask({ ...read, as: 'helper' }, 'act')).status, 0)
  here.use('helper', 'of-the-helper')
  assert.equal((await here.ask({ ...read, as: 'helper' }, 'act')).status, 200)
  for (const who of ['person', 'nobody', 'guesser'] as const) await here.ask({ ...read, as: who }, 'act')
  await here.ask({ ...read, asUser: 'somebody' }, 'act')
  const [, person, nobody, guesser, impersonated] = here.got.map(({ headers }) => headers)
  assert.equal(person?.authorization, 'Bearer of-the-person')
  assert.equal(nobody?.authorization, undefined)
  assert.match(guesser?.authorization ?? '', /^Bearer selftest-[0-9a-f]{24}$/)
  assert.equal(impersonated?.['impersonate-user'], 'somebody')
})

test('repetitions are numbered, and end with the first answer that is not as expected', async () => {
  await using here = await serve(({ url }) => (Number(url?.slice(2)) < 5 ? 404 : 200))
  const why = await here.askAll({ method: 'GET', path: '/n{n}', expect: 'missing', times: 200 }, 'act', signal)
  assert.equal(why, 'the API server answered 200')
  assert.ok(here.got.length < 20, `${here.got.length}`)
  assert.deepEqual(
    here.got
      .slice(0, 4)
      .map(({ url }) => url)
      .sort(),
    ['/n0', '/n1', '/n2', '/n3'],
  )
  assert.equal(await here.askAll({ method: 'GET', path: '/n{n}', expect: 'missing', times: 5 }, 'act', signal), '')
})

test('an interrupt ends repetitions between two requests', async () => {
  const stopping = new AbortController()
  await using here = await serve(() => {
    stopping.abort()
    return 200
  })
  const why = await here.askAll({ method: 'GET', path: '/{n}', times: 400 }, 'act', stopping.signal)
  assert.equal(why, 'it was interrupted')
  assert.ok(here.got.length <= 8, `${here.got.length}`)
})

test('a worthless token is refused as one, by an answer and not by a fault', async () => {
  await using here = await serve(() => 401)
  const { status } = await here.ask({ method: 'GET', path: '/x', as: 'guesser' }, 'act')
  assert.equal(status, 401)
})

test('a change of protocol is seen, and that there was none', async () => {
  await using here = await serve(() => 200)
  const upgrade = { method: 'GET', isUpgrade: true } as const
  assert.deepEqual(await here.ask({ ...upgrade, path: '/exec' }, 'act'), { status: 101, body: null, message: '' })
  assert.equal(here.got[0]?.headers['sec-websocket-protocol'], 'v4.channel.k8s.io')
  assert.equal(here.got[0]?.headers['user-agent'], 'bulwark-selftest/mark (act)')
  const { status, message } = await here.ask({ ...upgrade, path: '/other' }, 'act')
  assert.equal(status, 0)
  assert.match(message, /did not change the protocol/)
})
