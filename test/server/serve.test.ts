import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { bulwark, eventually, makeHome, processesOf, runBulwark, served } from './process.ts'
import { littleRecording } from './recording.ts'

const quiet = ['--port', '0'] as const

test('replays a recording: its events, its state now and then, and its findings are there', async () => {
  using home = makeHome()
  const file = join(home.dir, 'little.jsonl.zst')
  await littleRecording(file)
  await using running = bulwark(home, ['replay', file, ...quiet])
  const server = await served(home, running)
  const page = await eventually(
    () => server.get('/api/v1/events?limit=1000'),
    ({ items }) => Array.isArray(items) && items.length === 50,
  )
  assert.equal(page.nextCursor, undefined)
  const levels = async () => Object(Object((await server.get('/api/v1/overview')).counts).levels)
  const counted = await eventually(levels, ({ privileged, baseline }) => privileged + baseline === 20)
  assert.deepEqual(counted, { privileged: 1, baseline: 19, restricted: 0 })

  const listed = await runBulwark(home, ['query', 'code:403 user:bob', '--output', 'jsonl'])
  assert.equal(listed.code, 0)
  const rows = listed.stdout
    .trim()
    .split('\n')
    .map((line): unknown => JSON.parse(line))
  assert.deepEqual(
    rows.map((row) => Reflect.get(Object(row), 'name')),
    ['s40', 's30', 's20', 's10', 's0'],
  )

  const first = Reflect.get(Object((await server.get('/api/v1/status')).record), 'from')
  const early = await runBulwark(home, ['state', 'pods', '--at', String(first), '--output', 'json'])
  assert.deepEqual(
    JSON.parse(early.stdout).map((one: { ref: { name: string } }) => one.ref.name),
    ['web-0'],
  )
  const late = await runBulwark(home, ['state', 'pods'])
  assert.match(late.stderr, /^20 objects/)

  running.kill('SIGTERM')
  assert.equal((await running.ended).code, 0)
  assert.deepEqual(processesOf(home), [])
  assert.deepEqual(
    readdirSync(home.dir).filter((name) => name.startsWith('bulwark-')),
    [],
    'temporary folders are removed',
  )
})

test('a port in use is told with the way to another, and nothing stays behind', async () => {
  using home = makeHome()
  const file = join(home.dir, 'little.jsonl.zst')
  await littleRecording(file)
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  const { port } = Object(other.address())
  const ended = await runBulwark(home, ['replay', file, '--port', String(port)])
  other.close()
  assert.equal(ended.code, 3)
  assert.equal(
    ended.stderr,
    `bulwark: another program listens there already\n  where: 127.0.0.1:${port}\n  mend:  Stop that program, or choose another port with --port (0 takes any free one)\n`,
  )
  assert.deepEqual(processesOf(home), [])
})

test('a second server on the same data is refused and names the first', async () => {
  using home = makeHome()
  const file = join(home.dir, 'little.jsonl.zst')
  const data = join(home.dir, 'kept')
  await littleRecording(file)
  await using first = bulwark(home, ['replay', file, '--data-dir', data, ...quiet])
  await served(home, first)
  const second = await runBulwark(home, ['replay', file, '--data-dir', data, ...quiet])
  assert.equal(second.code, 3)
  assert.match(second.stderr, new RegExp(`pid ${first.pid}\\b`))
  assert.match(second.stderr, /mend:/)
})

test('a kubeconfig that is missing, broken or points nowhere is told in one message', async () => {
  using home = makeHome()
  const missing = await runBulwark(home, ['serve', '--kubeconfig', join(home.dir, 'none'), ...quiet])
  assert.equal(missing.code, 3)
  assert.match(missing.stderr, /^bulwark: .*\n {2}where: .*none.*\n {2}mend: {2}/)
  writeFileSync(join(home.dir, 'broken'), 'clusters: [}\n')
  const broken = await runBulwark(home, ['serve', '--kubeconfig', join(home.dir, 'broken'), ...quiet])
  assert.equal(broken.code, 3)
  assert.match(broken.stderr, /^bulwark: .*\n {2}where: .*broken.*\n {2}mend: {2}/)
})

test('a cluster that does not answer leaves the page working, with the reason on it', async () => {
  using home = makeHome()
  mkdirSync(join(home.dir, '.kube'))
  writeFileSync(
    join(home.dir, '.kube', 'config'),
    JSON.stringify({
      'current-context': 'gone',
      contexts: [{ name: 'gone', context: { cluster: 'gone', user: 'me' } }],
      clusters: [{ name: 'gone', cluster: { server: 'https://127.0.0.1:1' } }],
      users: [{ name: 'me', user: { token: 'not-a-secret' } }],
    }),
  )
  await using running = bulwark(home, ['serve', '--audit-listen', '127.0.0.1:0', ...quiet])
  const server = await served(home, running)
  const sources = await eventually(
    () => server.get('/api/v1/sources'),
    ({ items }) => Array.isArray(items) && items.some((item) => Reflect.get(Object(item), 'state') === 'broken'),
  )
  const broken = Array.isArray(sources.items)
    ? sources.items.find((item) => Reflect.get(Object(item), 'type') === 'cluster')
    : undefined
  assert.match(String(Reflect.get(Object(broken), 'message')), /127\.0\.0\.1:1/)
  assert.doesNotMatch(JSON.stringify(sources), /not-a-secret/)
  running.kill('SIGINT')
  assert.equal((await running.ended).code, 0)
  assert.deepEqual(processesOf(home), [])
})

test('Ctrl-C at any moment of the start ends everything that was started', async () => {
  using home = makeHome()
  const file = join(home.dir, 'little.jsonl.zst')
  await littleRecording(file, 2000)
  for (const millis of [0, 60, 150, 300, 450, 600, 900, 1500]) {
    await using running = bulwark(home, ['replay', file, ...quiet])
    // The moment is the point of this test, whatever the program is doing at it.
    await new Promise((resolve) => setTimeout(resolve, millis))
    running.kill('SIGINT')
    const { code, signal, stderr } = await running.ended
    assert.ok(code === 0 || code === 130 || signal === 'SIGINT', `after ${millis} ms: ${code} ${signal} ${stderr}`)
    await eventually(
      async () => processesOf(home),
      (left) => left.length === 0,
    )
  }
})

test('wrong settings end with exit code 2 and say what to write instead', async () => {
  using home = makeHome()
  const wrong = await runBulwark(home, ['serve', '--listen', '0.0.0.0:7300'])
  assert.equal(wrong.code, 2)
  assert.match(wrong.stderr, /needs authentication\n {2}where: --listen\n {2}mend: {2}Set BULWARK_TOKEN/)
  const unknown = await runBulwark(home, ['serve', '--lisen', 'x'])
  assert.equal(unknown.code, 2)
  assert.match(unknown.stderr, /Did you mean --listen\?/)
  const none = await runBulwark(home, ['query', 'x'])
  assert.equal(none.code, 3)
  assert.match(none.stderr, /no Bulwark of yours runs on this machine/)
})

test('a file that is no recording is refused with its name', async () => {
  using home = makeHome()
  const file = join(home.dir, 'notes.txt')
  writeFileSync(file, 'hello')
  const ended = await runBulwark(home, ['replay', file, ...quiet])
  assert.equal(ended.code, 3)
  assert.match(ended.stderr, /^bulwark: .*\n {2}where: .*notes\.txt.*\n {2}mend: {2}/)
})
