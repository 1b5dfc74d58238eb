import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import { readCalicoSelector } from './calico-selector.ts'
import { createReachability, diffReachability, externalEndpoint, formatTraffic, judge, readWorld } from './index.ts'
import { matches } from './match.ts'
import { outside } from './outside.ts'
import { removeTraffic } from './traffic.ts'

const pod = (name: string, labels: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: name.split('/')[0], name: name.split('/')[1], labels },
  spec: { serviceAccountName: name.split('/')[1], containers: [{ ports: [{ name: 'web', containerPort: 8080 }] }] },
  status: {},
})
const cluster: readonly JsonObject[] = [
  {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { team: 'a', 'istio-injection': 'enabled' } },
  },
  pod('shop/web', { app: 'web' }),
  pod('shop/db', { app: 'db' }),
  pod('ops/cron', { app: 'cron' }),
]
const object = (apiVersion: string, kind: string, name: string, spec: JsonValue, namespace?: string): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec,
})
const calico = (kind: string, name: string, spec: JsonValue, namespace?: string) =>
  object('projectcalico.org/v3', kind, name, spec, namespace)
const cilium = (spec: JsonValue, namespace = 'shop') =>
  object('cilium.io/v2', 'CiliumNetworkPolicy', 'p', spec, namespace)
const istio = (kind: string, name: string, spec: JsonValue, namespace = 'shop') =>
  object('security.istio.io/v1', kind, name, spec, namespace)

const allowed = (policies: readonly JsonObject[], from: string, to: string): string => {
  const world = readWorld([...cluster, ...policies])
  const end = (name: string) => world.pods.find((one) => one.name === name) ?? externalEndpoint(name)
  const [source, destination] = [end(from), end(to)]
  if (source === undefined || destination === undefined) assert.fail('no such endpoint')
  const { allowed: surely, possible } = judge(world.gates, source, destination, world.namespaceLabels)
  const maybe = formatTraffic(removeTraffic(possible, surely))
  return maybe === 'none' ? formatTraffic(surely) : `${formatTraffic(surely)}, maybe ${maybe}`
}

test('Calico: tiers go by order, policies in one by order and name, the first rule decides, and the end of a tier denies', () => {
  const first = calico('Tier', 'first', { order: 1 })
  const inFirst = (ingress: readonly JsonObject[]) =>
    calico('GlobalNetworkPolicy', 'first.p', { tier: 'first', selector: "app == 'db'", types: ['Ingress'], ingress })
  const allow = { action: 'Allow', protocol: 'TCP', destination: { ports: ['web', '90:92'] } }
  const pass = { action: 'Pass', source: { selector: "app == 'web'" } }
  const open = calico('NetworkPolicy', 'open', { order: 5, ingress: [{ action: 'Log' }, { action: 'Allow' }] }, 'shop')
  const shut = calico('NetworkPolicy', 'shut', { order: 4, ingress: [{ action: 'Deny', protocol: 'UDP' }] }, 'shop')
  const all = [first, inFirst([allow, pass]), open, shut]
  assert.equal(allowed(all, 'ops/cron', 'shop/db'), 'TCP 90-92,8080')
  assert.equal(allowed(all, 'shop/web', 'shop/db'), 'TCP all; SCTP all; other protocols')
  assert.equal(
    allowed([calico('Tier', 'first', { order: 1, defaultAction: 'Pass' }), inFirst([])], 'ops/cron', 'shop/db'),
    'all',
  )
})

test('Calico: rule selectors stay in the namespace of the policy, Kubernetes policies have order 1000, sets count as peers', () => {
  const ingress = [{ action: 'Allow', source: { selector: 'all()' } }]
  const within = calico('NetworkPolicy', 'p', { selector: "app == 'db'", ingress }, 'shop')
  assert.equal(allowed([within], 'shop/web', 'shop/db'), 'all')
  assert.equal(allowed([within], 'ops/cron', 'shop/db'), 'none')
  const deny = calico('NetworkPolicy', 'p', { order: 2000, ingress: [{ action: 'Deny' }] }, 'shop')
  const kubernetes = object(
    'networking.k8s.io/v1',
    'NetworkPolicy',
    'k',
    { podSelector: {}, ingress: [{ ports: [{ port: 80 }] }] },
    'shop',
  )
  assert.equal(allowed([deny, kubernetes], 'ops/cron', 'shop/db'), 'TCP 80')
  const set = {
    ...calico('GlobalNetworkSet', 's', { nets: ['203.0.113.0/24'] }),
    metadata: { name: 's', labels: { role: 'office' } },
  }
  const office = calico('GlobalNetworkPolicy', 'o', {
    selector: "app == 'db'",
    ingress: [{ action: 'Allow', source: { selector: "role == 'office'" } }],
  })
  assert.equal(allowed([set, office], '203.0.113.9', 'shop/db'), 'all')
  assert.equal(allowed([set, office], '198.51.100.1', 'shop/db'), 'none')
})

test("Calico's selectors mean what upstream's do, and what does not parse is said", () => {
  const labels = { app: 'web-1', tier: 'front' }
  const is = (text: string): string => {
    const match = readCalicoSelector(text, 'self')
    return typeof match === 'string'
      ? match
      : matches(match, { ...outside, kind: 'pod', namespace: 'shop', labels }, () => ({}))
  }
  const cases: Readonly<Record<string, string>> = {
    '': 'yes',
    'all()': 'yes',
    'global()': 'no',
    "app == 'web-1'": 'yes',
    "gone != 'x'": 'yes',
    "gone not in {'x'}": 'yes',
    'has(app) && !has(gone)': 'yes',
    'app starts with \'web\' && tier ends with "nt"': 'yes',
    "app contains 'b-' || gone == 'x'": 'yes',
    "!(app in {'a', 'b'})": 'yes',
    "projectcalico.org/namespace == 'shop'": 'yes',
    "app == 'a' || tier == 'front' && has(gone)": 'no',
    'app ==': 'lacks a quoted value for label "app"',
    "app == 'a' tier": 'has something after its end: tier',
    "app = 'a'": 'cannot be read from place 4 on',
    "(app == 'a'": 'lacks a closing bracket',
    [`${'('.repeat(5000)}has(a)`]: 'is nested deeper than 100',
  }
  assert.deepEqual(Object.fromEntries(Object.keys(cases).map((text) => [text, is(text)])), cases)
})

test('Cilium: denials beat allowances of any policy, sections switch on the default, requests of layer 7 are not known', () => {
  const endpointSelector = { matchLabels: { app: 'db' } }
  const web = { fromEndpoints: [{ matchLabels: { 'k8s:app': 'web' } }] }
  const kubernetes = object(
    'networking.k8s.io/v1',
    'NetworkPolicy',
    'k',
    { podSelector: {}, ingress: [{ ports: [{ port: 80 }, { port: 81 }] }] },
    'shop',
  )
  const denies = cilium({
    endpointSelector,
    ingressDeny: [{ fromEntities: ['cluster'], toPorts: [{ ports: [{ port: '81' }] }] }],
  })
  assert.equal(allowed([cilium({ endpointSelector, ingress: [web] })], 'shop/web', 'shop/db'), 'all')
  assert.equal(allowed([cilium({ endpointSelector, ingress: [web] })], 'ops/cron', 'shop/db'), 'none')
  assert.equal(allowed([cilium({ endpointSelector, ingress: [] })], 'ops/cron', 'shop/db'), 'all')
  assert.equal(allowed([cilium({ endpointSelector, ingress: [{}] })], 'ops/cron', 'shop/db'), 'none')
  assert.equal(allowed([kubernetes, denies], 'ops/cron', 'shop/db'), 'TCP 80')
  const anywhere = {
    fromEndpoints: [{ matchExpressions: [{ key: 'k8s:io.kubernetes.pod.namespace', operator: 'Exists' }] }],
  }
  const get = { ports: [{ port: '80', protocol: 'TCP' }], rules: { http: [{ method: 'GET' }] } }
  assert.equal(
    allowed([cilium({ endpointSelector, ingress: [{ ...anywhere, toPorts: [get] }] })], 'ops/cron', 'shop/db'),
    'none, maybe TCP 80',
  )
  assert.equal(
    allowed([cilium({ endpointSelector, egress: [{ toCIDR: ['0.0.0.0/0'] }] })], 'shop/db', '203.0.113.1'),
    'all',
  )
  assert.equal(
    allowed([cilium({ endpointSelector, egress: [{ toCIDR: ['0.0.0.0/0'] }] })], 'shop/db', 'shop/web'),
    'none',
  )
})

test('Istio: DENY before ALLOW, identities need the mesh, requests are not known, and what is not TCP goes past it', () => {
  const rest = 'UDP all; SCTP all; other protocols'
  const policy = (action: string, rules: JsonValue) =>
    istio('AuthorizationPolicy', action.toLowerCase(), { action, rules, selector: { matchLabels: { app: 'db' } } })
  const from = (source: JsonObject) => [{ from: [{ source }] }]
  const web = from({ principals: ['cluster.local/ns/shop/sa/web'] })
  assert.equal(allowed([policy('ALLOW', web)], 'shop/web', 'shop/db'), 'all')
  assert.equal(allowed([policy('ALLOW', web)], 'ops/cron', 'shop/db'), rest)
  assert.equal(
    allowed(
      [policy('ALLOW', web), policy('DENY', [{ to: [{ operation: { ports: ['80'] } }] }])],
      'shop/web',
      'shop/db',
    ),
    `TCP 1-79,81-65535; ${rest}`,
  )
  assert.equal(allowed([policy('ALLOW', null)], 'shop/web', 'shop/db'), rest)
  assert.equal(allowed([policy('DENY', null)], 'shop/web', 'shop/db'), 'all')
  assert.equal(allowed([policy('DENY', from({ notNamespaces: ['shop'] }))], 'ops/cron', 'shop/db'), rest)
  assert.equal(
    allowed([policy('ALLOW', [{ to: [{ operation: { methods: ['GET'], ports: ['80'] } }] }])], 'shop/web', 'shop/db'),
    `${rest}, maybe TCP 80`,
  )
  assert.equal(allowed([policy('ALLOW', web)], 'shop/web', 'ops/cron'), 'all')
})

test('Istio: the narrowest PeerAuthentication that says something decides whether plaintext is taken', () => {
  const rest = 'UDP all; SCTP all; other protocols'
  const mesh = istio('PeerAuthentication', 'mesh', { mtls: { mode: 'STRICT' } }, 'istio-system')
  const own = istio('PeerAuthentication', 'db', {
    selector: { matchLabels: { app: 'db' } },
    mtls: { mode: 'UNSET' },
    portLevelMtls: { 8080: { mode: 'PERMISSIVE' } },
  })
  assert.equal(allowed([mesh], 'ops/cron', 'shop/db'), rest)
  assert.equal(allowed([mesh], 'shop/web', 'shop/db'), 'all')
  assert.equal(allowed([mesh, own], 'ops/cron', 'shop/db'), `TCP 8080; ${rest}`)
  assert.equal(
    allowed([mesh, istio('PeerAuthentication', 'ns', { mtls: { mode: 'PERMISSIVE' } })], 'ops/cron', 'shop/db'),
    'all',
  )
})

test('the difference of two worlds groups pods that changed alike', () => {
  const before = createReachability(readWorld(cluster))
  const policy = cilium({ endpointSelector: { matchLabels: { app: 'db' } }, ingress: [{ fromEndpoints: [{}] }] })
  const after = createReachability(readWorld([...cluster, policy, pod('ops/new')]))
  const { changes, addedPods, removedPods } = diffReachability(before, after)
  assert.deepEqual(
    changes.map(({ source, destination, gained, lost }) => [
      source.pods.join() || 'outside',
      destination.pods.join(),
      formatTraffic(gained),
      formatTraffic(lost),
    ]),
    [
      ['ops/cron', 'shop/db', 'none', 'all'],
      ['outside', 'shop/db', 'none', 'all'],
    ],
  )
  assert.deepEqual([addedPods, removedPods], [['ops/new'], []])
})

test('wrong types in a policy of any kind are problems, never an exception', () => {
  const kinds = [
    ['projectcalico.org/v3', 'NetworkPolicy', ['ingress', 'selector', 'types', 'tier']],
    ['projectcalico.org/v3', 'GlobalNetworkSet', ['nets']],
    ['cilium.io/v2', 'CiliumNetworkPolicy', ['endpointSelector', 'ingress', 'egressDeny', 'enableDefaultDeny']],
    ['security.istio.io/v1', 'AuthorizationPolicy', ['selector', 'action', 'rules']],
    ['security.istio.io/v1', 'PeerAuthentication', ['selector', 'mtls', 'portLevelMtls']],
    ['policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', ['tier', 'subject', 'ingress', 'egress']],
  ] as const
  const parts = [
    'source',
    'destination',
    'fromEndpoints',
    'toPorts',
    'ports',
    'from',
    'to',
    'when',
    'operation',
    'pods',
    'action',
  ]
  const inner = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.dictionary(fc.constantFrom(...parts), fc.jsonValue({ maxDepth: 3 })),
  )
  const spec = (keys: readonly string[]) =>
    fc.dictionary(fc.constantFrom(...keys), fc.oneof(inner, fc.array(inner, { maxLength: 3 })))
  for (const [apiVersion, kind, keys] of kinds) {
    fc.assert(
      fc.property(spec(keys), (junk) => {
        const head = { priority: 1, tier: 'Admin', endpointSelector: {} }
        const policy = object(apiVersion, kind, 'p', { ...head, ...(junk as JsonObject) }, 'shop')
        createReachability(readWorld([...cluster, policy])).eachPair(() => {})
      }),
      { numRuns: 200 },
    )
  }
})
