import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../../model/json.ts'
import {
  createReachability,
  type Decision,
  externalEndpoint,
  formatTraffic,
  judge,
  readWorld,
  type World,
} from './index.ts'
import { removeTraffic } from './traffic.ts'

const namespace = (name: string, labels: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name, labels },
})
const pod = (name: string, labels: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { namespace: name.split('/')[0], name: name.split('/')[1], labels },
  spec: { containers: [{ ports: [{ name: 'web', containerPort: 8080 }] }], ...more },
  status: { podIP: '10.0.0.1' },
})
const policy = (spec: JsonValue, name = 'p', inside = 'shop'): JsonObject => ({
  apiVersion: 'networking.k8s.io/v1',
  kind: 'NetworkPolicy',
  metadata: { name, namespace: inside },
  spec,
})
const clusterPolicy = (kind: string, name: string, spec: JsonObject): JsonObject => ({
  apiVersion:
    kind === 'ClusterNetworkPolicy' ? 'policy.networking.k8s.io/v1alpha2' : 'policy.networking.k8s.io/v1alpha1',
  kind,
  metadata: { name },
  spec,
})

const shop = [
  namespace('shop', { env: 'prod' }),
  pod('shop/a', { app: 'a' }),
  pod('shop/b', { app: 'b' }),
  pod('ops/c'),
]

const verdict = (world: World, source: string, destination: string) => {
  const end = (name: string) => world.pods.find((one) => one.name === name) ?? externalEndpoint(name)
  const [from, to] = [end(source), end(destination)]
  if (from === undefined || to === undefined) assert.fail('no such endpoint')
  return judge(world.gates, from, to, world.namespaceLabels)
}
const allowed = (objects: readonly JsonObject[], source: string, destination: string): string => {
  const { allowed: surely, possible } = verdict(readWorld(objects), source, destination)
  const maybe = formatTraffic(removeTraffic(possible, surely))
  return maybe === 'none' ? formatTraffic(surely) : `${formatTraffic(surely)}, maybe ${maybe}`
}

test('each form of a NetworkPolicy allows what the API says, and no more', () => {
  const cases: readonly (readonly [JsonObject, string, string, string])[] = [
    [{ podSelector: {} }, 'shop/a', 'shop/b', 'none'],
    [{ podSelector: {} }, 'shop/b', 'ops/c', 'all'],
    [{ podSelector: {}, ingress: [{}] }, 'ops/c', 'shop/b', 'all'],
    [{ podSelector: {}, ingress: [{ from: [], ports: [] }] }, '1.2.3.4', 'shop/b', 'all'],
    [{ podSelector: {}, policyTypes: ['Egress'], ingress: [] }, 'ops/c', 'shop/b', 'all'],
    [{ podSelector: {}, policyTypes: ['Egress'] }, 'shop/a', '1.2.3.4', 'none'],
    [{ podSelector: {}, egress: [{ ports: [{ port: 53, protocol: 'UDP' }] }] }, 'shop/a', 'ops/c', 'UDP 53'],
    [{ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }, 'ops/c', 'shop/b', 'none'],
    [{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] }, 'ops/c', 'shop/b', 'all'],
    [{ podSelector: {}, ingress: [{ from: [{ namespaceSelector: {} }] }] }, '1.2.3.4', 'shop/b', 'none'],
    [
      { podSelector: {}, ingress: [{ ports: [{ port: 'web' }, { port: 90, endPort: 92 }] }] },
      'ops/c',
      'shop/b',
      'TCP 90-92,8080',
    ],
    [{ podSelector: {}, ingress: [{ ports: [{ port: 'web', protocol: 'UDP' }] }] }, 'ops/c', 'shop/b', 'none'],
    [{ podSelector: {}, ingress: [{ ports: [{ protocol: 'SCTP' }] }] }, 'ops/c', 'shop/b', 'SCTP all'],
    [
      {
        podSelector: {},
        ingress: [
          {
            from: [{ namespaceSelector: { matchExpressions: [{ key: 'env', operator: 'NotIn', values: ['prod'] }] } }],
          },
        ],
      },
      'ops/c',
      'shop/b',
      'all',
    ],
    [
      {
        podSelector: {},
        ingress: [{ from: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'ops' } } }] }],
      },
      'ops/c',
      'shop/b',
      'all',
    ],
    [
      { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: '1.2.0.0/16', except: ['1.2.3.0/24'] } }] }] },
      'shop/a',
      '1.2.3.4',
      'none',
    ],
    [{ podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: '2001:db8::/32' } }] }] }, 'shop/a', '2001:db8::1', 'all'],
  ]
  for (const [spec, source, destination, expected] of cases) {
    assert.equal(allowed([...shop, policy(spec)], source, destination), expected, JSON.stringify(spec))
  }
})

test('a part that is not understood is neither allowed nor denied, and is told with its path', () => {
  const objects = [
    ...shop,
    policy({ podSelector: {}, ingress: [{ from: [{ podSelectr: {} }] }, { ports: [{ port: 80 }] }] }),
  ]
  assert.equal(
    allowed(objects, 'ops/c', 'shop/b'),
    'TCP 80, maybe TCP 1-79,81-65535; UDP all; SCTP all; other protocols',
  )
  assert.deepEqual(readWorld(objects).problems, [
    {
      ref: { kind: 'NetworkPolicy', namespace: 'shop', name: 'p' },
      path: 'spec.ingress[0].from[0]',
      what: 'has no peer: podSelector, namespaceSelector or ipBlock',
    },
  ])
})

test('null and empty parts are what the API server makes of them', () => {
  const ports: readonly JsonValue[] = [null, { port: null, protocol: null }]
  for (const port of ports)
    assert.equal(allowed([...shop, policy({ ingress: [{ ports: [port] }] })], 'shop/a', 'shop/b'), 'TCP all')
  for (const protocol of [null, '']) {
    const named = pod('shop/named', {}, { containers: [{ ports: [{ name: 'web', containerPort: 80, protocol }] }] })
    const web = policy({ ingress: [{ ports: [{ port: 'web' }] }] })
    assert.equal(allowed([...shop, named, web], 'shop/a', 'shop/named'), 'TCP 80')
  }
})

test('a pod that names its service account by the older field is of that account', () => {
  const accounts = [{ serviceAccount: 'old' }, { serviceAccount: 'old', serviceAccountName: 'new' }, {}].map((spec) => {
    const [one] = readWorld([pod('shop/x', {}, { ...spec, containers: [{ name: 'istio-proxy' }] })]).pods
    return [one?.serviceAccount, ...(one?.identities ?? [])]
  })
  assert.deepEqual(accounts, [
    ['old', 'cluster.local/ns/shop/sa/old'],
    ['new', 'cluster.local/ns/shop/sa/new'],
    ['default', 'cluster.local/ns/shop/sa/default'],
  ])
})

test('what the API server would refuse is told in the rules of a direction too that is none of the types', () => {
  const told = (spec: JsonValue) => readWorld([policy(spec)]).problems.map(({ path, what }) => `${path} ${what}`)
  const egress = [{ ports: [{ protocol: '', port: 80 }] }]
  assert.deepEqual(told({ policyTypes: ['Ingress'], egress }), [
    'spec.egress[0].ports[0] has a protocol that is not TCP, UDP or SCTP: ""',
  ])
  assert.deepEqual(told({ policyTypes: ['Ingress'], egress: 0 }), ['spec.egress is not a list'])
  assert.deepEqual(told({ policyTypes: ['Ingress', 'Egress', 'Egress'] }), ['spec.policyTypes has more than two types'])
  assert.deepEqual(told({ podSelector: { matchLabels: { 'a b': 'c' } } }), [
    'spec.podSelector asks of "a b" what no label can have',
  ])
})

test('a number in quotes is the name of no port: the API server refuses it, so what it lets through is not known', () => {
  const verdicts = ['80', 'HTTP', 'a--b', 'sixteen-letters-'].map((port) =>
    allowed([...shop, policy({ ingress: [{ ports: [{ port }] }] })], 'shop/a', 'shop/b'),
  )
  assert.deepEqual(
    verdicts,
    verdicts.map(() => 'none, maybe all'),
  )
  assert.equal(allowed([...shop, policy({ ingress: [{ ports: [{ port: 'web' }] }] })], 'shop/a', 'shop/b'), 'TCP 8080')
})

test('an ipBlock matches a pod by its address only if it is told to', () => {
  const objects = [
    ...shop,
    policy({ podSelector: { matchLabels: { app: 'b' } }, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] }),
  ]
  assert.equal(formatTraffic(verdict(readWorld(objects), 'ops/c', 'shop/b').allowed), 'all')
  const strict = readWorld(objects, { ipBlocks: 'not pods' })
  assert.equal(formatTraffic(verdict(strict, 'ops/c', 'shop/b').allowed), 'none')
})

test('the tiers stand around NetworkPolicy: deny above wins, pass leaves the tier, the baseline is not asked of the isolated', () => {
  const subject = { pods: { namespaceSelector: {}, podSelector: { matchLabels: { app: 'b' } } } }
  const everyone = [{ namespaces: {} }]
  const admin = (rules: readonly JsonObject[], priority = 10, name = 'admin') =>
    clusterPolicy('AdminNetworkPolicy', name, { priority, subject, ingress: rules })
  const baseline = clusterPolicy('BaselineAdminNetworkPolicy', 'default', {
    subject,
    ingress: [{ action: 'Deny', from: everyone }],
  })
  const pass443 = { action: 'Pass', from: everyone, ports: [{ portNumber: { port: 443, protocol: 'TCP' } }] }
  const web = { action: 'Allow', from: everyone, ports: [{ namedPort: 'web' }] }
  const deny = { action: 'Deny', from: everyone }
  assert.equal(allowed([...shop, admin([web, pass443, deny])], 'ops/c', 'shop/b'), 'TCP 443,8080')
  assert.equal(allowed([...shop, admin([web, pass443, deny]), baseline], 'ops/c', 'shop/b'), 'TCP 8080')
  const isolated = policy({ podSelector: {}, ingress: [{ ports: [{ port: 443 }, { port: 80 }] }] })
  assert.equal(allowed([...shop, admin([web, pass443, deny]), baseline, isolated], 'ops/c', 'shop/b'), 'TCP 443,8080')
  assert.equal(allowed([...shop, admin([web]), admin([deny], 5, 'first')], 'ops/c', 'shop/b'), 'none')
  const cnp = clusterPolicy('ClusterNetworkPolicy', 'c', {
    tier: 'Admin',
    priority: 1,
    subject: { namespaces: {} },
    egress: [
      {
        action: 'Accept',
        to: [{ networks: ['1.0.0.0/8'] }],
        protocols: [{ tcp: { destinationPort: { number: 443 } } }],
      },
      { action: 'Deny', to: [{ networks: ['0.0.0.0/0'] }], protocols: [{ tcp: {} }, { udp: {} }, { sctp: {} }] },
      { action: 'Accept', to: [{ somethingNew: {} }] },
    ],
  })
  assert.equal(allowed([...shop, cnp], 'shop/a', '1.2.3.4'), 'TCP 443; other protocols')
})

test('why names the policies and rules of both directions', () => {
  const world = readWorld([
    ...shop,
    policy({
      podSelector: { matchLabels: { app: 'b' } },
      ingress: [{ from: [{ podSelector: {} }], ports: [{ port: 80 }] }],
    }),
  ])
  const brief = ({ gate, effect, traffic, certain, by }: Decision) => [
    gate,
    effect,
    formatTraffic(traffic),
    certain,
    by,
  ]
  const ref = { kind: 'NetworkPolicy', namespace: 'shop', name: 'p' }
  assert.deepEqual(verdict(world, 'shop/a', 'shop/b').decisions.map(brief), [
    ['network egress', 'allow', 'all', true, { kind: 'default' }],
    [
      'network ingress',
      'allow',
      'TCP 80',
      true,
      { kind: 'rule', policy: ref, path: 'spec.ingress[0]', name: undefined },
    ],
    [
      'network ingress',
      'deny',
      'TCP 1-79,81-65535; UDP all; SCTP all; other protocols',
      true,
      { kind: 'isolated', policies: [ref] },
    ],
  ])
})

test('a pod reaches itself, its node reaches it, and one on the host network is no pod to a policy', () => {
  const objects = [
    namespace('shop'),
    pod('shop/a', {}, { nodeName: 'n1' }),
    pod('shop/agent', {}, { nodeName: 'n1', hostNetwork: true }),
    pod('shop/far', {}, { nodeName: 'n2', hostNetwork: true }),
    policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
  ]
  const world = readWorld(objects)
  assert.deepEqual(
    [
      ['shop/a', 'shop/a'],
      ['shop/agent', 'shop/a'],
      ['shop/far', 'shop/a'],
      ['shop/far', 'shop/agent'],
    ].map(([from = '', to = '']) => [formatTraffic(verdict(world, from, to).allowed), verdict(world, from, to).exempt]),
    [
      ['all', 'self'],
      ['all', 'same node'],
      ['none', undefined],
      ['all', undefined],
    ],
  )
})

const labelsOf = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('x', 'y', 'z'), { maxKeys: 2 })
const selector = fc.oneof(
  labelsOf.map((matchLabels) => ({ matchLabels })),
  fc
    .record({ key: fc.constantFrom('app', 'tier'), operator: fc.constantFrom('Exists', 'DoesNotExist') })
    .map((one) => ({
      matchExpressions: [one],
    })),
)
const peer = fc.oneof(
  selector.map((podSelector) => ({ podSelector })),
  fc.record({ podSelector: selector, namespaceSelector: labelsOf.map((matchLabels) => ({ matchLabels })) }),
  fc
    .constantFrom('10.0.0.0/8', '10.0.0.0/30', '0.0.0.0/0')
    .map((cidr) => ({ ipBlock: { cidr, except: ['10.0.0.2/31'] } })),
  fc.constant({ unheardOf: true }),
)
const port = fc.oneof(
  fc.record({ port: fc.constantFrom<string | number>(80, 'web', 'dns'), protocol: fc.constantFrom('TCP', 'UDP') }),
  fc.constant({ port: 70, endPort: 90 }),
)
const rules = (key: string) =>
  fc.array(
    fc.record(
      { [key]: fc.array(peer, { maxLength: 2 }), ports: fc.array(port, { maxLength: 2 }) },
      { requiredKeys: [] },
    ),
    { maxLength: 3 },
  )
const anyPolicy = fc
  .record(
    {
      podSelector: selector,
      ingress: rules('from'),
      egress: rules('to'),
      policyTypes: fc.uniqueArray(fc.constantFrom('Ingress', 'Egress')),
    },
    { requiredKeys: ['podSelector'] },
  )
  .chain((spec) => fc.constantFrom('n1', 'n2').map((inside) => ({ spec, inside })))
const anyWorld = fc
  .record({
    pods: fc.array(fc.record({ inside: fc.constantFrom('n1', 'n2'), labels: labelsOf, ip: fc.nat(4) }), {
      maxLength: 6,
    }),
    policies: fc.array(anyPolicy, { maxLength: 4 }),
  })
  .map(({ pods, policies }) => ({
    pods: [
      namespace('n1', { app: 'x' }),
      namespace('n2', { tier: 'y' }),
      ...pods.map(({ inside, labels, ip }, index) => ({
        ...pod(`${inside}/p${index}`, labels),
        status: { podIP: `10.0.0.${ip}` },
      })),
    ],
    policies: policies.map(({ spec, inside }, index) => policy(spec as JsonObject, `p${index}`, inside)),
  }))

test('all pairs by classes are what each pair is by itself, also after pods came and went', () => {
  fc.assert(
    fc.property(anyWorld, anyWorld, ({ pods, policies }, later) => {
      const world = readWorld([...pods, ...policies])
      const reachability = createReachability(world)
      const check = (present: World['pods']) => {
        for (const source of present) {
          for (const destination of present) {
            const { allowed: surely, possible } = judge(world.gates, source, destination, world.namespaceLabels)
            assert.deepEqual(reachability.betweenPods(source.name, destination.name), { allowed: surely, possible })
          }
        }
      }
      check(world.pods)
      const { pods: next } = readWorld(later.pods)
      for (const one of next) reachability.setPod(one)
      check([...world.pods.filter(({ name }) => !next.some((one) => one.name === name)), ...next])
      for (const { name } of world.pods) reachability.removePod(name)
      assert.deepEqual(
        world.pods.map(({ name }) => reachability.classOf(name)),
        world.pods.map(() => undefined),
      )
    }),
    { numRuns: 150 },
  )
})

test('one more rule in a policy that isolates already takes no connection away, and order means nothing', () => {
  fc.assert(
    fc.property(anyWorld, fc.array(peer, { maxLength: 2 }), ({ pods, policies }, from) => {
      const more = policies.map((one, index) => {
        const spec = one.spec as JsonObject
        if (index > 0 || !Array.isArray(spec.ingress)) return one
        return { ...one, spec: { ...spec, ingress: [...spec.ingress, { from }] } }
      })
      const before = readWorld([...pods, ...policies])
      const after = readWorld([...more.toReversed(), ...pods])
      for (const source of before.pods) {
        for (const { name } of before.pods) {
          const [one, other] = [verdict(before, source.name, name), verdict(after, source.name, name)]
          assert.equal(formatTraffic(removeTraffic(one.allowed, other.allowed)), 'none')
          assert.equal(formatTraffic(removeTraffic(one.possible, other.possible)), 'none')
        }
      }
    }),
    { numRuns: 100 },
  )
})

test('wrong types anywhere are problems, never an exception and never a silent allow', () => {
  fc.assert(
    fc.property(
      fc.jsonValue({ maxDepth: 4 }),
      fc.constantFrom('spec', 'ingress', 'from', 'ports', 'cidr'),
      (junk, at) => {
        const value = junk as JsonValue
        const inner: Readonly<Record<string, JsonValue>> = {
          spec: value,
          ingress: { podSelector: {}, ingress: value },
          from: { podSelector: {}, ingress: [{ from: value }] },
          ports: { podSelector: {}, ingress: [{ ports: value }] },
          cidr: { podSelector: {}, ingress: [{ from: [{ ipBlock: value }] }] },
        }
        const world = readWorld([...shop, policy(inner[at] ?? null)])
        createReachability(world).eachPair(() => {})
      },
    ),
  )
})

test('a rule of 30,000 ports costs what sorting them does', () => {
  const ports = Array.from({ length: 30_000 }, (_, index) => ({ port: 1 + 2 * index }))
  const between = verdict(readWorld([...shop, policy({ ingress: [{ ports }] })]), 'shop/a', 'shop/b')
  assert.equal(between.allowed.TCP.length, 60_000)
  assert.deepEqual(between.allowed.TCP.slice(0, 4), [1, 2, 3, 4])
})

test('a policy of 10,000 rules, each of its own block, is read and answered within memory', () => {
  const rules = Array.from({ length: 10_000 }, (_, index) => ({
    from: [{ ipBlock: { cidr: `20.${index >> 8}.${index & 255}.0/24` } }],
    ports: [{ port: 1 + index }],
  }))
  const world = readWorld([...shop, policy({ podSelector: {}, ingress: rules })])
  assert.equal(formatTraffic(verdict(world, '20.3.7.9', 'shop/b').allowed), 'TCP 776')
})
