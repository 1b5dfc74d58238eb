import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import { createReachability, externalEndpoint, formatTraffic, judge, type ReadOptions, readWorld } from './index.ts'
import { removeTraffic } from './traffic.ts'

const namespace = (name: string, annotations: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, annotations },
})
const pod = (name: string, annotations: JsonObject = {}, ip?: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    namespace: name.split('/')[0],
    name: name.split('/')[1],
    labels: { app: name.split('/')[1] },
    annotations,
  },
  spec: {
    serviceAccountName: name.split('/')[1],
    containers: [{ ports: [{ name: 'web', containerPort: 8080 }] }],
  },
  status: ip === undefined ? {} : { podIP: ip },
})
const policy = (kind: string, name: string, spec: JsonValue, more: JsonObject = {}, inside = 'shop'): JsonObject => ({
  apiVersion: `policy.linkerd.io/${{ Server: 'v1beta3', ServerAuthorization: 'v1beta1' }[kind] ?? 'v1alpha1'}`,
  kind,
  metadata: { name, namespace: inside, ...more },
  spec,
})

const meshed = { 'linkerd.io/inject': 'enabled' }
const cluster: readonly JsonObject[] = [
  namespace('shop', meshed),
  pod('shop/db', {}, '10.0.0.1'),
  pod('shop/web', {}, '10.0.0.2'),
  pod('shop/old', { 'linkerd.io/inject': 'disabled' }, '10.0.0.3'),
  pod('ops/cron', {}, '10.0.0.4'),
  pod('ops/agent', meshed, '10.0.0.5'),
]

const allowed = (
  objects: readonly JsonObject[],
  from: string,
  to: string,
  options: Partial<ReadOptions> = {},
): string => {
  const world = readWorld(objects, options)
  const end = (name: string) => world.pods.find((one) => one.name === name) ?? externalEndpoint(name)
  const [source, destination] = [end(from), end(to)]
  if (source === undefined || destination === undefined) assert.fail('no such endpoint')
  const { allowed: surely, possible } = judge(world.gates, source, destination, world.namespaceLabels)
  const maybe = formatTraffic(removeTraffic(possible, surely))
  return maybe === 'none' ? formatTraffic(surely) : `${formatTraffic(surely)}, maybe ${maybe}`
}

const rest = 'UDP all; SCTP all; other protocols'
const server = (more: JsonObject = {}, name = 'db', head: JsonObject = {}) =>
  policy('Server', name, { podSelector: { matchLabels: { app: 'db' } }, port: 'web', ...more }, head)
const authorization = (target: JsonObject, ...refs: readonly JsonObject[]) =>
  policy('AuthorizationPolicy', 'a', {
    targetRef: { group: 'policy.linkerd.io', ...target },
    requiredAuthenticationRefs: refs,
  })
const toServer = { kind: 'Server', name: 'db' }
const account = (name: string, inside?: string): JsonObject => ({
  kind: 'ServiceAccount',
  name,
  ...(inside === undefined ? {} : { namespace: inside }),
})

test('the default policy of a pod stands in its annotation, else in that of its namespace, else it is that of the cluster', () => {
  const withDefault = (value: string, from: string) =>
    allowed([...cluster, pod('shop/to', { 'config.linkerd.io/default-inbound-policy': value })], from, 'shop/to')
  const froms = ['shop/web', 'ops/agent', 'ops/cron', '10.1.1.1', '203.0.113.9']
  const cases: Readonly<Record<string, readonly string[]>> = {
    'all-unauthenticated': ['all', 'all', 'all', 'all', 'all'],
    audit: ['all', 'all', 'all', 'all', 'all'],
    'all-authenticated': ['all', 'all', rest, rest, rest],
    'cluster-unauthenticated': ['all', 'all', 'all', 'all', rest],
    'cluster-authenticated': ['all', 'all', rest, rest, rest],
    deny: [rest, rest, rest, rest, rest],
    'not a policy': ['all', 'all', 'all', 'all', 'all'],
  }
  for (const [value, expected] of Object.entries(cases)) {
    assert.deepEqual(
      froms.map((from) => withDefault(value, from)),
      expected,
      value,
    )
  }
  const denying = namespace('ops', { ...meshed, 'config.linkerd.io/default-inbound-policy': 'deny' })
  assert.equal(allowed([...cluster, denying], 'shop/web', 'ops/cron'), rest)
  const installed = { namespace: 'linkerd', trustDomain: 'cluster.local', clusterNetworks: [] }
  const linkerd = { ...installed, defaultInboundPolicy: 'deny' }
  assert.equal(allowed(cluster, 'shop/web', 'shop/db', { linkerd }), rest)
  assert.equal(allowed(cluster, 'shop/web', 'shop/old', { linkerd }), 'all', 'a pod without a proxy has no policy')
})

test('ports that skip the proxy are open, and those that require an identity ask for one', () => {
  const skipping = (annotations: JsonObject) => [
    ...cluster,
    pod('shop/to', { 'config.linkerd.io/default-inbound-policy': 'deny', ...annotations }),
  ]
  const skip = { 'config.linkerd.io/skip-inbound-ports': '25, 3306,8000-8002,x,70000' }
  assert.equal(allowed(skipping(skip), 'ops/cron', 'shop/to'), `TCP 25,3306,8000-8002; ${rest}`)
  const required = {
    'config.linkerd.io/default-inbound-policy': 'all-unauthenticated',
    'config.linkerd.io/proxy-require-identity-inbound-ports': '90',
  }
  assert.equal(allowed(skipping(required), 'ops/cron', 'shop/to'), `TCP 1-89,91-65535; ${rest}`)
  assert.equal(allowed(skipping(required), 'shop/web', 'shop/to'), 'all')
})

test('a Server closes its port, and its accessPolicy opens it', () => {
  const others = `TCP 1-8079,8081-65535; ${rest}`
  assert.equal(allowed([...cluster, server()], 'shop/web', 'shop/db'), others)
  assert.equal(allowed([...cluster, server({ port: 8080 })], 'shop/web', 'shop/db'), others)
  assert.equal(allowed([...cluster, server({ port: 'other' })], 'shop/web', 'shop/db'), 'all')
  assert.equal(allowed([...cluster, server({ accessPolicy: 'all-authenticated' })], 'shop/web', 'shop/db'), 'all')
  assert.equal(allowed([...cluster, server({ accessPolicy: 'all-authenticated' })], 'ops/cron', 'shop/db'), others)
  assert.equal(allowed([...cluster, server({ accessPolicy: 'audit' })], 'ops/cron', 'shop/db'), 'all')
  assert.equal(
    allowed([...cluster, server({ accessPolicy: 'open' })], 'ops/cron', 'shop/db'),
    `${others}, maybe TCP 8080`,
  )
})

test('an AuthorizationPolicy asks for all that it requires, and several let in what one of them does', () => {
  const nets = policy('NetworkAuthentication', 'n', {
    networks: [{ cidr: '10.0.0.0/8', except: ['10.0.0.2/32', '10.9.0.0/16'] }],
  })
  const mesh = (spec: JsonObject) => policy('MeshTLSAuthentication', 'm', spec)
  const byMesh = { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'm' }
  const byNet = { group: 'policy.linkerd.io', kind: 'NetworkAuthentication', name: 'n' }
  const open = (froms: readonly string[], ...objects: readonly JsonObject[]) =>
    froms.map((from) => allowed([...cluster, server(), ...objects], from, 'shop/db') === 'all')
  const froms = ['shop/web', 'ops/agent', 'ops/cron', '10.7.7.7', '203.0.113.9']
  assert.deepEqual(open(froms, authorization(toServer, account('web'))), [true, false, false, false, false])
  assert.deepEqual(open(froms, authorization(toServer, account('agent', 'ops'))), [false, true, false, false, false])
  assert.deepEqual(open(froms, authorization(toServer)), [true, true, true, true, true])
  assert.deepEqual(open(froms, authorization({ group: '', kind: 'Namespace', name: 'shop' }, account('web'))), [
    ...[true, false, false, false, false],
  ])
  assert.deepEqual(open(froms, nets, authorization(toServer, byNet)), [false, true, true, true, false])
  const everybody = mesh({ identities: ['*'] })
  assert.deepEqual(open(froms, everybody, authorization(toServer, byMesh)), [true, true, false, false, false])
  assert.deepEqual(open(froms, everybody, nets, authorization(toServer, byMesh, byNet)), [
    ...[false, true, false, false, false],
  ])
  const suffix = mesh({ identities: ['*.ops.serviceaccount.identity.linkerd.cluster.local'] })
  assert.deepEqual(open(froms, suffix, authorization(toServer, byMesh)), [false, true, false, false, false])
  const exact = mesh({ identities: ['web.shop.serviceaccount.identity.linkerd.cluster.local', 'web*'] })
  assert.deepEqual(open(froms, exact, authorization(toServer, byMesh)), [true, false, false, false, false])
  const inNamespace = mesh({ identityRefs: [{ kind: 'Namespace', name: 'ops' }] })
  assert.deepEqual(open(froms, inNamespace, authorization(toServer, byMesh)), [false, true, false, false, false])
  const both = [authorization(toServer, account('web')), { ...authorization(toServer, account('agent', 'ops')) }]
  assert.deepEqual(open(froms, ...both), [true, true, false, false, false])
})

test('a policy that refers to what is not there lets nobody in, and says so', () => {
  const objects = [
    ...cluster,
    server(),
    authorization(toServer, { group: 'policy.linkerd.io', kind: 'MeshTLSAuthentication', name: 'gone' }),
  ]
  assert.equal(allowed(objects, 'shop/web', 'shop/db'), `TCP 1-8079,8081-65535; ${rest}`)
  assert.deepEqual(readWorld(objects).problems, [
    {
      ref: { kind: 'AuthorizationPolicy', namespace: 'shop', name: 'a' },
      path: 'spec.requiredAuthenticationRefs[0]',
      what: 'refers to shop/gone, which is not there, so the policy lets nobody in',
    },
  ])
})

test('a ServerAuthorization chooses Servers by name or label, and clients by identity, network or none', () => {
  const labelled = server({}, 'db', { labels: { part: 'store' } })
  const grant = (spec: JsonObject) => policy('ServerAuthorization', 's', spec)
  const is = (from: string, spec: JsonObject) => allowed([...cluster, labelled, grant(spec)], from, 'shop/db')
  const closed = `TCP 1-8079,8081-65535; ${rest}`
  const named = { server: { name: 'db' } }
  const chosen = { server: { selector: { matchLabels: { part: 'store' } } } }
  assert.equal(is('ops/cron', { ...named, client: { unauthenticated: true } }), 'all')
  assert.equal(is('ops/cron', { ...chosen, client: { unauthenticated: true } }), 'all')
  assert.equal(is('ops/cron', { server: { name: 'other' }, client: { unauthenticated: true } }), closed)
  const lan = [{ cidr: '10.0.0.4/32' }]
  assert.equal(is('ops/cron', { ...named, client: { unauthenticated: true, networks: lan } }), 'all')
  assert.equal(is('shop/web', { ...named, client: { unauthenticated: true, networks: lan } }), closed)
  const tls = (meshTLS: JsonObject) => ({ ...named, client: { meshTLS } })
  assert.equal(is('shop/web', tls({ serviceAccounts: [{ name: 'web' }] })), 'all')
  assert.equal(is('ops/agent', tls({ serviceAccounts: [{ name: 'agent', namespace: 'ops' }] })), 'all')
  assert.equal(is('ops/agent', tls({ serviceAccounts: [{ name: 'agent' }] })), closed)
  assert.equal(is('ops/agent', tls({ identities: ['*'] })), 'all')
  assert.equal(is('ops/cron', tls({ unauthenticatedTLS: true })), `${closed}, maybe TCP 8080`)
  assert.equal(is('shop/web', { ...named, client: {} }), closed)
})

test('of two Servers on one port the older decides, and the other is told', () => {
  const head = (day: number) => ({ creationTimestamp: `2026-01-0${day}T00:00:00Z` })
  const open = server({ accessPolicy: 'all-unauthenticated' }, 'open', head(2))
  const shut = server({ port: 8080 }, 'shut', head(1))
  assert.equal(allowed([...cluster, open, shut], 'shop/web', 'shop/db'), `TCP 1-8079,8081-65535; ${rest}`)
  assert.deepEqual(readWorld([...cluster, open, shut]).problems, [
    {
      ref: { kind: 'Server', namespace: 'shop', name: 'open' },
      path: 'spec.port',
      what: 'is about TCP 8080 of pod shop/db, as the older Server shut is, which decides',
    },
  ])
})

test('a route leaves it to the request, unless it takes them all', () => {
  const route = (rules: JsonValue) =>
    policy('HTTPRoute', 'r', { parentRefs: [{ group: 'policy.linkerd.io', kind: 'Server', name: 'db' }], rules })
  const some = route([{ matches: [{ path: { value: '/api' } }] }])
  const all = route([{ matches: [{ path: { type: 'PathPrefix', value: '/' } }] }])
  const toRoute = authorization({ kind: 'HTTPRoute', name: 'r' }, account('web'))
  const others = `TCP 1-8079,8081-65535; ${rest}`
  const http = server({ proxyProtocol: 'HTTP/1' })
  const grant = authorization(toServer, account('web'))
  const is = (...objects: readonly JsonObject[]) => allowed([...cluster, ...objects], 'shop/web', 'shop/db')
  assert.equal(is(http, some, toRoute), `${others}, maybe TCP 8080`)
  assert.equal(is(http, all, toRoute), 'all')
  assert.equal(is(server(), all, toRoute), `${others}, maybe TCP 8080`, 'what is not HTTP asks no route')
  assert.equal(is(http, some, grant), `${others}, maybe TCP 8080`)
  assert.equal(is(http, all, grant), 'all')
  assert.equal(is(server({ proxyProtocol: 'opaque' }), some, grant), 'all')
  assert.equal(is(http, toRoute), others)
})

test('one more authorization takes no connection away, and no order of objects means anything', () => {
  const target = fc.constantFrom<JsonObject>(
    toServer,
    { kind: 'Namespace', name: 'shop' },
    { kind: 'HTTPRoute', name: 'r' },
  )
  const refs = fc.array(
    fc.constantFrom<JsonObject>(account('web'), account('agent', 'ops'), { kind: 'NetworkAuthentication', name: 'n' }),
    { maxLength: 2 },
  )
  const grants = fc.array(
    fc.record({ target, refs }).map(({ target: to, refs: by }) => authorization(to, ...by)),
    { maxLength: 4 },
  )
  const nets = policy('NetworkAuthentication', 'n', { networks: [{ cidr: '10.0.0.0/30' }] })
  fc.assert(
    fc.property(grants, fc.record({ target, refs }), fc.nat(5), (before, { target: to, refs: by }, turn) => {
      const objects = [...cluster, nets, server(), ...before]
      const turned = [...objects.slice(turn), authorization(to, ...by), ...objects.slice(0, turn)]
      const [was, is] = [objects, turned].map((one) => createReachability(readWorld(one)))
      for (const from of ['shop/web', 'ops/agent', 'ops/cron']) {
        const [one, other] = [was, is].map((reachability) => reachability?.betweenPods(from, 'shop/db'))
        assert.ok(one !== undefined && other !== undefined)
        assert.equal(formatTraffic(removeTraffic(one.allowed, other.allowed)), 'none')
        assert.equal(formatTraffic(removeTraffic(one.possible, other.possible)), 'none')
      }
    }),
    { numRuns: 60 },
  )
})

test('wrong types in a policy of Linkerd are problems, never an exception', () => {
  const keys = {
    Server: ['podSelector', 'port', 'proxyProtocol', 'accessPolicy'],
    ServerAuthorization: ['server', 'client'],
    AuthorizationPolicy: ['targetRef', 'requiredAuthenticationRefs'],
    MeshTLSAuthentication: ['identities', 'identityRefs'],
    NetworkAuthentication: ['networks'],
    HTTPRoute: ['parentRefs', 'rules', 'hostnames'],
  }
  const parts = ['meshTLS', 'networks', 'cidr', 'except', 'kind', 'name', 'matches', 'selector', 'identities']
  const inner = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.dictionary(fc.constantFrom(...parts), fc.jsonValue({ maxDepth: 3 })),
  )
  for (const [kind, names] of Object.entries(keys)) {
    const spec = fc.dictionary(fc.constantFrom(...names), fc.oneof(inner, fc.array(inner, { maxLength: 3 })))
    fc.assert(
      fc.property(spec, (junk) => {
        const objects = [...cluster, server(), policy(kind, 'junk', junk as JsonObject)]
        createReachability(readWorld(objects)).eachPair(() => {})
      }),
      { numRuns: 100 },
    )
  }
})
