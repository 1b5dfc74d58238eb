// Detection in the real server: what kill -9 must not change, and what the API says of cases and rules.
import assert from 'node:assert/strict'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as wait } from 'node:timers/promises'
import { audit, failedRead, manyFailed, secretRead, start } from '../../src/detect/fixture.ts'
import { isObject, type JsonObject } from '../../src/model/json.ts'
import { openDesk } from '../../src/store/desk/index.ts'
import { randomNumbers } from '../bench/store-records.ts'
import { type AuditSite, ask, auditSite, caughtUp } from './audit-site.ts'
import { eventually, type Running, served } from './process.ts'

const kills = Number(process.env.BULWARK_KILLS ?? 20)
const seed = Number(process.env.BULWARK_SEED ?? Date.now() % 2 ** 31)
const batches = 400
const batchEvents = 100

const rules = [
  secretRead,
  failedRead,
  `${manyFailed.replace('gte: 3', 'gte: 40')}  generate: true\n`,
  `title: A new name
id: 55555555-5555-4555-8555-555555555555
level: medium
baseline: {type: new, rules: [secret-read], group-by: [user.username], values: [objectRef.name], learn: 2m}
`,
]
  .join('---\n')
  // Names of shipped rules are taken, also of those that are off.
  .replaceAll(/(failed|secret)-read/g, 'test-$1-read')

/** The same events for every server: an hour ago, five a second of them worth a rule. */
const batchesOfEvents = (): readonly (readonly JsonObject[])[] => {
  const began = Math.floor(Date.now() / 1000) - 3600 - start / 1_000_000
  const random = randomNumbers(7)
  return Array.from({ length: batches }, (_, turn) =>
    Array.from({ length: batchEvents }, (_, index): JsonObject => {
      const number = turn * batchEvents + index
      const kind = random()
      const name = `s${Math.floor(random() * 40)}`
      const target = { group: '', version: 'v1', resource: 'pods', subresource: '', namespace: 'shop', name }
      const user = `person-${Math.floor(random() * 6)}`
      return audit(began + number / 50, {
        auditId: `00000000-0000-4000-8000-${String(number).padStart(12, '0')}`,
        user,
        code: kind < 0.05 ? 403 : 200,
        target: kind < 0.1 ? { ...target, resource: 'secrets' } : target,
      }).event
    }),
  )
}

/** A cluster that does not answer: only its audit log comes. */
const makeSite = (): Promise<AuditSite> =>
  auditSite((dir) => {
    writeFileSync(join(dir, 'rules.yml'), rules)
    return ['--rule-sets', 'none', '--rules', join(dir, 'rules.yml')]
  })

/** Everything that is kept of cases and of what fired. */
const kept = ({ data }: AuditSite) => {
  using desk = openDesk(data)
  const rows = desk.cases.recent('', 10_000)
  return {
    cases: rows.cases.map(({ case: { changedAt: _, ...one } }) => one),
    steps: rows.steps.map(({ step }) => step).sort((a, b) => (a.id < b.id ? -1 : 1)),
    fired: [...desk.rules.totals()].sort(),
  }
}

/** Lets the server see everything, and stops it. */
const finish = async (site: AuditSite, running: Running): Promise<void> => {
  const server = await served(site.home, running)
  await caughtUp(server)
  running.kill('SIGTERM')
  assert.equal((await running.ended).code, 0, running.stderr())
}

test(`cases and counts are the same after ${kills} kills at random moments as without one (BULWARK_SEED=${seed})`, async () => {
  const all = batchesOfEvents()
  using whole = await makeSite()
  {
    await using running = whole.serve()
    await served(whole.home, running)
    for (const events of all) await whole.send(events)
    await finish(whole, running)
  }
  const expected = kept(whole)
  assert.ok(expected.cases.length > 0)
  assert.deepEqual(
    expected.fired.map(([rule]) => rule[0]),
    ['1', '2', '3', '5'],
    'every kind of rule fired',
  )

  using broken = await makeSite()
  const random = randomNumbers(seed)
  let running = broken.serve()
  let sent = 0
  let done = 0
  const sending = (async () => {
    for (const events of all) {
      await broken.send(events)
      sent += 1
      // The load lasts as long as the kills do.
      while (sent < batches && sent / batches > (done + 1) / kills) await wait(10)
    }
  })()
  for (; done < kills; done++) {
    await served(broken.home, running)
    const begun = sent
    await eventually(
      async () => sent,
      (now) => now > begun || now === batches,
    )
    await wait(random() * 400)
    running.kill('SIGKILL')
    await running.ended
    running = broken.serve()
  }
  done = Number.POSITIVE_INFINITY
  await served(broken.home, running)
  await sending
  await finish(broken, running)
  assert.deepEqual(kept(broken), expected)
})

test('the API tells of cases and rules, and what a person decides is there after a restart', async () => {
  using site = await makeSite()
  let id = ''
  {
    await using running = site.serve()
    const server = await served(site.home, running)
    for (const events of batchesOfEvents().slice(0, 5)) await site.send(events)
    await caughtUp(server)
    const { items } = await eventually(
      () => server.get('/api/v1/cases'),
      (answer) => Array.isArray(answer.items) && answer.items.length > 0,
    )
    id = String(Reflect.get(Object(Array.isArray(items) ? items[0] : {}), 'id'))
    const detail = await server.get(`/api/v1/cases/${id}`)
    assert.ok(Array.isArray(detail.steps) && detail.steps.length > 0)
    const rows = await server.get('/api/v1/rules')
    const listed = (Array.isArray(rows.items) ? rows.items.filter(isObject) : []).filter(({ rule }) =>
      String(Reflect.get(Object(rule), 'file')).startsWith(site.home.dir),
    )
    assert.deepEqual(
      listed
        .map(({ rule, coverage }) => [Reflect.get(Object(rule), 'title'), Reflect.get(Object(coverage), 'kind')])
        .slice(0, 4),
      [
        ['Secret read', 'fires'],
        ['Failed read', 'fires'],
        ['Many failed reads', 'could-fire'],
        ['A new name', 'learning'],
      ],
    )
    const triage = { state: 'acknowledged', owner: 'bob', by: 'bob' }
    const answer = await ask(server, 'POST', `/api/v1/cases/${id}/triage`, triage)
    assert.equal(answer.status, 200, JSON.stringify(answer.body))
    running.kill('SIGKILL')
    await running.ended
  }
  await using running = site.serve()
  const server = await served(site.home, running)
  const { case: one } = await server.get(`/api/v1/cases/${id}`)
  assert.deepEqual([Reflect.get(Object(one), 'state'), Reflect.get(Object(one), 'owner')], ['acknowledged', 'bob'])
})

test('a rule and a suppression are tried on the record, and what is hidden from then on is counted', async () => {
  using site = await makeSite()
  await using running = site.serve()
  const server = await served(site.home, running)
  const sent = batchesOfEvents().slice(0, 5)
  for (const events of sent) await site.send(events)
  await eventually(
    async () => (await server.get('/api/v1/status')).record,
    (record) => isObject(record) && Number(record.events) === 5 * batchEvents,
  )
  const post = async (path: string, body: object): Promise<JsonObject> => {
    const answer = await ask(server, 'POST', path, body)
    assert.ok(answer.status >= 200 && answer.status < 300, JSON.stringify(answer.body))
    return answer.body
  }
  const period = { from: new Date(Date.now() - 7_200_000).toISOString(), to: new Date().toISOString() }
  const tried = async (body: object): Promise<JsonObject> => {
    const { id } = await post('/api/v1/backtests', { ...period, ...body })
    return eventually(
      () => server.get(`/api/v1/backtests/${id}`),
      ({ state }) => state !== 'running',
    )
  }
  const rule = await tried({
    kind: 'rule',
    text: 'title: Any read\nlogsource: {product: kubernetes, service: audit}\ndetection: {s: {verb: get}, condition: s}\n',
  })
  assert.deepEqual([rule.state, rule.before, rule.after, rule.scanned], ['done', 0, 500, 500])
  const suppression = {
    name: 'everybody',
    rules: ['11111111-1111-4111-8111-111111111111'],
    query: 'user:person-*',
    owner: 'bob',
    reason: 'a test',
    expires: new Date(Date.now() + 86_400_000).toISOString(),
  }
  const hidden = await tried({ kind: 'suppression', suppression })
  const reads = sent.flat().filter(({ objectRef }) => isObject(objectRef) && objectRef.resource === 'secrets').length
  assert.deepEqual([hidden.state, hidden.before, hidden.after], ['done', reads, 0])
  await post('/api/v1/suppressions', { ...suppression, backtest: hidden.id })
  await site.send(batchesOfEvents()[6] ?? [])
  await eventually(
    () => server.get('/api/v1/cases'),
    ({ honesty }) => isObject(honesty) && Number(honesty.suppressed) > 0,
  )
})

test('rules are reloaded while the server runs, and a broken file keeps what it said before', async () => {
  using site = await makeSite()
  const file = join(site.home.dir, 'rules.yml')
  await using running = site.serve()
  const server = await served(site.home, running)
  const text = readFileSync(file, 'utf8')
  writeFileSync(file, text.replace('title: Secret read', 'title: Secret was read'))
  const titles = async () => {
    const { items, refused } = await server.get('/api/v1/rules')
    const found = (Array.isArray(items) ? items : []).map((row) =>
      Reflect.get(Object(Reflect.get(Object(row), 'rule')), 'title'),
    )
    return { found, refused: Array.isArray(refused) ? refused : [] }
  }
  await eventually(titles, ({ found }) => found.includes('Secret was read'))
  writeFileSync(file, text.replace('level: high', 'level: dreadful'))
  const { found, refused } = await eventually(titles, (answer) => answer.refused.length > 0)
  assert.equal(found.includes('Secret was read'), true)
  assert.deepEqual([Reflect.get(Object(refused[0]), 'file'), Reflect.get(Object(refused[0]), 'line')], [file, 5])
})
