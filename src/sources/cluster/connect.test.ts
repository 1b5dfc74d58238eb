import assert from 'node:assert/strict'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { type AddressInfo, createServer as createTcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { test } from 'node:test'
import { generate } from 'selfsigned'
import { type Authority, makeAuthority } from '../../../test/cluster/certificates.ts'
import { accessTo, fakeApiServer } from '../../../test/cluster-source/fake-api-server.ts'
import { BulwarkError, type ErrorCode } from '../../model/error.ts'
import type { ClusterAccess } from './access.ts'
import { type Connection, connect, unreachable } from './connect.ts'

const get = (connection: Connection, path = '/version', signal = new AbortController().signal) =>
  connection.get({ path, accept: 'application/json', signal })

const fails = async (access: ClusterAccess, code: ErrorCode, message: RegExp): Promise<void> => {
  const connection = connect(access, { connectMillis: 2_000, headersMillis: 2_000 })
  await assert.rejects(get(connection), (error: unknown) => {
    assert.ok(error instanceof BulwarkError, String(error))
    assert.equal(error.code, code)
    assert.match(error.message, message)
    return true
  })
  await connection.close()
}

/** A TLS server with a certificate of `authority` for the hosts; answers 200 with who came. */
const tlsServer = async (authority: Authority, hosts: readonly string[], status = 200) => {
  const { certificate, key } = await authority.server('api', hosts)
  const server = createTlsServer(
    { cert: certificate, key, ca: authority.certificate, requestCert: true, rejectUnauthorized: false },
    (request, response) => {
      const peer =
        'getPeerCertificate' in request.socket
          ? Reflect.apply(request.socket.getPeerCertificate as () => { subject?: { CN?: string } }, request.socket, [])
          : {}
      response.writeHead(status).end(peer.subject?.CN ?? 'nobody')
    },
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    access: {
      ...accessTo(`https://127.0.0.1:${port}`),
      ca: { kind: 'data' as const, bytes: Buffer.from(authority.certificate) },
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

test('keeps the path prefix of the server, as Rancher has it', async () => {
  await using api = await fakeApiServer()
  api.serve('/k8s/clusters/c-1/version', { major: '1' })
  const connection = connect({ ...api.access, server: `${api.access.server}/k8s/clusters/c-1` })
  assert.deepEqual(JSON.parse(await text((await get(connection)).body)), { major: '1' })
  await connection.close()
})

test('shows its client certificate, and trusts the CA of the kubeconfig', async () => {
  const authority = await makeAuthority('test')
  await using server = await tlsServer(authority, ['127.0.0.1'])
  const { certificate, key } = await authority.client('alice', [])
  const user = {
    ...server.access.user,
    certificate: { kind: 'data' as const, bytes: Buffer.from(certificate) },
    key: { kind: 'data' as const, bytes: Buffer.from(key) },
  }
  const connection = connect({ ...server.access, user })
  assert.equal(await text((await get(connection)).body), 'alice')
  await connection.close()
})

test('asks for credentials anew after a 401, and then says that they are refused', async () => {
  await using api = await fakeApiServer()
  let left = 1
  api.intercept((_, response) => {
    response.writeHead(left-- > 0 ? 401 : 200).end('{}')
    return true
  })
  const connection = connect(api.access)
  assert.equal((await get(connection)).status, 200)
  left = 2
  await assert.rejects(get(connection), {
    code: 'CLUSTER_UNAUTHORIZED',
    message: `the API server refuses our credentials (${api.access.server}, /fake/config, context "fake"). Log in again; \`kubectl --context fake auth whoami\` shows whether it works`,
  })
  await connection.close()
})

test('says that the client certificate has expired', async () => {
  const authority = await makeAuthority('test')
  await using server = await tlsServer(authority, ['127.0.0.1'], 401)
  const old = await generate([{ name: 'commonName', value: 'alice' }], {
    keyType: 'ec',
    notBeforeDate: new Date('2020-01-01'),
    notAfterDate: new Date('2021-01-01'),
  })
  const user = {
    ...server.access.user,
    certificate: { kind: 'data' as const, bytes: Buffer.from(old.cert) },
    key: { kind: 'data' as const, bytes: Buffer.from(old.private) },
  }
  await fails(
    { ...server.access, user },
    'CLUSTER_UNAUTHORIZED',
    /the client certificate expired on Jan {2}1 00:00:00 2021 GMT .*Renew/,
  )
})

test('says that the certificate is not of the CA, or not for the host', async () => {
  const [ours, theirs] = [await makeAuthority('ours'), await makeAuthority('theirs')]
  await using server = await tlsServer(theirs, ['127.0.0.1'])
  const ca = { kind: 'data' as const, bytes: Buffer.from(ours.certificate) }
  await fails(
    { ...server.access, ca },
    'CLUSTER_UNREACHABLE',
    /not signed by the kubeconfig's CA .*Write a new kubeconfig/,
  )
  await using elsewhere = await tlsServer(ours, ['api.example.com'])
  await fails(elsewhere.access, 'CLUSTER_UNREACHABLE', /not for 127\.0\.0\.1:\d+ .*Set tls-server-name/)
  const named = connect({ ...elsewhere.access, serverName: 'api.example.com' })
  assert.equal((await get(named)).status, 200)
  await named.close()
  const careless = connect({ ...server.access, ca, skipVerify: true })
  assert.equal((await get(careless)).status, 200)
  await careless.close()
})

test('says that nothing listens, that the name is not known, that no answer comes', async () => {
  const silent = createTcpServer((socket) => socket.resume())
  await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
  const { port } = silent.address() as AddressInfo
  await fails(accessTo(`http://127.0.0.1:${port}`), 'CLUSTER_UNREACHABLE', /took the request and sent no answer/)
  await new Promise((resolve) => silent.close(resolve))
  await fails(
    accessTo(`http://127.0.0.1:${port}`),
    'CLUSTER_UNREACHABLE',
    /^the API server does not answer: nothing listens on 127\.0\.0\.1:\d+ \(http.*context "fake"\)\. Start the cluster, or/,
  )
  const error = Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' })
  assert.match(
    unreachable(error, accessTo('https://nowhere:1')).message,
    /the name nowhere:1 is not known .*Check the server/,
  )
})

test('says that the connection was cut', async () => {
  const server = createServer((request) => request.socket.destroy())
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await fails(accessTo(`http://127.0.0.1:${port}`), 'CLUSTER_UNREACHABLE', /the connection was cut/)
  await new Promise((resolve) => server.close(resolve))
})

test('a damaged client certificate is a fault of the kubeconfig', async () => {
  const authority = await makeAuthority('test')
  await using server = await tlsServer(authority, ['127.0.0.1'])
  const damaged = {
    kind: 'data' as const,
    bytes: Buffer.from('-----BEGIN CERTIFICATE-----\nxx\n-----END CERTIFICATE-----'),
  }
  const user = { ...server.access.user, certificate: damaged, key: damaged }
  await fails(
    { ...server.access, user },
    'KUBECONFIG_INVALID',
    /the CA, client certificate or key cannot be used: error:.*PEM/,
  )
})

test('aborts at once with the reason of the signal, and everything open with close', async () => {
  await using api = await fakeApiServer()
  const asked = Promise.withResolvers<void>()
  api.intercept(() => {
    asked.resolve()
    return true // never answers
  })
  const stopping = new AbortController()
  const connection = connect(api.access)
  const waiting = get(connection, '/version', stopping.signal)
  await asked.promise
  stopping.abort(new Error('stopped'))
  await assert.rejects(waiting, /stopped/)
  const other = assert.rejects(get(connection), { code: 'CLUSTER_UNREACHABLE' })
  await connection.close()
  await other
})
