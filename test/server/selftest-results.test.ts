// What a self-test found, handed to a real server: kept over kill -9, told by coverage, rules and nobody else's say-so.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { failedRead, secretRead } from '../../src/detect/fixture.ts'
import { isObject, type JsonValue } from '../../src/model/json.ts'
import { ask, auditSite, eventNow, itemsOf, readOf } from './audit-site.ts'
import { eventually, type Served, served } from './process.ts'

const [secret, failed] = ['11111111-1111-4111-8111-111111111111', '22222222-2222-4222-8222-222222222222'] as const
// Names of shipped rules are taken, also of those that are off.
const ownNames = (text: string): string => text.replaceAll(/(failed|secret)-read/g, 'test-$1-read')

/** What coverage says of self-tests, by rule; rules that none tried are left out. */
const coverageOf = async (server: Served): Promise<Readonly<Record<string, JsonValue>>> =>
  Object.fromEntries(
    itemsOf(await server.get('/api/v1/coverage'), 'rows').flatMap(({ rule, selftest }) =>
      selftest === undefined ? [] : [[String(rule), selftest]],
    ),
  )

const begin = async (server: Served): Promise<{ readonly path: string; readonly marker: string }> => {
  const { body } = await ask(server, 'POST', '/api/v1/selftests', { namespace: 'bulwark-selftest-1', by: 'alice' })
  return { path: `/api/v1/selftests/${String(body.id)}`, marker: String(body.marker) }
}

test('what a self-test found stands in coverage and rules, over kill -9, until the rule changes', async () => {
  const rules = [secretRead, failedRead].map(ownNames)
  let file = ''
  using site = await auditSite((dir) => {
    file = join(dir, 'rules.yml')
    writeFileSync(file, rules.join('---\n'))
    return ['--rule-sets', 'none', '--rules', file]
  })
  {
    await using running = site.serve()
    const server = await served(site.home, running)
    assert.deepEqual(await coverageOf(server), {})
    const { path, marker } = await begin(server)
    const event = { userAgent: `bulwark-selftest/${marker} (read-secret)` }
    await site.send([eventNow(1, { ...readOf('alice', 'db', '10.0.0.1'), event })])
    await eventually(
      () => server.get(path),
      (status) => itemsOf(status, 'fired').length === 1,
    )
    const fired = { rule: secret, kind: 'fired', seconds: 0.6, why: '', act: 'read-secret' }
    const silent = { rule: failed, kind: 'failed', why: '=1+1 <b>it did not fire</b>\n', act: 'read-nothing' }
    const answer = await ask(server, 'POST', `${path}/results`, {
      results: [fired, silent, fired, { ...silent, rule: 'none' }],
    })
    assert.deepEqual(answer.body, {
      kept: 2,
      refused: [
        { rule: secret, why: 'it has a result already: the first one counts' },
        { rule: 'none', why: 'there was no such rule when the self-test began' },
      ],
    })
    // A guess, another's run, one that says that it fired and did not, and what is no result at all.
    const made = { ...fired, rule: failed }
    const other = await begin(server)
    for (const [where, results, status, code] of [
      ['/api/v1/selftests/000000000000/results', [silent], 404, 'NOT_FOUND'],
      [`${path}/results`, [{ ...silent, why: 'x'.repeat(1001) }], 400, 'REQUEST_INVALID'],
      [`${path}/results`, Array.from({ length: 1001 }, () => silent), 400, 'REQUEST_INVALID'],
      [`${path}/results`, [{ ...silent, why: 'x'.repeat(2_000_000) }], 400, 'REQUEST_INVALID'],
      [`${other.path}/results`, [made], 200, undefined],
    ] as const) {
      const refused = await ask(server, 'POST', where, { results })
      assert.deepEqual([refused.status, Reflect.get(Object(refused.body.error), 'code')], [status, code], where)
    }
    running.kill('SIGKILL')
    await running.ended
  }
  await using running = site.serve()
  const server = await served(site.home, running)
  const told = await coverageOf(server)
  const selftest = told[secret]
  assert.ok(isObject(selftest) && typeof selftest.at === 'string')
  assert.ok(Math.abs(Date.now() - Date.parse(selftest.at)) < 60_000)
  const by = { by: 'alice', at: selftest.at, isOutdated: false }
  assert.deepEqual(told, {
    [secret]: { kind: 'fired', seconds: 0.6, why: '', act: 'read-secret', ...by },
    [failed]: { kind: 'failed', why: '=1+1 <b>it did not fire</b>\n', act: 'read-nothing', ...by },
  })
  const detail = await server.get(`/api/v1/rules/${secret}`)
  assert.deepEqual(detail.selftest, selftest)
  assert.deepEqual(
    itemsOf(await server.get('/api/v1/rules')).flatMap(({ selftest: of }) => (isObject(of) ? [of.kind] : [])),
    ['fired', 'failed'],
  )

  const headers = { authorization: `Bearer ${server.token}` }
  const csv = await (await fetch(`${server.url}/api/v1/coverage/export`, { headers })).text()
  const at = String(selftest.at)
  assert.ok(csv.includes(`,fired,0.6,,read-secret,${at},alice,false\r\n`))
  assert.ok(csv.includes(`,failed,,"'=1+1 <b>it did not fire</b>\n",read-nothing,${at},alice,false\r\n`))

  writeFileSync(file, [secretRead.replace('level: high', 'level: critical'), failedRead].map(ownNames).join('---\n'))
  const changed = await eventually(
    () => coverageOf(server),
    (now) => isObject(now[secret]) && now[secret].isOutdated === true,
  )
  assert.deepEqual(changed, { ...told, [secret]: { ...selftest, isOutdated: true } })
})
