import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { gzipSync } from 'node:zlib'
import { parse as parseYaml } from 'yaml'
import { BulwarkError } from '../../model/error.ts'
import type { SourceEntry } from '../../model/source.ts'
import { auditWebhookSource, type WebhookOptions } from './webhook.ts'
import { webhookKubeconfig } from './webhook-kubeconfig.ts'

const list = (ids: readonly string[]): string =>
  JSON.stringify({
    kind: 'EventList',
    apiVersion: 'audit.k8s.io/v1',
    items: ids.map((auditID) => ({
      auditID,
      stage: 'ResponseComplete',
      stageTimestamp: '2026-11-23T10:00:00.000000Z',
    })),
  })

/** A receiver with a recorder in memory, which can be made to refuse. */
const receiver = async (options: Partial<WebhookOptions> = {}) => {
  const entries: SourceEntry[] = []
  const recorder = { refuses: false, entries }
  const source = auditWebhookSource(
    {
      id: 'audit',
      cluster: 'shop',
      host: '127.0.0.1',
      port: 0,
      path: '/audit',
      now: () => 1_795_428_001_000_000,
      ...options,
    },
    async (entry) => {
      if (recorder.refuses) throw new BulwarkError('SPOOL_FULL', { what: 'full' })
      entries.push(entry)
      return entries.length
    },
  )
  await source.start()
  return {
    source,
    recorder,
    texts: () => entries.map(({ stream, payload }) => [stream, Buffer.from(payload).toString()]),
    [Symbol.asyncDispose]: () => source.stop(),
  }
}

interface Answer {
  readonly status: number
  readonly retryAfter: string | undefined
}

const post = (
  url: string | undefined,
  body: string | Buffer,
  headers: Record<string, string> = {},
  tls = {},
): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const make = url?.startsWith('https') ? httpsRequest : httpRequest
    const request = make(url ?? '', { method: 'POST', headers, agent: false, ...tls }, (response) => {
      response.resume()
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, retryAfter: response.headers['retry-after'] }),
      )
    })
    request.on('error', reject)
    request.end(body)
  })

const kept: Answer = { status: 200, retryAfter: undefined }

test('a batch is answered with 200 after the recorder has its very bytes', async () => {
  await using r = await receiver()
  assert.deepEqual(await post(r.source.url(), list(['a', 'b'])), kept)
  assert.deepEqual(r.texts(), [['audit', list(['a', 'b'])]])
  const { state, recordsTotal, lagMillis } = r.source.status()
  assert.deepEqual({ state, recordsTotal, lagMillis }, { state: 'connected', recordsTotal: 2, lagMillis: 1000 })
})

test('gzip is inflated; what only claims to be gzip is kept as it came', async () => {
  await using r = await receiver()
  assert.deepEqual(await post(r.source.url(), gzipSync(list(['a'])), { 'content-encoding': 'gzip' }), kept)
  assert.deepEqual(await post(r.source.url(), 'no gzip', { 'content-encoding': 'gzip' }), kept)
  assert.deepEqual(r.texts(), [
    ['audit', list(['a'])],
    ['audit', 'no gzip'],
  ])
})

test('a batch that nobody can read is kept all the same', async () => {
  await using r = await receiver()
  for (const body of ['', '{', '[]', '\xff\xfe'])
    assert.deepEqual(await post(r.source.url(), Buffer.from(body, 'latin1')), kept)
  assert.equal(r.texts().length, 4)
  assert.match(r.source.status().message, /4 of the batches are no audit events/)
})

test('a batch that is too large, inflated too large, or a bomb is refused with 413 and told as a gap', async () => {
  const r = await receiver({ limits: { body: 3000, inflated: 2 * 1024 * 1024 } })
  const url = r.source.url()
  const bomb = gzipSync(Buffer.alloc(2_000_000, 'a'))
  assert.equal((await post(url, 'x'.repeat(3001))).status, 413)
  assert.equal((await post(url, 'x'.repeat(3001), { 'transfer-encoding': 'chunked' })).status, 413)
  assert.equal((await post(url, bomb, { 'content-encoding': 'gzip' })).status, 413)
  assert.equal((await post(url, list(['a']))).status, 200)
  await r.source.stop()
  const at = 1_795_428_001_000_000
  const gap = (what: string) => `${JSON.stringify({ from: at, to: at, reason: 'too-large', what })}\n`
  assert.deepEqual(r.texts(), [
    ['audit', list(['a'])],
    ['gaps', gap('a batch of 3001 bytes was refused')],
    ['gaps', gap('a batch of more than 3000 bytes was refused')],
    ['gaps', gap(`a batch of ${bomb.length} bytes that inflates to more than 1048576 was refused`)],
  ])
  assert.equal(r.source.status().gapsTotal, 3)
})

test('while the recorder takes nothing the sender is told to come again, and nothing counts as kept', async () => {
  await using r = await receiver()
  r.recorder.refuses = true
  assert.deepEqual(await post(r.source.url(), list(['a'])), { status: 503, retryAfter: '5' })
  assert.equal(r.source.status().state, 'broken')
  r.recorder.refuses = false
  assert.deepEqual(await post(r.source.url(), list(['a'])), kept)
  const { state, recordsTotal } = r.source.status()
  assert.deepEqual({ state, recordsTotal }, { state: 'connected', recordsTotal: 1 })
})

test('more than the memory for batches is put off with 503, and the memory is given back', async () => {
  await using r = await receiver({ limits: { inFlight: 1000 } })
  for (let i = 0; i < 3; i++)
    assert.deepEqual(await post(r.source.url(), 'x'.repeat(1001)), { status: 503, retryAfter: '5' })
  for (let i = 0; i < 3; i++) assert.deepEqual(await post(r.source.url(), 'x'.repeat(900)), kept)
})

test('only the token opens the receiver, in the header or in the path', async () => {
  await using r = await receiver({ token: 'open sesame' })
  const url = r.source.url() ?? ''
  const status = async (address: string, headers: Record<string, string> = {}) =>
    (await post(address, list(['a']), headers)).status
  assert.equal(await status(url), 401)
  assert.equal(await status(url, { authorization: 'Bearer open' }), 401)
  assert.equal(await status(`${url}/open`), 401)
  assert.equal(await status(url, { authorization: 'Bearer open sesame' }), 200)
  assert.equal(await status(`${url}/open%20sesame`), 200)
  assert.equal(r.source.status().message, `listens at ${url}; 3 requests came without the right token or certificate`)
})

test('other paths and methods are refused', async () => {
  await using r = await receiver()
  const url = r.source.url() ?? ''
  assert.equal((await post(url.replace('/audit', '/'), '{}')).status, 404)
  assert.equal((await fetch(url)).status, 405)
})

test('an address that others reach needs a token or a client CA', () => {
  const open = { id: 'audit', cluster: 'shop', host: '0.0.0.0', port: 0, path: '/audit' }
  const append = async () => 1
  assert.throws(
    () => auditWebhookSource(open, append),
    (error) => error instanceof BulwarkError && error.code === 'CONFIG_INVALID',
  )
  auditWebhookSource({ ...open, token: 'x' }, append)
})

test('a port that is taken is told as such', async () => {
  await using r = await receiver()
  const port = Number(new URL(r.source.url() ?? '').port)
  await assert.rejects(
    () => receiver({ port }),
    (error) =>
      error instanceof BulwarkError && error.code === 'PORT_IN_USE' && error.message.includes(`127.0.0.1:${port}`),
  )
})

const folder = mkdtempSync(join(tmpdir(), 'bulwark-webhook-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** A self-signed certificate for 127.0.0.1, made by openssl. */
const certificate = (name: string): { key: string; cert: string } => {
  const key = join(folder, `${name}.key`)
  const cert = join(folder, `${name}.crt`)
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync(
    'openssl',
    [
      'req',
      '-x509',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-keyout',
      key,
      '-out',
      cert,
      '-days',
      '1',
      ...subject,
    ],
    { stdio: 'ignore' },
  )
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

test('over HTTPS a client certificate of the given CA opens the receiver, another one does not', async () => {
  const server = certificate('server')
  const client = certificate('client')
  const stranger = certificate('stranger')
  await using r = await receiver({ tls: { ...server, clientCa: client.cert } })
  const status = async (identity: object) =>
    (await post(r.source.url(), list(['a']), {}, { ca: server.cert, ...identity })).status
  assert.deepEqual(await Promise.all([status(client), status(stranger), status({})]), [200, 401, 401])
})

test('the kubeconfig for the API server is valid YAML with all it needs', () => {
  assert.deepEqual(parseYaml(webhookKubeconfig('https://10.0.0.1:9443/audit', 'a "b"', 'PEM')), {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [
      { name: 'bulwark', cluster: { server: 'https://10.0.0.1:9443/audit', 'certificate-authority-data': 'UEVN' } },
    ],
    users: [{ name: 'kube-apiserver', user: { token: 'a "b"' } }],
    contexts: [{ name: 'audit', context: { cluster: 'bulwark', user: 'kube-apiserver' } }],
    'current-context': 'audit',
  })
  const plain = parseYaml(webhookKubeconfig('http://127.0.0.1:1/audit', 'a b'))
  assert.deepEqual(
    [plain.clusters, plain.users],
    [
      [{ name: 'bulwark', cluster: { server: 'http://127.0.0.1:1/audit/a%20b' } }],
      [{ name: 'kube-apiserver', user: {} }],
    ],
  )
})
