/** The server as users start it, with Falco and Tetragon: configured by `bulwark connect`, killed, and started again. */
import assert from 'node:assert/strict'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { parse } from 'yaml'
import { bulwark, eventually, makeHome, runBulwark, served } from './process.ts'

/** A kubeconfig of a cluster that does not answer: the sensors work all the same. */
const goneCluster = {
  'current-context': 'gone',
  contexts: [{ name: 'gone', context: { cluster: 'gone', user: 'me' } }],
  clusters: [{ name: 'gone', cluster: { server: 'https://127.0.0.1:1' } }],
  users: [{ name: 'me', user: { token: 'not-a-secret' } }],
}

const second = (back: number): string => new Date(Date.now() - back * 1000).toISOString()

test('alerts and processes are received, found, and there once after a kill and a second delivery', async () => {
  using home = makeHome()
  mkdirSync(join(home.dir, '.kube'))
  writeFileSync(join(home.dir, '.kube', 'config'), JSON.stringify(goneCluster))
  const listen = ['--falco-listen', '127.0.0.1:0', '--tetragon-listen', '127.0.0.1:0', '--audit-listen', 'off']
  const start = () => bulwark(home, ['serve', '--port', '0', ...listen])
  const alert = JSON.stringify({
    hostname: 'worker-1',
    output: 'Notice A shell was spawned (command=mysql --password=hunter2hunter2)',
    output_fields: {
      'k8s.ns.name': 'shop',
      'k8s.pod.name': 'web-1',
      'proc.cmdline': 'mysql --password=hunter2hunter2',
    },
    priority: 'Notice',
    rule: 'Terminal shell in container',
    source: 'syscall',
    time: second(60),
  })
  const exec = JSON.stringify({
    process_exec: { process: { binary: '/usr/bin/nsenter', arguments: '-t 1 -m' } },
    node_name: 'worker-1',
    time: second(30),
  })
  /** By the address and token that `connect` prints. */
  const send = async () => {
    const falco = await runBulwark(home, ['connect', 'falco'])
    assert.equal(falco.code, 0, falco.stderr)
    const url: string = parse(falco.stdout).http_output.url
    assert.equal((await fetch(url, { method: 'POST', body: alert })).status, 200)
    assert.equal((await fetch(url.slice(0, -1), { method: 'POST', body: alert })).status, 401)
    const tetragon = (await runBulwark(home, ['connect', 'tetragon'])).stdout
    const [, address = ''] = /uri: (\S+)/.exec(tetragon) ?? []
    const [, token = ''] = /Authorization Bearer (\S+)/.exec(tetragon) ?? []
    const headers = { authorization: `Bearer ${token}` }
    assert.equal((await fetch(address, { method: 'POST', body: `[${exec}]`, headers })).status, 200)
    // The token of one sensor is of no use with the other.
    assert.equal(
      (
        await fetch(address, {
          method: 'POST',
          body: exec,
          headers: { authorization: `Bearer ${url.split('/').at(-1)}` },
        })
      ).status,
      401,
    )
  }

  {
    await using running = start()
    await served(home, running)
    await send()
    running.kill('SIGKILL')
    await running.ended
  }
  await using running = start()
  const server = await served(home, running)
  await send()
  const page = await eventually(
    () => server.get('/api/v1/events?q=kind%3Aruntime'),
    ({ items }) => Array.isArray(items) && items.length >= 2,
  )
  const rows = (Array.isArray(page.items) ? page.items : []).map((row) => Object(row))
  assert.deepEqual(
    rows.map(({ reason, node, namespace, name, process }) => ({ reason, node, namespace, name, process })),
    [
      { reason: 'process_exec', node: 'worker-1', namespace: '', name: '', process: '/usr/bin/nsenter -t 1 -m' },
      {
        reason: 'Terminal shell in container',
        node: 'worker-1',
        namespace: 'shop',
        name: 'web-1',
        process: rows[1]?.process,
      },
    ],
  )
  assert.match(String(rows[1]?.process), /^mysql --password=\[redacted sha256:[0-9a-f]{8}\]$/)
  const detail = await server.get(`/api/v1/events/${rows[1]?.id}`)
  assert.doesNotMatch(JSON.stringify(detail), /hunter2/)
  assert.equal(Reflect.get(Object(detail.raw), 'rule'), 'Terminal shell in container')
  const found = await runBulwark(home, ['query', 'nsenter', '--output', 'jsonl'])
  assert.equal(found.stdout.trim().split('\n').length, 1)
  const sources = await server.get('/api/v1/sources')
  const types = (Array.isArray(sources.items) ? sources.items : []).map((item) => [
    Object(item).type,
    Object(item).state,
  ])
  assert.deepEqual(
    types.filter(([type]) => type === 'falco' || type === 'tetragon'),
    [
      ['falco', 'connected'],
      ['tetragon', 'connected'],
    ],
  )
  assert.match(JSON.stringify(sources.setups), /bulwark connect falco/)
  running.kill('SIGINT')
  assert.equal((await running.ended).code, 0)
})

test('connect says which flag is missing where nothing listens', async () => {
  using home = makeHome()
  const ended = await runBulwark(home, ['connect', 'tetragon'])
  assert.equal(ended.code, 3)
  assert.match(ended.stderr, /no server of yours on this machine receives tetragon[\s\S]*--tetragon-listen HOST:PORT/)
})
