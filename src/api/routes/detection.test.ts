import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { z } from '@hono/zod-openapi'
import { BulwarkError } from '../../model/error.ts'
import { clusterView } from '../../posture/cluster-view.ts'
import { Posture } from '../../posture/posture.ts'
import { ClusterState } from '../../state/cluster-state.ts'
import { createApi } from '../api.ts'
import { createAuth } from '../auth/auth.ts'
import * as backtestSchemas from '../contract/schemas/backtest.ts'
import * as caseSchemas from '../contract/schemas/case.ts'
import * as outputSchemas from '../contract/schemas/output.ts'
import * as ruleSchemas from '../contract/schemas/rule.ts'
import * as selftestSchemas from '../contract/schemas/selftest.ts'
import * as suppressionSchemas from '../contract/schemas/suppression.ts'
import { fixtureDetection } from '../detection-fixture.ts'
import { errorAnswerOf } from '../errors.ts'
import { fixtureNow, fixtureServices } from '../fixture.ts'

const schemas = {
  ...backtestSchemas,
  ...caseSchemas,
  ...outputSchemas,
  ...ruleSchemas,
  ...selftestSchemas,
  ...suppressionSchemas,
}

const start = () => {
  const settings = {
    token: 'the-token-of-this-test',
    loopback: true,
    https: false,
    hosts: [],
    linkCommand: '',
    now: () => 0,
  }
  const view = clusterView(new Posture(new ClusterState()), fixtureNow, [])
  const detection = fixtureDetection()
  const services = { ...fixtureServices({ clusterAt: async () => view }), detection: detection.services }
  const api = createApi({ services, auth: createAuth(settings), webDir: '/nowhere' })
  const ask = (method: string, path: string, body?: unknown, more: Readonly<Record<string, string>> = {}) =>
    api.request(`http://localhost/api/v1${path}`, {
      method,
      headers: {
        authorization: 'Bearer the-token-of-this-test',
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...more,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
  return { ...detection, ask }
}

const suppression = { name: 'n', rules: ['r1'], query: '', owner: 'a', reason: 'b', expires: '2026-02-01T00:00:00Z' }
const period = { from: '2026-01-01T00:00:00Z', to: '2026-01-02T00:00:00Z' }

const selftestFired = { rule: 'r1', kind: 'fired', seconds: 0.6, why: '', act: 'list-secrets' }
const selftestFailed = { rule: 'r2', kind: 'failed', why: 'it did not fire', act: '' }

describe('each route answers as its schema says, and hands on what it was given', () => {
  const rows: readonly [string, string, unknown, z.ZodType, readonly unknown[] | undefined][] = [
    ['GET', '/cases', undefined, schemas.cases, undefined],
    ['GET', '/cases/c1', undefined, schemas.caseDetail, undefined],
    ['GET', '/cases/c1/suppression', undefined, schemas.suppressionSpec, undefined],
    [
      'POST',
      '/cases/c1/triage',
      { state: 'closed', closingReason: 'false-positive', by: 'al' },
      schemas.caseChanged,
      ['triage', { state: 'closed', closingReason: 'false-positive', by: 'al' }, 'c1'],
    ],
    ['POST', '/cases/c1/merge', { others: ['c2'], by: 'al' }, schemas.caseChanged, ['merge', ['c2'], 'al', 'c1']],
    ['POST', '/cases/c1/split', { steps: ['s'], by: 'al' }, schemas.caseChanged, ['split', ['s'], 'al', 'c1']],
    ['POST', '/case-changes/u1/undo', { by: 'al' }, schemas.caseChanged, ['undo', 'u1', 'al']],
    ['GET', '/rules', undefined, schemas.rules, ['rules']],
    [
      'GET',
      `/rules/${encodeURIComponent('falco:Shell in a container/é')}`,
      undefined,
      schemas.ruleDetail,
      ['rule', 'falco:Shell in a container/é'],
    ],
    ['POST', '/rules/r1/switch', { enabled: false, by: 'al' }, schemas.ruleDetail, ['switch', 'r1', false, 'al']],
    ['POST', '/rules/r1/replay', undefined, schemas.ruleReplay, ['replay', 'r1']],
    [
      'POST',
      '/selftests',
      { namespace: 'bulwark-selftest-1', by: 'al' },
      schemas.selftest,
      ['selftest', { namespace: 'bulwark-selftest-1', by: 'al' }],
    ],
    ['GET', '/selftests/s1', undefined, schemas.selftest, ['selftest', 's1']],
    [
      'POST',
      '/selftests/s1/alerts',
      { sensor: 'falco', alerts: ['{}'] },
      schemas.selftest,
      ['hand', 's1', { sensor: 'falco', alerts: ['{}'] }],
    ],
    [
      'POST',
      '/selftests/s1/results',
      { results: [selftestFired, selftestFailed] },
      schemas.selftestKept,
      ['keep', 's1', [selftestFired, selftestFailed]],
    ],
    ['POST', '/selftests/s1/end', undefined, schemas.selftest, ['end', 's1']],
    ['POST', '/rules/check', { text: 'title: x', by: '' }, schemas.ruleCheck, ['check', 'title: x', undefined]],
    [
      'POST',
      '/rules/check',
      { text: 'title: x', by: '', name: 'mine' },
      schemas.ruleCheck,
      ['check', 'title: x', 'mine'],
    ],
    ['GET', '/saved-rules/mine', undefined, schemas.savedRules, ['saved', 'mine']],
    [
      'PUT',
      '/saved-rules/mine',
      { text: 'title: x', by: 'al' },
      schemas.rules,
      ['save', 'mine', 'title: x', 'al', undefined],
    ],
    [
      'PUT',
      '/saved-rules/mine',
      { text: 'title: x', by: 'al', version: 'v1' },
      schemas.rules,
      ['save', 'mine', 'title: x', 'al', 'v1'],
    ],
    ['DELETE', '/saved-rules/mine?by=al', undefined, schemas.rules, ['remove', 'mine', 'al']],
    ['GET', '/suppressions', undefined, schemas.suppressions, ['suppressions']],
    [
      'POST',
      '/suppressions',
      { ...suppression, backtest: 'b1' },
      schemas.suppressions,
      ['suppress', { ...suppression, backtest: 'b1' }],
    ],
    ['DELETE', '/suppressions/s1?by=al', undefined, schemas.suppressions, ['unsuppress', 's1', 'al']],
    [
      'POST',
      '/backtests',
      { kind: 'rule', text: 'title: x', ...period },
      schemas.backtest,
      ['backtest', { kind: 'rule', text: 'title: x', ...period }],
    ],
    [
      'POST',
      '/backtests',
      { kind: 'suppression', suppression, ...period },
      schemas.backtest,
      ['backtest', { kind: 'suppression', suppression, ...period }],
    ],
    ['GET', '/backtests/b1', undefined, schemas.backtest, ['status', 'b1']],
    ['POST', '/backtests/b1/cancel', undefined, schemas.backtest, ['cancel', 'b1']],
    ['GET', '/coverage', undefined, schemas.coverage, ['coverage']],
    ['GET', '/outputs', undefined, schemas.outputs, ['outputs']],
    ['POST', '/outputs/sec/test?dryRun=true', undefined, schemas.outputTest, ['test', 'sec', true]],
  ]
  for (const [method, path, body, schema, call] of rows)
    test(`${method} ${path}`, async () => {
      const { ask, calls } = start()
      const response = await ask(method, path, body)
      assert.equal(response.status, 200, await response.clone().text())
      schema.parse(await response.json())
      if (call !== undefined) assert.deepEqual(calls, [call])
    })
})

test('the filter of cases is read from the URL', async () => {
  const { ask, calls } = start()
  await ask('GET', '/cases?state=open,snoozed&severity=medium&namespace=shop&rule=r1&owner=-&name=alice&limit=5')
  const filter = {
    states: ['open', 'snoozed'],
    atLeast: 'medium',
    namespace: 'shop',
    rule: 'r1',
    owner: '',
    text: 'alice',
  }
  assert.deepEqual(calls[0]?.slice(0, 2), ['list', filter])
})

describe('what cannot be understood is refused, and nothing is done', () => {
  for (const [method, path, body, status] of [
    ['GET', '/cases?state=opened', undefined, 400],
    ['GET', '/cases?sate=open', undefined, 400],
    ['GET', '/cases/none', undefined, 404],
    ['POST', '/cases/c1/triage', { state: 'done' }, 400],
    ['POST', '/cases/c1/triage', { colour: 'red' }, 400],
    ['POST', '/cases/c1/triage', 'not json', 400],
    ['POST', '/cases/c1/merge', undefined, 400],
    ['POST', '/cases/c1/merge', { others: [], by: '' }, 400],
    ['POST', '/backtests', { kind: 'nothing', ...period }, 400],
    ['POST', '/selftests', { namespace: '../kube-system', by: '' }, 400],
    ['POST', '/selftests/s1/alerts', { sensor: 'audit', alerts: ['{}'] }, 400],
    ...[
      { ...selftestFired, seconds: -1 },
      { ...selftestFired, seconds: undefined },
      { ...selftestFired, seconds: 1e9 },
      { ...selftestFired, act: '<b>' },
      { ...selftestFailed, seconds: 1 },
      { ...selftestFailed, kind: 'never' },
      { ...selftestFailed, rule: 'r'.repeat(513) },
      { ...selftestFailed, why: 'w'.repeat(1001) },
      { ...selftestFailed, by: 'somebody else' },
    ].map((result) => ['POST', '/selftests/s1/results', { results: [result] }, 400] as const),
    ['POST', '/selftests/s1/results', { results: Array.from({ length: 1001 }, () => selftestFailed) }, 400],
    ['POST', '/selftests/s1/results', [selftestFailed], 400],
    ['PUT', '/saved-rules/mine', { text: 'x'.repeat(2_000_000), by: '' }, 400],
  ] as const)
    test(`${method} ${path} ${JSON.stringify(body)?.slice(0, 120) ?? 'without a body'}`, async () => {
      const { ask, calls } = start()
      const response = await ask(method, path, body)
      assert.equal(response.status, status)
      const { error } = (await response.json()) as { readonly error: { readonly code: string; readonly what: string } }
      assert.ok(error.code !== 'INTERNAL' && error.what !== '')
      assert.deepEqual(calls, [])
    })
})

describe('what a person gets wrong, or somebody else was faster with, is no fault of Bulwark', () => {
  for (const [code, status] of [
    ['RULES_INVALID', 400],
    ['SUPPRESSION_INVALID', 400],
    ['CASE_CONFLICT', 409],
    ['DESK_FAILED', 503],
  ] as const)
    test(`${code} is ${status}`, () => {
      const { status: told, body } = errorAnswerOf(new BulwarkError(code, { what: 'x', where: 'y', mend: 'z' }))
      assert.deepEqual([told, body.error.code, body.error.where, body.error.mend], [status, code, 'y', 'z'])
    })
})

/** Reads one chunk of a stream. */
const chunkOf = async (response: Response) => {
  const reader = response.body?.getReader()
  assert.ok(reader !== undefined)
  const read = async (): Promise<string> => new TextDecoder().decode((await reader.read()).value)
  return { read, cancel: () => reader.cancel() }
}

describe('coverage is a file where one is asked for', () => {
  test('of CSV, with a column for each source, and what the last self-test found', async () => {
    const { ask, calls } = start()
    const response = await ask('GET', '/coverage/export')
    assert.equal(response.headers.get('content-type'), 'text/csv; charset=utf-8')
    assert.match(
      response.headers.get('content-disposition') ?? '',
      /^attachment; filename="bulwark-coverage-[\dT-]+\.csv"$/,
    )
    const lines = [
      'rule,title,severity,origin,techniques,audit-webhook,runtime,why,selftest,selftestSeconds,selftestWhy,selftestAct,selftestAt,selftestBy,selftestOutdated',
      'r1,Secrets listed,high,bulwark,T1552.007 MS-TA9025,fires,,,fired,0.6,,list-secrets,2026-01-02T11:00:00.000000Z,alice,false',
      `r2,"'=cmd|""x""",low,user,,,cannot,"no runtime sensor, none at all",never,,,,,,`,
    ]
    assert.equal(await response.text(), lines.map((line) => `${line}\r\n`).join(''))
    assert.deepEqual(calls, [['coverage']])
  })

  test('of JSON Lines, as coverage tells it', async () => {
    const { ask } = start()
    const response = await ask('GET', '/coverage/export?format=jsonl')
    assert.equal(response.headers.get('content-type'), 'application/jsonl')
    const lines = (await response.text()).trimEnd().split('\n')
    const { rows } = schemas.coverage.parse(await (await ask('GET', '/coverage')).json())
    assert.deepEqual(
      lines.map((line) => JSON.parse(line)),
      rows,
    )
  })

  test('and of nothing else', async () => {
    const { ask } = start()
    assert.equal((await ask('GET', '/coverage/export?format=xls')).status, 400)
  })
})

test('the stream of cases tells the changes of a slow reader together', async () => {
  const { ask, tell, listeners } = start()
  const { read, cancel } = await chunkOf(await ask('GET', '/cases/stream'))
  assert.match(await read(), /^event: reload\ndata: {}\n\nevent: heartbeat\ndata: {"now":.*}\nid: p1\n\n$/)
  for (let n = 0; n < 1000; n++) tell({ ids: [`c${n % 3}`], news: n === 5 ? [{ id: 'c2', kind: 'opened' }] : [] })
  assert.equal(
    await read(),
    'event: changed\ndata: {"ids":["c0","c1","c2"],"news":[{"id":"c2","kind":"opened"}]}\nid: p1\n\n',
  )
  await cancel()
  assert.equal(listeners.size, 0)
})

test('who comes back to the stream of cases is told what changed meanwhile, or to ask for all again', async () => {
  const { ask } = start()
  for (const [lastId, first] of [
    ['p0', 'event: changed\ndata: {"ids":["c1"],"news":[]}\n\nevent: heartbeat'],
    ['of an earlier run', 'event: reload\ndata: {}\n\nevent: heartbeat'],
  ] as const) {
    const { read, cancel } = await chunkOf(await ask('GET', '/cases/stream', undefined, { 'last-event-id': lastId }))
    assert.equal((await read()).slice(0, first.length), first)
    await cancel()
  }
})

test('the stream of a back-test ends with it', async () => {
  const { ask } = start()
  const response = await ask('GET', '/backtests/b1/stream')
  const text = await response.text()
  assert.match(text, /event: status\ndata: {"id":"b1","state":"done"/)
})
