import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { type Flags, settingsFrom } from '../config/settings.ts'
import type { SourceEntry } from '../model/source.ts'
import { sensorSources } from './sensor-sources.ts'

const folder = mkdtempSync(join(tmpdir(), 'bulwark-sensor-sources-'))
after(() => rmSync(folder, { recursive: true, force: true }))

/** Self-signed, for 127.0.0.1. */
const certificate = (name: string): { readonly key: string; readonly cert: string } => {
  const files = { key: join(folder, `${name}.key`), cert: join(folder, `${name}.crt`) }
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-days', '1']
  const subject = ['-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1']
  execFileSync('openssl', ['req', '-x509', ...curve, '-keyout', files.key, '-out', files.cert, ...subject], {
    stdio: 'ignore',
  })
  return files
}

const sourcesOf = (flags: Flags, entries: SourceEntry[] = []) =>
  sensorSources(settingsFrom(flags, {}), 'shop', folder, async (entry) => entries.push(entry))

test('nothing is received or followed unless it is asked for', () => {
  const sources = sourcesOf({})
  assert.deepEqual([sources.all, sources.receivers()], [[], []])
})

test('each receiver and file is a source of its own, each receiver with a token of its own that stays', async () => {
  const flags = { falcoListen: '127.0.0.1:0', tetragonListen: '127.0.0.1:0', falcoLog: 'f', tetragonLog: 't' }
  const sources = sourcesOf(flags)
  assert.deepEqual(
    sources.all.map((source) => [source.id, source.status().type]),
    [
      ['falco', 'falco'],
      ['tetragon', 'tetragon'],
      ['falco-file', 'falco-file'],
      ['tetragon-file', 'tetragon-file'],
    ],
  )
  const tokens = ['falco', 'tetragon'].map((sensor) => readFileSync(join(folder, `${sensor}-token`), 'utf8').trim())
  assert.notEqual(tokens[0], tokens[1])
  assert.equal(statSync(join(folder, 'falco-token')).mode & 0o777, 0o600)
  const [falco] = sourcesOf(flags).all
  await falco?.start()
  await falco?.stop()
  assert.equal(readFileSync(join(folder, 'falco-token'), 'utf8').trim(), tokens[0])
})

test('by HTTPS a client certificate of the authority is as good as the token', async () => {
  const server = certificate('server')
  const client = certificate('client')
  const stranger = certificate('stranger')
  const entries: SourceEntry[] = []
  const sources = sourcesOf(
    {
      falcoListen: '127.0.0.1:0',
      sensorTlsCert: server.cert,
      sensorTlsKey: server.key,
      sensorClientCa: client.cert,
    },
    entries,
  )
  for (const source of sources.all) await source.start()
  const [receiver] = sources.receivers()
  assert.ok(receiver)
  assert.match(receiver.url, /^https:\/\/127\.0\.0\.1:/)
  const post = (path: string, files?: { readonly key: string; readonly cert: string }) =>
    new Promise<number | undefined>((resolve, reject) => {
      const ca = readFileSync(server.cert)
      const own = files && { key: readFileSync(files.key), cert: readFileSync(files.cert) }
      const sent = request(receiver.url + path, { method: 'POST', ca, ...own, agent: false }, (response) => {
        response.resume()
        response.on('end', () => resolve(response.statusCode))
      })
      sent.on('error', reject)
      sent.end('{"rule":"x"}')
    })
  assert.equal(await post(''), 401)
  assert.equal(await post('', stranger), 401)
  assert.equal(await post('', client), 200)
  assert.equal(await post(`/${receiver.token}`), 200)
  assert.deepEqual(
    entries.map(({ stream, source }) => [stream, source]),
    [
      ['falco', 'falco'],
      ['falco', 'falco'],
    ],
  )
  for (const source of sources.all) await source.stop()
})

test('a certificate that cannot be read is told with its flag', () => {
  const none = join(folder, 'none')
  assert.throws(() => sourcesOf({ falcoListen: '127.0.0.1:0', sensorTlsCert: none, sensorTlsKey: none }), {
    code: 'CONFIG_INVALID',
    where: `--sensor-tls-cert ${none}`,
  })
})
