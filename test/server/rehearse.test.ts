// `bulwark rehearse` against a real server that replays the shipped recording: the same figures as over the file itself.
import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { isObject, type JsonObject } from '../../src/model/json.ts'
import { ask, caughtUp } from './audit-site.ts'
import { bulwark, eventually, type Home, makeHome, runBulwark, served } from './process.ts'

const recording = join(import.meta.dirname, '..', '..', 'recordings', 'shop.jsonl.zst')
const rule = `title: Secrets touched
id: 4f2f2f3e-6a55-4d0e-8b4c-2a3f6f0d8c11
status: test
level: high
logsource: {product: kubernetes, service: audit}
detection:
  sel: {verb: [get, list, escalate], objectRef.resource: secrets}
  condition: sel
`

const told = async (home: Home, args: readonly string[], env: Readonly<Record<string, string>> = {}) => {
  const { code, stdout, stderr } = await runBulwark(home, [...args, '--json'], env)
  assert.equal(code, 0, stderr + stdout)
  const status: unknown = JSON.parse(stdout)
  assert.ok(isObject(status))
  return status
}
const figures = ({ before, after, scanned, byPrincipal, unexercised }: JsonObject) => ({
  before,
  after,
  scanned,
  byPrincipal,
  unexercised,
})

test('a rule and a suppression, tried on a server and on the file, give the same', { timeout: 1_200_000 }, async () => {
  using home = makeHome()
  const file = join(home.dir, 'rule.yml')
  writeFileSync(file, rule)
  await using running = bulwark(home, ['serve', '--recording', recording, '--port', '0', '--audit-listen', 'off'])
  const server = await served(home, running)
  const env = { BULWARK_SERVER: server.url, BULWARK_TOKEN: server.token }
  const offline = await told(home, ['rehearse', 'rule', file, '--recording', recording])
  assert.ok(Number(offline.after) > 100)
  // The store has everything a moment after the replay.
  const online = await eventually(
    () => told(home, ['rehearse', 'rule', file], env),
    ({ scanned }) => scanned === offline.scanned,
  )
  assert.deepEqual(figures(online), figures(offline))

  // Detection goes its own way, and may be behind the store.
  await caughtUp(server)
  const { items } = await server.get('/api/v1/rules')
  const rows = Array.isArray(items) ? items.filter(isObject) : []
  const fired = rows.find((row) => Number(row.fired) > 0)
  assert.ok(isObject(fired?.rule))
  const { id } = fired.rule
  const suppressions = join(home.dir, 'suppressions.json')
  const expires = new Date(Date.now() + 86_400_000).toISOString()
  const spec = { name: 'all-of-it', rules: [id], query: '', owner: 'bob', reason: 'a test', expires }
  writeFileSync(suppressions, JSON.stringify([spec]))
  const hidden = await told(home, ['rehearse', 'suppression', suppressions], env)
  assert.deepEqual([hidden.before, hidden.after], [fired.fired, 0])

  // What was tried can be saved, and is known after that.
  const post = (body: object) => ask(server, 'POST', '/api/v1/suppressions', body)
  const refused = await post({ ...spec, query: 'user:x', backtest: hidden.id })
  assert.equal(Reflect.get(Object(refused.body.error), 'code'), 'SUPPRESSION_INVALID')
  assert.equal((await post({ ...spec, backtest: hidden.id })).status, 200)

  const coverage = await server.get('/api/v1/coverage')
  assert.ok(Array.isArray(coverage.rows) && coverage.rows.length > 50)
  const tooMuch = await runBulwark(home, ['rehearse', 'rule', file, '--max-fired', '1'], env)
  assert.equal(tooMuch.code, 1, tooMuch.stderr)
})
