import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { z } from '@hono/zod-openapi'
import { BulwarkError } from '../../model/error.ts'
import type { ObjectVersion } from '../../model/object.ts'
import { formatMicros } from '../../model/time.ts'
import { createMoments } from '../../posture/moments.ts'
import { Posture } from '../../posture/posture.ts'
import { ClusterState } from '../../state/cluster-state.ts'
import { sampleObject } from '../../state/fixture.ts'
import { createApi } from '../api.ts'
import { createAuth } from '../auth/auth.ts'
import * as answers from '../contract/schemas/answers.ts'
import * as posture from '../contract/schemas/posture.ts'
import * as record from '../contract/schemas/record.ts'
import { type FixtureContent, fixtureNow, fixtureServices, sampleEvent } from '../fixture.ts'

const podSpec = { containers: [{ name: 'web', securityContext: { privileged: true } }] }
const web = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  namespace: 'shop',
  name: 'web',
  rest: { spec: { template: { spec: podSpec } } },
}
const hostile = `<img src=x onerror=alert(1)>"'\u202e=cmd|' /C calc'!A0`

const liveObjects: readonly ObjectVersion[] = [
  sampleObject({ kind: 'Namespace', name: 'shop', time: fixtureNow - 100e6 }),
  sampleObject({ ...web, time: fixtureNow - 90e6 }),
  sampleObject({
    kind: 'Pod',
    namespace: 'shop',
    name: 'web-1',
    time: fixtureNow - 80e6,
    owner: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
    rest: { spec: podSpec, status: { phase: 'Running' } },
  }),
  sampleObject({ kind: 'Node', name: 'web-node' }),
  sampleObject({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRole', name: 'system:web' }),
]
const before: readonly ObjectVersion[] = [
  sampleObject({ kind: 'Namespace', name: 'shop' }),
  sampleObject({ kind: 'Secret', namespace: 'shop', name: 'old' }),
]
const versions: readonly ObjectVersion[] = [
  sampleObject({
    kind: 'ConfigMap',
    namespace: 'shop',
    name: 'gone',
    time: fixtureNow - 50e6,
    rest: { data: { a: '1' } },
  }),
  sampleObject({
    kind: 'ConfigMap',
    namespace: 'shop',
    name: 'gone',
    time: fixtureNow - 40e6,
    resourceVersion: '2',
    change: 'deleted',
    rest: { data: { a: '2' } },
  }),
]

const request = (content: Partial<FixtureContent> = {}) => {
  const state = new ClusterState()
  for (const object of liveObjects) state.apply(object)
  const clusterAt = createMoments({
    live: new Posture(state),
    now: () => fixtureNow,
    kinds: () => [
      {
        group: '',
        version: 'v1',
        kind: 'Secret',
        resource: 'secrets',
        namespaced: true,
        seen: false,
        count: 0,
        why: 'off',
      },
    ],
    stateAt: async function* () {
      yield* before
    },
  })
  const events = [sampleEvent('e1'), sampleEvent('e2', { verb: 'get', user: hostile }), sampleEvent('e3')]
  const services = fixtureServices({ events, versions, clusterAt, ...content })
  const auth = createAuth({
    token: 'the-token-of-this-test',
    loopback: true,
    https: false,
    hosts: [],
    linkCommand: 'npx bulwark link',
    now: () => 0,
  })
  const api = createApi({ services, auth, webDir: '/nowhere' })
  const ask = async (path: string, method = 'GET'): Promise<Response> =>
    api.request(`http://localhost:7300${path}`, { method, headers: { authorization: 'Bearer the-token-of-this-test' } })
  return { ask, services, json: async (path: string): Promise<unknown> => (await ask(path)).json() }
}

const at = `at=${encodeURIComponent(formatMicros(fixtureNow - 3600e6))}`
const range = `from=${encodeURIComponent(formatMicros(fixtureNow - 3600e6))}&to=${encodeURIComponent(formatMicros(fixtureNow))}`

const every: readonly (readonly [string, z.ZodType])[] = [
  ['GET /status', answers.status],
  ['GET /overview', answers.overview],
  [`GET /overview?${at}`, answers.overview],
  ['GET /sources', answers.sources],
  ['POST /sources/cluster/test', answers.sourceTest],
  [`GET /events?q=verb:delete&${range}&limit=1`, record.eventPage],
  ['GET /events/e1', record.eventDetail],
  ['GET /events/histogram?split=verb&buckets=10', record.histogram],
  ['GET /events/facets?fields=verb,namespace', record.facets],
  [`GET /events/unusual?field=namespace&step=1800&${range}`, record.unusualVolume],
  ['GET /events/unusual', record.unusualVolume],
  ['GET /events/values?field=user&prefix=al', record.values],
  ['GET /timeline?buckets=3', record.timeline],
  ['GET /namespaces', answers.statePage('Any', posture.namespacePosture)],
  ['GET /workloads?severity=high', answers.statePage('Any', posture.workloadRow)],
  ['GET /workloads/apps/Deployment/shop/web', posture.workloadPosture],
  ['GET /findings?namespace=shop', answers.statePage('Any', posture.finding)],
  ['GET /kinds', answers.kinds],
  ['GET /objects?kind=Pod', answers.statePage('Any', answers.objectRow)],
  ['GET /objects/-/Pod/shop/web-1', answers.objectDetail],
  [`GET /objects/-/Secret/shop/old?${at}`, answers.objectDetail],
  ['GET /objects/-/ConfigMap/shop/gone', answers.objectDetail],
  ['GET /objects/-/ConfigMap/shop/gone/versions', record.objectVersionPage],
  ['GET /versions/v0', record.objectVersionDetail],
  ['GET /changes', record.objectVersionPage],
]
for (const [route, schema] of every) {
  test(`${route.replace(/at=[^&]*/, 'at=…').replace(/from=.*?(&limit|$)/, '…$1')} answers as the contract says`, async () => {
    const [method, path] = route.split(' ')
    const response = await request().ask(`/api/v1${path}`, method)
    const body: unknown = await response.json()
    assert.equal(response.status, 200, JSON.stringify(body))
    assert.equal(response.headers.get('content-type'), 'application/json')
    // The schema drops what it does not know: what is left is all there is.
    assert.deepEqual(schema.parse(body), body)
  })
}

test('status tells what is watched and sums it up', async () => {
  assert.deepEqual(await request().json('/api/v1/status'), {
    version: '0.1.0',
    mode: 'live',
    cluster: 'shop',
    now: '2026-01-02T12:00:00.000000Z',
    startedAt: '2026-01-02T11:00:00.000000Z',
    record: {
      from: '2026-01-02T11:00:00.000000Z',
      to: '2026-01-02T12:00:00.000000Z',
      events: 3,
      objectVersions: 2,
      bytesOnDisk: 1,
    },
    store: { kind: 'embedded', state: 'ready', message: '', restarts: 0, version: '26.7' },
    counts: {
      namespaces: 1,
      workloads: 1,
      pods: 1,
      findings: { info: 0, low: 2, medium: 2, high: 0, critical: 1 },
      levels: { privileged: 1, baseline: 0, restricted: 0 },
    },
    sources: { total: 1, working: 1 },
  })
})

test('status and overview answer while the store is away, and say so', async () => {
  const down = async (): Promise<never> => {
    throw new BulwarkError('STORE_UNAVAILABLE', { what: 'the store is starting', mend: 'Wait' })
  }
  const health = { kind: 'embedded', state: 'opening', message: 'opening', restarts: 0, version: '' } as const
  const { json } = request({
    record: { health: () => health, recordWindow: down, changesIn: down, gapsIn: down },
  })
  const status = answers.status.parse(await json('/api/v1/status'))
  assert.deepEqual([status.store, status.record], [health, undefined])
  const overview = answers.overview.parse(await json('/api/v1/overview'))
  assert.deepEqual([overview.changes, overview.changesMissing], [[], 'the store is starting. Wait'])
  assert.equal(overview.namespaces.length, 1)
})

const names = async (path: string): Promise<readonly string[]> => {
  const page = answers.statePage('Any', answers.objectRow).parse(await request().json(path))
  return page.items.map(({ ref }) => `${ref.kind} ${ref.name}`)
}

test('finds objects by a part of the name, the closest first', async () => {
  assert.deepEqual(await names('/api/v1/objects?name=web'), [
    'Deployment web',
    'Pod web-1',
    'Node web-node',
    'ClusterRole system:web',
  ])
})

test('a dash in the URL is an empty text: the core group, no namespace', async () => {
  assert.deepEqual(await names('/api/v1/objects?group=-&namespace=-'), ['Namespace shop', 'Node web-node'])
  const path = '/api/v1/objects/rbac.authorization.k8s.io/ClusterRole/-/system%3Aweb'
  assert.equal(answers.objectDetail.parse(await request().json(path)).object.ref.name, 'system:web')
})

test('pages over the state go on after the last item, and refuse a cursor of something else', async () => {
  const { json, ask } = request()
  const schema = answers.statePage('Any', answers.objectRow)
  const seen: string[] = []
  let cursor = ''
  for (let pages = 0; pages < 10; pages++) {
    const page = schema.parse(await json(`/api/v1/objects?limit=2${cursor}`))
    assert.equal(page.total, 5)
    seen.push(...page.items.map(({ ref }) => ref.name))
    if (page.nextCursor === undefined) break
    cursor = `&cursor=${page.nextCursor}`
  }
  assert.deepEqual(seen, ['shop', 'system:web', 'web', 'web-1', 'web-node'])
  assert.equal((await ask('/api/v1/objects?cursor=nonsense')).status, 400)
})

test('an object tells its owners, what it owns, its workload and the findings', async () => {
  const detail = answers.objectDetail.parse(await request().json('/api/v1/objects/-/Pod/shop/web-1'))
  const workload = { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'web' }
  assert.deepEqual(
    [detail.deleted, detail.owners.map(({ name }) => name), detail.owned, detail.workload, detail.findings.length],
    [false, ['web'], [], workload, 5],
  )
})

test('an object that is gone is shown as it was last, at the moment that is asked for', async () => {
  const { json, ask } = request()
  const now = answers.objectDetail.parse(await json('/api/v1/objects/-/ConfigMap/shop/gone'))
  assert.deepEqual([now.deleted, now.object.resourceVersion], [true, '2'])
  const earlier = encodeURIComponent(formatMicros(fixtureNow - 45e6))
  const then = answers.objectDetail.parse(await json(`/api/v1/objects/-/ConfigMap/shop/gone?at=${earlier}`))
  assert.equal(then.object.resourceVersion, '1')
  const never = await ask(
    `/api/v1/objects/-/ConfigMap/shop/gone?at=${encodeURIComponent(formatMicros(fixtureNow - 60e6))}`,
  )
  assert.deepEqual(
    [never.status, await never.json()],
    [404, { error: { code: 'NOT_FOUND', what: 'the record has no ConfigMap shop/gone at or before that moment' } }],
  )
})

test('a past moment shows the state and posture of then', async () => {
  assert.deepEqual(await names(`/api/v1/objects?${at}`), ['Secret old', 'Namespace shop'])
  const { json } = request()
  const page = answers.statePage('Any', posture.workloadRow).parse(await json(`/api/v1/workloads?${at}`))
  assert.deepEqual([page.at, page.total], ['2026-01-02T11:00:00.000000Z', 0])
})

test('a moment that lies ahead is now', async () => {
  const page = answers.kinds.parse(await request().json('/api/v1/kinds?at=2099-01-01T00:00:00Z'))
  assert.equal(page.at, '2026-01-02T12:00:00.000000Z')
})

test('kinds that cannot be seen are told with the reason, never as empty', async () => {
  const { items } = answers.kinds.parse(await request().json('/api/v1/kinds'))
  assert.deepEqual(
    items.map(({ kind, seen, count, why }) => [kind, seen, count, why]),
    [
      ['Namespace', true, 1, ''],
      ['Node', true, 1, ''],
      ['Pod', true, 1, ''],
      ['Secret', false, 0, 'off'],
      ['Deployment', true, 1, ''],
      ['ClusterRole', true, 1, ''],
    ],
  )
})

const faults: readonly (readonly [string, number, object])[] = [
  ['/api/v1/events?q=verb:(', 400, { code: 'QUERY_SYNTAX' }],
  [
    '/api/v1/events?limit=1001',
    400,
    {
      code: 'REQUEST_INVALID',
      what: 'a parameter cannot be used: is not a whole number from 1 to 1000',
      where: 'parameter "limit"',
      mend: 'GET /api/v1/openapi.json describes every parameter',
    },
  ],
  ['/api/v1/events?from=yesterday', 400, { code: 'REQUEST_INVALID', where: 'parameter "from"' }],
  ['/api/v1/events?frm=2026-01-01T00:00:00Z', 400, { code: 'REQUEST_INVALID' }],
  [
    '/api/v1/events?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z',
    400,
    { code: 'REQUEST_INVALID', what: 'the range ends before it begins', where: 'parameter "to"' },
  ],
  ['/api/v1/events/values', 400, { code: 'REQUEST_INVALID', where: 'parameter "field"' }],
  ['/api/v1/events/values?field=password', 400, { code: 'REQUEST_INVALID', what: 'there is no field "password"' }],
  ['/api/v1/events/facets?fields=a', 400, { code: 'REQUEST_INVALID', what: 'there is no field "a"' }],
  ['/api/v1/events/unusual?field=a', 400, { code: 'REQUEST_INVALID', what: 'there is no field "a"' }],
  [
    '/api/v1/events/unusual?step=7000',
    400,
    {
      code: 'REQUEST_INVALID',
      what: 'a parameter cannot be used: is not one of 300, 600, 900, 1800, 3600, 7200, 10800, 14400, 21600',
      where: 'parameter "step"',
    },
  ],
  ['/api/v1/events/none', 404, { code: 'NOT_FOUND', what: 'no record has the id "none"' }],
  ['/api/v1/versions/none', 404, { code: 'NOT_FOUND' }],
  ['/api/v1/workloads/apps/Deployment/shop/none', 404, { code: 'NOT_FOUND' }],
  ['/api/v1/nothing', 404, { code: 'NOT_FOUND', what: 'there is nothing at GET /api/v1/nothing' }],
]
for (const [path, status, expected] of faults) {
  test(`${path} is refused with ${status}`, async () => {
    const response = await request().ask(path)
    const { error } = answers.errorAnswer.parse(await response.json())
    const told = Object.fromEntries(Object.entries(error).filter(([key]) => Object.hasOwn(expected, key)))
    assert.deepEqual([response.status, told], [status, expected])
  })
}

test('a fault in a query text says which characters', async () => {
  const { error } = answers.errorAnswer.parse(await request().json('/api/v1/events?q=verb:get%20AND'))
  assert.equal(error.code, 'QUERY_SYNTAX')
  assert.ok(error.position && error.position.from >= 0 && error.position.to <= 'verb:get AND'.length)
})

test('a source that is not there cannot be tested', async () => {
  assert.equal((await request().ask('/api/v1/sources/none/test', 'POST')).status, 404)
})

test('a fault of ours is reported, and tells a client nothing of the inside', async () => {
  const inside = new Error('secret detail')
  const { ask, services } = request({
    record: {
      searchEvents: async () => {
        throw inside
      },
    },
  })
  const response = await ask('/api/v1/events')
  assert.equal(response.status, 500)
  assert.ok(!(await response.text()).includes('secret detail'))
  assert.deepEqual(services.reported, [inside])
})

test('a store that is away is told with 503 and when to try again', async () => {
  const { ask } = request({
    record: {
      searchEvents: async () => {
        throw new BulwarkError('STORE_UNAVAILABLE', { what: 'the store is starting' })
      },
    },
  })
  const response = await ask('/api/v1/events')
  assert.deepEqual([response.status, response.headers.get('retry-after')], [503, '2'])
})

test('a hostile name comes back as JSON text, never as a page', async () => {
  const response = await request().ask('/api/v1/events/e2')
  assert.equal(response.headers.get('content-type'), 'application/json')
  assert.equal(response.headers.get('x-content-type-options'), 'nosniff')
  assert.equal(record.eventDetail.parse(await response.json()).row.user, hostile)
  const echoed = await request().ask(`/api/v1/events/${encodeURIComponent(hostile)}`)
  assert.deepEqual([echoed.status, echoed.headers.get('content-type')], [404, 'application/json'])
})

test('exports all that matches as CSV, with formulas made harmless', async () => {
  const response = await request().ask('/api/v1/events/export?format=csv')
  assert.deepEqual(
    [
      response.headers.get('content-type'),
      response.headers.get('content-disposition'),
      response.headers.get('bulwark-total'),
    ],
    ['text/csv; charset=utf-8', 'attachment; filename="bulwark-events-2026-01-02T120000.csv"', '3'],
  )
  const [head, ...lines] = (await response.text()).trimEnd().split('\r\n')
  assert.equal(head?.split(',')[0], 'time')
  assert.equal(lines.length, 3)
  assert.ok(lines.some((line) => line.includes(hostile.replaceAll('"', '""'))))
})

test('exports page by page as JSON lines up to the limit', async () => {
  const limits: number[] = []
  const { ask } = request({
    record: {
      searchEvents: async (_filter, { limit, cursor = '0' }) => {
        limits.push(limit)
        const start = Number(cursor)
        const items = Array.from({ length: limit }, (_, index) => sampleEvent(String(start + index)))
        return {
          items,
          nextCursor: String(start + limit),
          searched: { rows: 0, elapsedMillis: 0, partial: false, gaps: [] },
        }
      },
    },
  })
  const text = await (await ask('/api/v1/events/export?format=jsonl&limit=2500')).text()
  assert.deepEqual(limits, [1000, 1000, 500])
  assert.equal(text.trimEnd().split('\n').length, 2500)
})
