// Telling people in the real server: over kill -9 each case is told of, a second time only as the same word, and its message
// is edited in place afterwards.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { test } from 'node:test'
import { secretRead } from '../../src/detect/fixture.ts'
import { isObject, type JsonObject } from '../../src/model/json.ts'
import { ask, auditSite, eventNow, itemsOf, readOf } from './audit-site.ts'
import { eventually, type Running, served } from './process.ts'

const kills = Number(process.env.BULWARK_TELL_KILLS ?? 3)
const peopleAtOnce = 3

test('over kill -9 each case is told of, twice only as the same word, and its message is edited afterwards', {
  timeout: 1_200_000,
}, async () => {
  await using people = await receivers()
  using site = await auditSite((dir) => {
    writeFileSync(join(dir, 'rules.yml'), secretRead.replaceAll('secret-read', 'test-secret-read'))
    writeFileSync(
      join(dir, 'outputs.yaml'),
      `allow: [localhost]
outputs:
  - {id: hook, type: webhook, url: {env: HOOK}, secret: {env: HOOK_SECRET}, budgetPerHour: 500}
  - {id: chat, type: slack, channel: C1, token: {env: SLACK}, api: '${people.url}/slack', budgetPerHour: 500}
`,
    )
    const rules = ['--rule-sets', 'none', '--rules', join(dir, 'rules.yml')]
    return [...rules, '--outputs', join(dir, 'outputs.yaml')]
  })
  const serve = (): Running =>
    site.serve({ HOOK: `${people.url}/hook`, HOOK_SECRET: 'a secret of the hook', SLACK: 'xoxb-of-a-test' })
  let number = 0
  const read = (): JsonObject => {
    const person = number++
    return eventNow(person, readOf(`person-${person}`, `s-${person}`, `10.7.0.${person}`))
  }
  let running = serve()
  await served(site.home, running)
  for (let kill = 0; kill < kills; kill++) {
    const before = people.received.length
    // Every other one is killed when a word has arrived and nobody has said so; the rest right after an answer.
    if (kill % 2 === 0) people.instead(() => running.kill('SIGKILL'))
    // What is not acknowledged before the kill is sent again after it.
    const sending = site.send(Array.from({ length: peopleAtOnce }, read))
    if (kill % 2 === 1) {
      await eventually(
        async () => people.received.length,
        (now) => now > before,
      )
      running.kill('SIGKILL')
    }
    await running.ended
    running = serve()
    await served(site.home, running)
    await sending
  }
  await using last = running
  const server = await served(site.home, last)
  await site.send([read()])
  const isOpening = ({ path, body }: Received): boolean => path === '/slack/chat.postMessage' && !('thread_ts' in body)
  const caseOf = ({ body }: Received): string => /\/cases\/([A-Za-z0-9]+)"/.exec(JSON.stringify(body))?.[1] ?? ''
  const openings = (): readonly Received[] => people.received.filter(isOpening)
  const words = (): readonly Received[] => people.received.filter(({ path }) => path === '/hook')
  const ids = await eventually(
    async () => itemsOf(await server.get('/api/v1/cases?limit=500')).map(({ id }) => String(id)),
    (found) => found.length === number,
  )
  await eventually(
    async () => itemsOf(await server.get('/api/v1/outputs')).map(({ waiting }) => waiting),
    (waiting) => waiting.length === 2 && waiting.every((count) => count === 0),
  )

  // Each case is told of; what came twice is the same word, told by its id.
  assert.deepEqual(new Set(words().map(caseOf)), new Set(ids))
  assert.deepEqual(new Set(openings().map(caseOf)), new Set(ids))
  const byId = Map.groupBy(words(), ({ id }) => id)
  for (const [id, same] of byId) {
    assert.notEqual(id, '')
    assert.equal(new Set(same.map(({ body }) => JSON.stringify(body))).size, 1, id)
  }
  assert.equal(byId.size, ids.length, 'one word a case')
  // A word in flight at a kill is told again, and no other.
  for (const twice of [words(), openings()]) assert.ok(twice.length <= ids.length + kills, `${twice.length}`)

  // A case of before the last kill: its message is edited, and no other is written.
  const [first = ''] = openings().map(caseOf)
  const mine = openings().filter((one) => caseOf(one) === first)
  const before = people.received.length
  const closed = await ask(server, 'POST', `/api/v1/cases/${first}/triage`, {
    state: 'closed',
    closingReason: 'false-positive',
    by: 'al',
  })
  assert.equal(closed.status, 200, JSON.stringify(closed.body))
  const after = await eventually(
    async () => people.received.slice(before),
    (received) => received.length >= 3,
  )
  const [update, word] = after.filter(({ path }) => path.startsWith('/slack/'))
  assert.equal(update?.path, '/slack/chat.update')
  assert.equal(word?.path, '/slack/chat.postMessage')
  // The newest of them is the one whose id came back before a kill.
  assert.equal(update?.body.ts, mine.at(-1)?.ts)
  assert.equal(word?.body.thread_ts, mine.at(-1)?.ts)
  assert.deepEqual(
    after.filter(({ path }) => path === '/hook').map(({ body }) => body.type),
    ['case.closed'],
  )
})

interface Received {
  readonly path: string
  /** `webhook-id`; empty where there is none. */
  readonly id: string
  readonly body: JsonObject
  /** The message that Slack made of it. */
  readonly ts: string
}

/** A webhook at `/hook`, and the two methods of Slack's Web API that are used. */
const receivers = async () => {
  const received: Received[] = []
  let instead: (() => void) | undefined
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const parsed: unknown = JSON.parse(Buffer.concat(chunks).toString('utf8'))
      const body = isObject(parsed) ? parsed : {}
      const path = request.url ?? ''
      const ts = `1700000000.${received.length}`
      received.push({ path, id: String(request.headers['webhook-id'] ?? ''), body, ts })
      const then = instead
      instead = undefined
      if (then === undefined) response.end(path === '/hook' ? 'ok' : JSON.stringify({ ok: true, ts, channel: 'C1' }))
      else then()
    })
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://localhost:${(server.address() as AddressInfo).port}`,
    received,
    /** Does this at the next word in place of an answer. */
    instead: (then: () => void): void => {
      instead = then
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
