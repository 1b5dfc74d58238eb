import assert from 'node:assert/strict'
import { get, type IncomingMessage } from 'node:http'
import { type TestContext, test } from 'node:test'
import { parseQuery } from '../../model/query/index.ts'
import { clusterView } from '../../posture/cluster-view.ts'
import { Posture } from '../../posture/posture.ts'
import { ClusterState } from '../../state/cluster-state.ts'
import { createApi } from '../api.ts'
import { createAuth } from '../auth/auth.ts'
import { fixtureNow, fixtureServices, sampleEvent } from '../fixture.ts'
import { listen } from '../server.ts'
import { defaultStreamLimits, type StreamLimits, tailStream } from './event-stream.ts'

const view = clusterView(new Posture(new ClusterState()), fixtureNow, [])
const newServices = () => fixtureServices({ clusterAt: async () => view })

interface Message {
  readonly event: string
  readonly id?: string
  readonly data: unknown
}

const messagesIn = (text: string): readonly Message[] =>
  text
    .split('\n\n')
    .filter((block) => block !== '')
    .map((block) => {
      const fields = Object.fromEntries(
        block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]),
      )
      const { event = '', id, data = 'null' } = fields
      return { event, ...(id === undefined ? {} : { id }), data: JSON.parse(data) }
    })

const start = async (t: TestContext, limits: Partial<StreamLimits> = {}) => {
  const services = newServices()
  const token = 'the-token-of-this-test'
  const settings = { token, loopback: true, https: false, hosts: [], linkCommand: '', now: () => 0 }
  const api = createApi({
    services,
    auth: createAuth(settings),
    webDir: '/nowhere',
    streamLimits: { ...defaultStreamLimits, ...limits },
  })
  const server = await listen(api, { host: '127.0.0.1', port: 0 })
  t.after(() => server[Symbol.asyncDispose]())
  const open = (path: string, headers: Readonly<Record<string, string>> = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const url = `http://127.0.0.1:${server.port}${path}`
      get(url, { headers: { authorization: `Bearer ${token}`, ...headers } }, resolve).on('error', reject)
    })
  return { services, open }
}

/** Reads on until the messages are as wanted; the test's own time limit bounds the wait. */
const readUntil = async (response: IncomingMessage, enough: (messages: readonly Message[]) => boolean) => {
  let text = ''
  for await (const chunk of response.setEncoding('utf8').iterator({ destroyOnReturn: false })) {
    text += chunk
    if (text.endsWith('\n\n') && enough(messagesIn(text))) return messagesIn(text)
  }
  throw new Error(`the stream ended with ${JSON.stringify(text)}`)
}
const rows = (messages: readonly Message[]): readonly Message[] => messages.filter(({ event }) => event === 'row')

test('sends new rows that match, each with its position', { timeout: 60_000 }, async (t) => {
  const { services, open } = await start(t)
  const response = await open('/api/v1/events/stream?q=verb:delete')
  assert.deepEqual([response.statusCode, response.headers['content-type']], [200, 'text/event-stream'])
  await readUntil(response, (messages) => messages.length > 0)
  services.tail.publish([sampleEvent('a'), sampleEvent('b', { verb: 'get' }), sampleEvent('c')])
  assert.deepEqual(await readUntil(response, (messages) => rows(messages).length === 2), [
    { event: 'row', id: 'run-1', data: sampleEvent('a') },
    { event: 'row', id: 'run-3', data: sampleEvent('c') },
  ])
  response.destroy()
})

test('begins with a heartbeat, and goes on with them', { timeout: 60_000 }, async (t) => {
  const { open } = await start(t, { heartbeatMillis: 5 })
  const response = await open('/api/v1/events/stream')
  const [first] = await readUntil(response, (messages) => messages.length >= 3)
  assert.deepEqual(first, { event: 'heartbeat', data: { now: '2026-01-02T12:00:00.000000Z', stateVersion: 0 } })
  response.destroy()
})

test('goes on where a client stopped that was away', { timeout: 60_000 }, async (t) => {
  const { services, open } = await start(t)
  services.tail.publish([sampleEvent('a'), sampleEvent('b'), sampleEvent('c')])
  const response = await open('/api/v1/events/stream', { 'last-event-id': 'run-1' })
  const messages = await readUntil(response, (all) => rows(all).length === 2)
  assert.deepEqual(
    messages.map(({ event, id }) => [event, id]),
    [
      ['row', 'run-2'],
      ['row', 'run-3'],
      ['heartbeat', undefined],
    ],
  )
  response.destroy()
})

test('says that rows are missing to a client that comes from another run', { timeout: 60_000 }, async (t) => {
  const { open } = await start(t)
  const response = await open('/api/v1/events/stream', { 'last-event-id': 'before-7' })
  const [first] = await readUntil(response, (messages) => messages.length >= 1)
  assert.deepEqual(first, { event: 'dropped', data: {} })
  response.destroy()
})

test('a query text at fault is told before the stream begins', { timeout: 60_000 }, async (t) => {
  const { open } = await start(t)
  const response = await open('/api/v1/events/stream?q=(')
  assert.equal(response.statusCode, 400)
  response.destroy()
})

test('a client that leaves makes place for another', { timeout: 60_000 }, async (t) => {
  const { open } = await start(t, { maxClients: 1 })
  const first = await open('/api/v1/events/stream')
  const second = await open('/api/v1/events/stream')
  assert.equal(second.statusCode, 503)
  second.destroy()
  first.destroy()
  for (let status = 503; status !== 200; ) {
    const again = await open('/api/v1/events/stream')
    status = again.statusCode ?? 0
    again.destroy()
  }
})

const query = parseQuery('')
assert.ok(query.ok)

test('keeps the newest rows for a reader that is too slow, and tells how many it lost', async () => {
  const services = newServices()
  let closed = 0
  const limits = { maxHeld: 2, maxClients: 1, heartbeatMillis: 3_600_000 }
  const reader = tailStream(services, limits, query.query, undefined, () => {
    closed += 1
  }).getReader()
  services.tail.publish(['a', 'b', 'c', 'd', 'e'].map((id) => sampleEvent(id)))
  services.tail.publish([sampleEvent('f')])
  const { value } = await reader.read()
  assert.deepEqual(
    messagesIn(Buffer.from(value ?? []).toString()).map(({ event, id, data }) =>
      event === 'row' ? id : { [event]: data },
    ),
    [
      { dropped: { rows: 4 } },
      'run-5',
      'run-6',
      { heartbeat: { now: '2026-01-02T12:00:00.000000Z', stateVersion: 0 } },
    ],
  )
  await reader.cancel()
  assert.equal(closed, 1)
})
