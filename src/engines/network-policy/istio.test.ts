import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import {
  externalEndpoint,
  type HttpRequest,
  judgeRequest,
  mtlsModeOf,
  peerAuthenticationsIn,
  readDefaults,
  readWorld,
} from './index.ts'
import { fitsPath } from './request-patterns.ts'

const pod = (name: string, labels: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: name.split('/')[0], name: name.split('/')[1], labels },
  spec: { serviceAccountName: name.split('/')[1], containers: [] },
  status: { podIP: '10.0.0.1' },
})
const namespace = (name: string, labels: JsonObject): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})
const cluster: readonly JsonObject[] = [
  namespace('shop', { 'istio-injection': 'enabled' }),
  pod('shop/web', { app: 'web' }),
  pod('shop/db', { app: 'db' }),
  pod('ops/cron'),
]
const object = (kind: string, name: string, spec: JsonValue, inside = 'shop', created = ''): JsonObject => ({
  apiVersion: 'security.istio.io/v1',
  kind,
  metadata: { name, namespace: inside, ...(created === '' ? {} : { creationTimestamp: created }) },
  spec,
})
const policy = (action: string, rules: JsonValue) =>
  object('AuthorizationPolicy', action.toLowerCase(), { action, rules })

const get: HttpRequest = { method: 'GET', host: 'db.shop', path: '/items/1?all', headers: { 'x-team': 'a' } }

const verdict = (policies: readonly JsonObject[], http: HttpRequest | undefined, from = 'shop/web', port = 80) => {
  const world = readWorld([...cluster, ...policies])
  const end = (name: string) => world.pods.find((one) => one.name === name) ?? externalEndpoint(name)
  const [source, destination] = [end(from), end('shop/db')]
  if (source === undefined || destination === undefined) assert.fail('no such endpoint')
  return judgeRequest(world.gates, source, destination, { port, sni: '', http }, world.namespaceLabels)
}

test('a request is allowed or denied by what it is', () => {
  const allow = policy('ALLOW', [
    {
      from: [{ source: { principals: ['cluster.local/ns/shop/sa/web'] } }],
      to: [{ operation: { methods: ['GET'], paths: ['/items/{*}'], hosts: ['DB.*'] } }],
      when: [{ key: 'request.headers[X-Team]', values: ['a', 'b'] }],
    },
  ])
  assert.equal(verdict([allow], get).verdict, 'allowed')
  assert.equal(verdict([allow], { ...get, method: 'POST' }).verdict, 'denied')
  assert.equal(verdict([allow], { ...get, path: '/items/1/2' }).verdict, 'denied')
  assert.equal(verdict([allow], { ...get, host: 'cache.shop' }).verdict, 'denied')
  assert.equal(verdict([allow], { ...get, headers: {} }).verdict, 'denied')
  assert.equal(verdict([allow], get, 'ops/cron').verdict, 'denied')
})

test('a token is asked for its issuer, subject and claims', () => {
  const claims = { iss: 'https://id.example', sub: 'ann', groups: ['dev', 'ops'], aud: 'shop' }
  const rule = (source: JsonObject, when: readonly JsonObject[] = []) =>
    policy('ALLOW', [{ from: [{ source }], when: [...when] }])
  const ann = rule({ requestPrincipals: ['https://id.example/*'] }, [
    { key: 'request.auth.claims[groups]', values: ['ops'] },
    { key: 'request.auth.audiences', values: ['shop'] },
  ])
  assert.equal(verdict([ann], { ...get, claims }).verdict, 'allowed')
  assert.equal(verdict([ann], { ...get, claims: { ...claims, groups: ['dev'] } }).verdict, 'denied')
  assert.equal(verdict([ann], { ...get, claims: { ...claims, iss: 'https://evil.example' } }).verdict, 'denied')
  assert.equal(verdict([ann], get).verdict, 'denied')
  assert.equal(
    verdict([policy('DENY', [{ from: [{ source: { notRequestPrincipals: ['*'] } }] }])], get).verdict,
    'denied',
  )
})

test('on plain TCP a rule about HTTP never allows, and denies without regard to it', () => {
  const rules = [{ to: [{ operation: { methods: ['DELETE'], ports: ['80'] } }] }]
  assert.equal(verdict([policy('ALLOW', rules)], undefined).verdict, 'denied')
  assert.equal(verdict([policy('DENY', rules)], undefined).verdict, 'denied')
  assert.equal(verdict([policy('DENY', rules)], get).verdict, 'allowed')
  assert.equal(verdict([policy('DENY', rules)], undefined, 'shop/web', 81).verdict, 'allowed')
})

test('what an external provider is asked about is unknown, and what it depends on is told', () => {
  const custom = policy('CUSTOM', [{ to: [{ operation: { paths: ['/admin/*'] } }] }])
  assert.equal(verdict([custom], get).verdict, 'allowed')
  const { verdict: is, decisions } = verdict([custom], { ...get, path: '/admin/x' })
  assert.equal(is, 'unknown')
  assert.deepEqual(decisions.find(({ certain }) => !certain)?.unknown, [
    'it depends on what the external provider answers',
  ])
})

test('templates of paths take time in proportion to both lengths, whatever is written', () => {
  const template = `${'/{**}'.repeat(300)}/end`
  assert.equal(fitsPath(template, `${'/a'.repeat(3000)}/end`), true)
  assert.equal(fitsPath(template, `${'/a'.repeat(3000)}/enx`), false)
  assert.equal(fitsPath('/a/{*}', '/a/'), false)
  assert.equal(fitsPath('/{**}/c', '/a/b/c'), true)
})

test('each allowed request stays allowed when an ALLOW rule is added to those that are there', () => {
  const field = fc.record(
    {
      methods: fc.array(fc.constantFrom('GET', 'P*', '*'), { maxLength: 2 }),
      notPaths: fc.array(fc.constantFrom('/a', '/b*', '/{*}/c'), { maxLength: 2 }),
      hosts: fc.array(fc.constantFrom('db.*', '*.shop'), { maxLength: 2 }),
    },
    { requiredKeys: [] },
  )
  const rule = fc.record({
    to: fc.array(
      field.map((operation) => ({ operation })),
      { maxLength: 2 },
    ),
  })
  const request = fc.record({
    method: fc.constantFrom('GET', 'POST', 'PUT'),
    host: fc.constantFrom('db.shop', 'x.shop', 'y'),
    path: fc.constantFrom('/a', '/bc', '/x/c'),
    headers: fc.constant({}),
  })
  fc.assert(
    fc.property(fc.array(rule, { minLength: 1, maxLength: 3 }), rule, request, (rules, more, http) => {
      const [before, after] = [rules, [more, ...rules]].map((all) => verdict([policy('ALLOW', all)], http).verdict)
      if (before === 'allowed') assert.equal(after, 'allowed')
    }),
    { numRuns: 200 },
  )
})

test('the mode of mTLS is that of the narrowest that says one, port by port, the oldest among equals', () => {
  const selector = { matchLabels: { app: 'db' } }
  const objects = [
    ...cluster,
    object('PeerAuthentication', 'mesh', { mtls: { mode: 'STRICT' } }, 'istio-system'),
    object('PeerAuthentication', 'ignored', { selector, mtls: { mode: 'DISABLE' } }, 'istio-system'),
    object('PeerAuthentication', 'younger', { selector, mtls: { mode: 'DISABLE' } }, 'shop', '2026-01-02T00:00:00Z'),
    object(
      'PeerAuthentication',
      'older',
      { selector, portLevelMtls: { 80: { mode: 'PERMISSIVE' }, 81: { mode: 'UNSET' } } },
      'shop',
      '2026-01-01T00:00:00Z',
    ),
  ]
  const world = readWorld(objects)
  const all = peerAuthenticationsIn(objects, readDefaults)
  const mode = (name: string, port: number) => {
    const found = world.pods.find((one) => one.name === name)
    const of = found && mtlsModeOf(all, found, port, world.namespaceLabels)
    return of && [of.mode, of.by?.name]
  }
  assert.deepEqual(mode('shop/db', 80), ['PERMISSIVE', 'older'])
  assert.deepEqual(mode('shop/db', 81), ['STRICT', 'mesh'])
  assert.deepEqual(mode('shop/web', 80), ['STRICT', 'mesh'])
  assert.equal(mode('ops/cron', 80), undefined)
  const plain = (port: number) => verdict(objects.slice(cluster.length), undefined, 'ops/cron', port).verdict
  assert.deepEqual([plain(80), plain(81)], ['allowed', 'denied'])
  assert.deepEqual(
    world.problems.map(({ ref, path, what }) => `${ref.name} ${path} ${what}`),
    ['ignored spec.selector has no effect in the root namespace'],
  )
})
