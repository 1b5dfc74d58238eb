// `bulwark selftest` on a real cluster, end to end: requests, audit webhook, rules, API; and nothing is left behind.
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { findStack } from '../cluster/build.ts'
import { at } from '../cluster/client.ts'
import { type Cluster, startCluster } from '../cluster/cluster.ts'
import { freePorts } from '../cluster/ports.ts'
import { bulwark, eventually, type Home, makeHome, type Running, runBulwark, type Served, served } from './process.ts'
import { type Relay, relayTo } from './relay.ts'

const stack = await findStack()
const token = 'ab'.repeat(24)
const namespace = 'bulwark-selftest'

interface Row {
  readonly kind: string
  readonly rule: string
  readonly title: string
  readonly why?: string
  readonly seconds?: number
}

describe('a self-test', { skip: stack.kind === 'unavailable' && stack.reason }, () => {
  let home: Home
  let relay: Relay
  let cluster: Cluster
  let running: Running
  let server: Served

  before(async () => {
    home = makeHome()
    const [port = 0] = await freePorts(1)
    relay = await relayTo(`http://127.0.0.1:${port}/audit`, token)
    cluster = await startCluster(stack, {
      auditWebhook: { url: relay.url, maxWait: 100 },
      controllers: true,
    })
    mkdirSync(join(home.dir, 'data'))
    writeFileSync(join(home.dir, 'data', 'audit-webhook-token'), token, { mode: 0o600 })
    running = bulwark(home, [
      'serve',
      ...['--kubeconfig', cluster.adminKubeconfig, '--data-dir', join(home.dir, 'data')],
      ...['--audit-listen', `127.0.0.1:${port}`, '--port', '0'],
    ])
    server = await served(home, running)
    await eventually(
      () => server.get('/api/v1/sources'),
      ({ items }) => JSON.stringify(items).includes('"connected"'),
    )
  })
  after(async () => {
    await running?.[Symbol.asyncDispose]()
    await cluster?.[Symbol.asyncDispose]()
    await relay?.[Symbol.asyncDispose]()
    home?.[Symbol.dispose]()
  })

  const selftest = (...args: readonly string[]) =>
    bulwark(home, ['selftest', '--kubeconfig', cluster.adminKubeconfig, ...args], {
      BULWARK_SERVER: server.url,
      BULWARK_TOKEN: server.token,
    })
  const isGone = async (): Promise<boolean> =>
    (await cluster.admin.get(`/api/v1/namespaces/${namespace}`)).status === 404

  test('says what it would do, and does nothing without a yes', async () => {
    const dry = await selftest('--dry-run').ended
    assert.equal(dry.code, 0, dry.stderr)
    assert.match(dry.stdout, /make the namespace bulwark-selftest.*privileged pod that is never scheduled/s)
    const asked = await selftest().ended
    assert.equal(asked.code, 2)
    assert.match(asked.stderr, /Nothing was done: add --yes/)
    assert.equal(await isGone(), true)
  })

  test('acts out rules, sees each fire, and leaves nothing behind', { timeout: 120_000 }, async () => {
    const { code, stdout, stderr } = await selftest('--yes', '--output', 'json').ended
    const rows: readonly Row[] = JSON.parse(stdout)
    const of = (kind: string) => rows.filter((row) => row.kind === kind)
    // The audit policy of the test cluster keeps no bodies of these two: just what a self-test is to find.
    assert.deepEqual(
      of('silent').map(({ title }) => title),
      ['A service on a port of every machine', 'An ingress without TLS'],
      stderr,
    )
    for (const { why = '' } of of('silent')) assert.match(why, /audit-policy explain FILE --verb create --resource/)
    assert.deepEqual(of('refused'), [], stderr)
    assert.equal(code, 1, stderr)
    assert.ok(of('fired').length >= 8, `${of('fired').length}`)
    console.log(
      `   ${of('fired').length} rules fired, the slowest after ${Math.max(...of('fired').map((row) => row.seconds ?? 0))} s`,
    )
    assert.ok(of('not-exercised').length > 0)
    assert.equal(await isGone(), true)
    const { body } = await cluster.admin.get('/api/v1/pods')
    assert.deepEqual(at(body, 'items'), [])
  })

  test('does not touch a namespace that is not its own', async () => {
    await cluster.admin.post('/api/v1/namespaces', { metadata: { name: 'theirs' } })
    const { code, stderr } = await selftest('--yes', '--namespace', 'theirs').ended
    assert.equal(code, 2)
    assert.match(stderr, /there is a namespace of this name that is not ours/)
    const found = await cluster.admin.get('/api/v1/namespaces/theirs')
    assert.equal(at(found.body, 'metadata', 'deletionTimestamp'), undefined)
  })

  test('cleans up after an interrupt, and says that it was not done', { timeout: 120_000 }, async () => {
    const interrupted = selftest('--yes', '--wait', '60')
    await eventually(
      async () => (await cluster.admin.get(`/api/v1/namespaces/${namespace}`)).status,
      (status) => status === 200,
    )
    interrupted.kill('SIGINT')
    const { code, signal } = await interrupted.ended
    assert.equal(signal, null)
    assert.ok(code === 3 || code === 0, `${code}`)
    assert.equal(await isGone(), true)
  })

  test('says of a rule that the server switched off that it was not acted out, and of a server that is not there', async () => {
    const rule = '886fd7e9-858e-40df-ba78-3d1e1ca6cf75'
    const answer = await fetch(`${server.url}/api/v1/rules/${rule}/switch`, {
      method: 'POST',
      headers: { authorization: `Bearer ${server.token}`, 'content-type': 'application/json' },
      body: JSON.stringify({ enabled: false, by: 'a test' }),
    })
    assert.equal(answer.status, 200, await answer.text())
    const { stdout, stderr } = await selftest('--yes', '--rule', rule, '--output', 'json').ended
    const rows: readonly Row[] = JSON.parse(stdout)
    assert.deepEqual(
      rows.map(({ kind, why }) => [kind, why]),
      [['not-exercised', 'it is switched off']],
      stderr,
    )
    const alone = await runBulwark(home, ['selftest', '--yes'], { BULWARK_SERVER: 'http://127.0.0.1:1' })
    assert.equal(alone.code, 3)
    const unknown = await selftest('--rule', 'none').ended
    assert.equal(unknown.code, 2)
  })
})
