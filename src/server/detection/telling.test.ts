import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, test } from 'node:test'
import { createCaseBook, noContext } from '../../detect/cases/index.ts'
import { audit, placed, secretRead } from '../../detect/fixture.ts'
import { loadRuleSet } from '../../detect/rule-set.ts'
import { receiver } from '../../outputs/fixture.ts'
import { ClusterState } from '../../state/cluster-state.ts'
import { openDesk } from '../../store/desk/index.ts'
import { Flow } from './flow.ts'
import { openTelling } from './telling.ts'

const dirs: string[] = []
const directory = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'bulwark-telling-'))
  dirs.push(dir)
  return dir
}
afterEach(() => {
  for (const dir of dirs.splice(0)) rmSync(dir, { recursive: true, force: true })
})

test('a case that is written waits for its output in the same file, and is told after a restart as well', async () => {
  const received: string[] = []
  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      received.push(body)
      response.end('ok')
    })
  })
  const dir = directory()
  const outputs = join(dir, 'outputs.yaml')
  const set = loadRuleSet([{ name: 'a.yml', text: secretRead, origin: 'bulwark' }])
  const open = (desk: ReturnType<typeof openDesk>, port: number) => {
    writeFileSync(
      outputs,
      `allow: [localhost, 127.0.0.1]\noutputs: [{id: hook, type: webhook, url: {env: URL}, secret: {env: KEY}}]\n`,
    )
    const book = createCaseBook()
    const telling = openTelling({
      file: outputs,
      env: {
        URL: `http://localhost:${port}/hook`,
        KEY: `whsec_${Buffer.from('secret-of-the-hook-here').toString('base64')}`,
      },
      desk,
      caseOf: (id) => book.detail(id)?.case,
      linkOf: (id) => `http://bulwark/cases/${id}`,
      state: new ClusterState(),
      onError: () => {},
    })
    const rules = { set, enabled: () => true }
    const flow = new Flow({
      desk,
      spool: 's',
      book,
      context: noContext,
      rules,
      tell: (cases, news) => telling.tell(cases, news),
    })
    return { telling, flow }
  }
  const deskDir = directory()
  {
    // Nothing listens there.
    using desk = openDesk(deskDir)
    const { telling, flow } = open(desk, 1)
    await using _ = telling
    flow.sink.take(placed(1, [audit(1)]))
    flow[Symbol.dispose]()
    assert.equal(desk.deliveries.waiting().length, 1)
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  {
    using desk = openDesk(deskDir)
    const { telling, flow } = open(desk, port)
    await using _ = telling
    const until = Date.now() + 60_000
    // It has arrived before the answer is back.
    while (desk.deliveries.waiting().length > 0 && Date.now() < until)
      await new Promise((resolve) => setTimeout(resolve, 50))
    flow[Symbol.dispose]()
    assert.equal(received.length, 1)
    assert.match(received[0] ?? '', /alice/)
    assert.deepEqual(desk.deliveries.waiting(), [])
    const [row] = (await telling.services.list()).items
    assert.deepEqual([row?.id, row?.sent, row?.state], ['hook', 1, 'ok'])
    const shown = await telling.services.test('hook', true)
    assert.deepEqual([shown.sent, shown.payload !== ''], [false, true])
    assert.equal((await telling.services.test('hook', false)).sent, true)
    await assert.rejects(telling.services.test('other', true), { code: 'NOT_FOUND' })
  }
  server.close()
})

test('a case that goes on is told of once in a while, as it is by then, also after a restart', async () => {
  const told: unknown[] = []
  await using server = await receiver(({ body }, response) => {
    told.push(JSON.parse(body).data.case.detections)
    response.end('ok')
  })
  const dir = directory()
  const outputs = join(dir, 'outputs.yaml')
  writeFileSync(
    outputs,
    'allow: [localhost]\noutputs: [{id: hook, type: webhook, url: {env: URL}, secret: {env: KEY}}]\n',
  )
  const set = loadRuleSet([{ name: 'a.yml', text: secretRead, origin: 'bulwark' }])
  const open = (desk: ReturnType<typeof openDesk>) => {
    const book = createCaseBook()
    book.load(desk.cases.recent('', 10))
    const telling = openTelling({
      file: outputs,
      env: { URL: `${server.url}/hook`, KEY: 'a secret of the hook' },
      desk,
      caseOf: (id) => book.detail(id)?.case,
      linkOf: (id) => id,
      state: new ClusterState(),
      quietMillis: 1500,
      onError: () => {},
    })
    const tell = telling.tell
    return {
      telling,
      flow: new Flow({ desk, spool: 's', book, context: noContext, rules: { set, enabled: () => true }, tell }),
    }
  }
  const until = async (right: () => boolean): Promise<void> => {
    const end = Date.now() + 60_000
    while (!right() && Date.now() < end) await new Promise((resolve) => setTimeout(resolve, 20))
    assert.ok(right(), JSON.stringify(told))
  }
  const deskDir = directory()
  {
    using desk = openDesk(deskDir)
    const { telling, flow } = open(desk)
    await using _ = telling
    flow.sink.take(placed(1, [audit(1)]))
    // It has arrived before the answer is back.
    await until(() => told.length === 1 && desk.deliveries.waiting().length === 0)
    // Each is written by itself.
    for (let seq = 2; seq <= 5; seq++) {
      flow.sink.take(placed(seq, [audit(seq)]))
      flow.change(() => ({ changes: createCaseBook().tick(0) }))
    }
    assert.equal(desk.deliveries.waiting().length, 1, 'the word waits on disk')
    flow[Symbol.dispose]()
  }
  assert.deepEqual(told, [1])
  using desk = openDesk(deskDir)
  const { telling, flow } = open(desk)
  await using _ = telling
  await until(() => told.length === 2 && desk.deliveries.waiting().length === 0)
  flow[Symbol.dispose]()
  assert.deepEqual(told, [1, 5])
  assert.deepEqual(desk.deliveries.waiting(), [])
})

test('a file that changes takes the place of what ran, one that is broken changes nothing and is told', async () => {
  const dir = directory()
  const file = join(dir, 'outputs.yaml')
  const one = (id: string, type = 'syslog'): string => `{id: ${id}, type: ${type}, host: logs.example.com}`
  writeFileSync(file, `outputs: [${one('first')}]`)
  using desk = openDesk(dir)
  const told: string[] = []
  await using telling = openTelling({
    file,
    env: {},
    desk,
    caseOf: () => undefined,
    linkOf: (id) => id,
    state: new ClusterState(),
    isRecording: true,
    onError: (message) => told.push(message),
  })
  const ids = async () => (await telling.services.list()).items.map(({ id }) => id)
  assert.deepEqual(await ids(), ['first'])

  // While it is being written it may say anything, and be right.
  writeFileSync(file, '')
  const soon = Date.now() / 1000 + 3600
  utimesSync(file, soon, soon)
  await telling.look()
  assert.deepEqual(await ids(), ['first'])

  writeFileSync(file, `outputs: [${one('second')}, ${one('third', 'pigeon')}]`)
  await telling.look()
  await telling.look()
  assert.deepEqual(await ids(), ['first'])
  assert.match(telling.refused(), /outputs\.yaml:1/)
  assert.match(told[0] ?? '', /refused/)
  assert.equal(telling.figures().outputs_refused, 1)
  await telling.look()
  assert.equal(told.length, 1, 'what did not change is not told again')

  writeFileSync(file, `outputs: [${one('second')}, ${one('third')}, ${one('fourth')}]`)
  await telling.look()
  await telling.look()
  assert.deepEqual(await ids(), ['second', 'third', 'fourth'])
  assert.deepEqual([telling.refused(), telling.figures().outputs], ['', 3])

  // What is told while a recording is replayed says so.
  const opened = createCaseBook()
  const set = loadRuleSet([{ name: 'a.yml', text: secretRead, origin: 'bulwark' }])
  const flow = new Flow({
    desk,
    spool: 's',
    book: opened,
    context: noContext,
    rules: { set, enabled: () => true },
    tell: (cases, news) => telling.tell(cases, news),
  })
  flow.sink.take(placed(1, [audit(1)]))
  flow[Symbol.dispose]()
  assert.match(JSON.stringify(desk.deliveries.waiting()), /From a recording: /)
  assert.equal(telling.figures().outputs_waiting, 3)
})
