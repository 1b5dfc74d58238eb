// Whoever follows the stream of cases knows of everything that the desk holds, also when it reads slowly or is cut off.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { secretRead } from '../../src/detect/fixture.ts'
import { isObject, type JsonObject } from '../../src/model/json.ts'
import { ask, auditSite, eventNow, itemsOf, readOf } from './audit-site.ts'
import { eventually, type Served, served } from './process.ts'

/** Of more, one case is made: the one of a rule that many people set off. */
const people = 45

test('a client that asks again for what the stream names holds what the desk holds', async () => {
  using site = await auditSite((dir) => {
    writeFileSync(join(dir, 'rules.yml'), secretRead.replaceAll('secret-read', 'test-secret-read'))
    return ['--rule-sets', 'none', '--rules', join(dir, 'rules.yml')]
  })
  await using running = site.serve()
  const server = await served(site.home, running)
  await using steady = mirror(server, { cutAfter: Number.POSITIVE_INFINITY, pause: 0 })
  await using slow = mirror(server, { cutAfter: Number.POSITIVE_INFINITY, pause: 300 })
  await using cutOff = mirror(server, { cutAfter: 2, pause: 0 })
  // Comes back without saying where it was.
  await using forgetful = mirror(server, { cutAfter: 2, pause: 0, forgets: true })
  // Whoever has all that there was reads the first change as the second thing, after which two of them are cut off.
  await eventually(
    async () => [steady, slow, cutOff, forgetful].map((one) => one.reloads()),
    (reloads) => reloads.every((count) => count > 0),
  )

  let number = 0
  const read = (person: number): JsonObject => {
    const user = `person-${person}`
    return eventNow(number++, readOf(user, `s-${person}`, `10.7.0.${person}`))
  }
  // Each comes once, and every third again later: a case that opens, and one that goes on.
  for (let person = 0; person < people; person += 5) {
    await site.send(Array.from({ length: 5 }, (_, index) => read(person + index)))
    if (person % 15 === 0) await site.send([read(Math.floor(person / 2))])
  }
  const all = await eventually(
    () => listed(server),
    (cases) => cases.size === people,
  )
  const [first = '', second = '', third = '', fourth = ''] = all.keys()
  const by = 'al'
  const change = async (path: string, body: object): Promise<JsonObject> => {
    const answer = await ask(server, 'POST', `/api/v1/${path}`, { ...body, by })
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    return answer.body
  }
  await change(`cases/${first}/triage`, { state: 'closed', closingReason: 'false-positive' })
  const merged = await change(`cases/${second}/merge`, { others: [third, fourth] })
  await change(`case-changes/${merged.undo}/undo`, {})
  await change(`cases/${third}/merge`, { others: [fourth] })
  await change(`cases/${second}/triage`, { owner: 'bob', note: 'mine' })

  const expected = await listed(server)
  for (const [name, one] of Object.entries({ steady, slow, cutOff, forgetful }))
    await eventually(
      async () => one.cases(),
      (cases) => JSON.stringify(sorted(cases)) === JSON.stringify(sorted(expected)),
    ).catch(() => assert.deepEqual(sorted(one.cases()), sorted(expected), name))
  // The last change may be what they hang up after: they hold it a moment before.
  await eventually(
    async () => [cutOff.cuts(), forgetful.cuts()],
    (cuts) => cuts.every((count) => count > 0),
  )
  assert.deepEqual([steady.reloads(), slow.reloads(), cutOff.reloads()], [1, 1, 1], 'asked for all once')
  await eventually(
    async () => forgetful.reloads(),
    (reloads) => reloads > 1,
  )
})

test('after a restart of the server who comes back is told to ask for all again', async () => {
  using site = await auditSite((dir) => {
    writeFileSync(join(dir, 'rules.yml'), secretRead.replaceAll('secret-read', 'test-secret-read'))
    return ['--rule-sets', 'none', '--rules', join(dir, 'rules.yml')]
  })
  let position = ''
  {
    await using running = site.serve()
    const server = await served(site.home, running)
    for await (const { id } of eventsOf(server, '', AbortSignal.timeout(180_000))) {
      position = id
      break
    }
    await site.send([eventNow(1, readOf('alice', 's', '10.7.0.1'))])
    running.kill('SIGKILL')
    await running.ended
  }
  await using running = site.serve()
  const server = await served(site.home, running)
  assert.match(position, /^[0-9a-f]+-0$/)
  for await (const { events } of eventsOf(server, position, AbortSignal.timeout(180_000))) {
    assert.equal(events[0]?.name, 'reload')
    break
  }
})

/** All cases that are shown, by id. */
const listed = async (server: Served): Promise<ReadonlyMap<string, JsonObject>> => {
  const cases = new Map<string, JsonObject>()
  let cursor = ''
  do {
    const page = cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`
    const answer = await server.get(`/api/v1/cases?limit=1000${page}`)
    for (const one of itemsOf(answer)) cases.set(String(one.id), one)
    cursor = typeof answer.nextCursor === 'string' ? answer.nextCursor : ''
  } while (cursor !== '')
  return cases
}

const sorted = (cases: ReadonlyMap<string, JsonObject>) => [...cases].sort(([a], [b]) => (a < b ? -1 : 1))

const absenceMillis = 300

interface Mirror extends AsyncDisposable {
  cases(): ReadonlyMap<string, JsonObject>
  cuts(): number
  reloads(): number
}

/** Holds cases as a page does: all of them when told to reload, then those that the stream names. */
const mirror = (
  server: Served,
  {
    cutAfter,
    pause,
    forgets = false,
  }: { readonly cutAfter: number; readonly pause: number; readonly forgets?: boolean },
): Mirror => {
  const ending = new AbortController()
  let cases = new Map<string, JsonObject>()
  let cuts = 0
  let reloads = 0
  const take = async (name: string, data: JsonObject): Promise<void> => {
    if (name === 'reload') {
      reloads += 1
      cases = new Map(await listed(server))
    }
    for (const id of itemsIn(data.ids)) {
      const { case: one } = await server.get(`/api/v1/cases/${id}`).catch((): JsonObject => ({}))
      // Of a case that went into another the other one is told.
      if (isObject(one) && one.id === id) cases.set(id, one)
      else cases.delete(id)
    }
  }
  const follow = async (): Promise<void> => {
    let position = ''
    while (!ending.signal.aborted) {
      let read = 0
      for await (const { events, id } of eventsOf(server, forgets ? '' : position, ending.signal)) {
        for (const { name, data } of events) await take(name, data)
        position = id
        if (pause > 0) await wait(pause)
        if (++read >= cutAfter) break
      }
      cuts += 1
      // What changes while it is away is not told at that moment.
      if (cutAfter < Number.POSITIVE_INFINITY) await wait(absenceMillis)
    }
  }
  const following = follow().catch((error: unknown) => {
    if (!ending.signal.aborted) throw error
  })
  return {
    cases: () => cases,
    cuts: () => cuts,
    reloads: () => reloads,
    [Symbol.asyncDispose]: async () => {
      ending.abort()
      await following
    },
  }
}

const itemsIn = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : [])

interface Told {
  readonly events: readonly { readonly name: string; readonly data: JsonObject }[]
  /** To come back with. */
  readonly id: string
}

/** Events of the stream, as far as each id of a position; what comes behind the last id is not taken. */
async function* eventsOf(server: Served, lastId: string, signal: AbortSignal): AsyncGenerator<Told> {
  const answer = await fetch(`${server.url}/api/v1/cases/stream`, {
    headers: { authorization: `Bearer ${server.token}`, ...(lastId !== '' && { 'last-event-id': lastId }) },
    signal,
  })
  assert.equal(answer.status, 200)
  let rest = ''
  let events: Told['events'] = []
  for await (const chunk of answer.body ?? []) {
    rest += Buffer.from(chunk).toString('utf8')
    const texts = rest.split('\n\n')
    rest = texts.pop() ?? ''
    for (const text of texts) {
      const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? ''
      events = [...events, { name: field('event'), data: JSON.parse(field('data')) }]
      if (field('id') === '') continue
      yield { events, id: field('id') }
      events = []
    }
  }
}
