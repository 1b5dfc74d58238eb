import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject } from '../../model/json.ts'
import { readAddress } from './addresses.ts'
import {
  createReachability,
  type EndpointClass,
  followWorld,
  formatTraffic,
  type Reachability,
  readWorld,
  type WorldChange,
} from './index.ts'
import { contains } from './ranges.ts'

const labels = fc.dictionary(fc.constantFrom('app', 'tier'), fc.constantFrom('x', 'y'), { maxKeys: 2 })
const selector = fc.oneof(
  labels.map((matchLabels): JsonObject => ({ matchLabels })),
  fc.constantFrom<JsonObject>({ matchExpressions: [{ key: 'app', operator: 'Exists' }] }, {}),
)
const inside = fc.constantFrom('n1', 'n2')
const names = fc.constantFrom('a', 'b', 'c')
const of = (apiVersion: string, kind: string, name: string, spec: JsonObject, namespace?: string): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
  spec,
})

const namespace = fc.record({ name: inside, labels, meshed: fc.boolean() }).map(
  ({ name, labels: given, meshed }): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name,
      labels: { ...given, ...(meshed ? { 'istio-injection': 'enabled' } : {}) },
      annotations: meshed ? { 'linkerd.io/inject': 'enabled' } : {},
    },
  }),
)
const pod = fc
  .record({
    name: fc.constantFrom('p', 'q', 'r', 's'),
    at: inside,
    labels,
    ip: fc.nat(7),
    port: fc.constantFrom(80, 81),
    host: fc.boolean(),
  })
  .map(
    ({ name, at, labels: given, ip, port, host }): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: at, labels: given },
      spec: {
        serviceAccountName: name,
        containers: [{ ports: [{ name: 'web', containerPort: port }] }],
        ...(host ? { hostNetwork: true, nodeName: 'node' } : {}),
      },
      status: { podIP: `10.0.0.${ip}` },
    }),
  )
const peer = fc.oneof(
  selector.map((podSelector): JsonObject => ({ podSelector })),
  labels.map((matchLabels): JsonObject => ({ namespaceSelector: { matchLabels } })),
  fc.constantFrom('10.0.0.0/30', '10.0.0.4/31', '0.0.0.0/0').map((cidr): JsonObject => ({ ipBlock: { cidr } })),
)
const ports = fc.constantFrom<readonly JsonObject[]>([], [{ port: 80 }], [{ port: 'web' }])
const networkPolicy = fc
  .record({
    name: names,
    at: inside,
    podSelector: selector,
    peers: fc.array(peer, { maxLength: 2 }),
    ports,
    out: fc.boolean(),
  })
  .map(({ name, at, podSelector, peers, ports: asked, out }) =>
    of(
      'networking.k8s.io/v1',
      'NetworkPolicy',
      name,
      out
        ? { podSelector, policyTypes: ['Egress'], egress: [{ to: peers, ports: [...asked] }] }
        : { podSelector, ingress: [{ from: peers, ports: [...asked] }] },
      at,
    ),
  )
const clusterPolicy = fc
  .record({
    name: names,
    tier: fc.constantFrom('Admin', 'Baseline'),
    priority: fc.nat(2),
    action: fc.constantFrom('Accept', 'Deny', 'Pass'),
    matchLabels: labels,
  })
  .map(({ name, tier, priority, action, matchLabels }) =>
    of('policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', name, {
      tier,
      priority,
      subject: { namespaces: {} },
      ingress: [{ action, from: [{ namespaces: { matchLabels } }] }],
      egress: [{ action, to: [{ nodes: { matchLabels } }] }],
    }),
  )
const calico = fc
  .record({
    name: names,
    order: fc.nat(2),
    key: fc.constantFrom('app', 'tier'),
    action: fc.constantFrom('Allow', 'Deny'),
  })
  .map(({ name, order, key, action }) =>
    of('projectcalico.org/v3', 'GlobalNetworkPolicy', name, {
      order,
      selector: `has(${key})`,
      ingress: [{ action, protocol: 'TCP', destination: { ports: ['web'] } }],
    }),
  )
const mesh = fc
  .record({ name: names, at: inside, from: fc.constantFrom('p', 'q'), isServer: fc.boolean() })
  .map(({ name, at, from, isServer }) =>
    isServer
      ? of('policy.linkerd.io/v1beta3', 'Server', name, { podSelector: {}, port: 'web', accessPolicy: 'deny' }, at)
      : of(
          'security.istio.io/v1',
          'AuthorizationPolicy',
          name,
          { rules: [{ from: [{ source: { principals: [`*/ns/n1/sa/${from}`] } }] }] },
          at,
        ),
  )
const node = labels.map(
  (given): JsonObject => ({ apiVersion: 'v1', kind: 'Node', metadata: { name: 'node', labels: given } }),
)
const object = fc.oneof(
  { arbitrary: networkPolicy, weight: 5 },
  { arbitrary: pod, weight: 4 },
  { arbitrary: clusterPolicy, weight: 2 },
  { arbitrary: namespace, weight: 2 },
  calico,
  mesh,
  node,
)
const change: fc.Arbitrary<WorldChange> = fc.record({
  set: fc.array(object, { maxLength: 3 }),
  remove: fc.array(object, { maxLength: 2 }),
})

const keyOf = ({ apiVersion, kind, metadata }: JsonObject): string => {
  const { namespace: at = '', name } = metadata as JsonObject
  return `${String(apiVersion).split('/')[0]} ${kind} ${at} ${name}`
}

const addresses = ['10.0.0.1', '10.0.0.4', '10.0.0.6', '192.0.2.1', '2001:db8::1'].map((text) => {
  const address = readAddress(text)
  assert.ok(address !== undefined)
  return address
})

/** What every pod can send to every pod and to some addresses, and they to it. */
const all = (reachability: Reachability, pods: readonly string[]): readonly string[] => {
  const outside = addresses.map((address) => {
    const found = reachability.classes().find((one) => contains(one.addresses, address))
    assert.ok(found, 'every address is in a class')
    return found
  })
  const text = (from: EndpointClass, to: EndpointClass): string => {
    const { allowed, possible } = reachability.between(from, to)
    return `${formatTraffic(allowed)} / ${formatTraffic(possible)}`
  }
  return pods.flatMap((one) => {
    const own = reachability.classOf(one)
    assert.ok(own, `${one} is in a class`)
    return [
      ...pods.map((other) => {
        const passage = reachability.betweenPods(one, other)
        assert.ok(passage)
        return `${one} ${other} ${formatTraffic(passage.allowed)} / ${formatTraffic(passage.possible)}`
      }),
      ...outside.map((two, index) => `${one} to ${index} ${text(own, two)}, from ${text(two, own)}`),
    ]
  })
}

test('after any changes, everything is as if it were read anew', () => {
  fc.assert(
    fc.property(
      fc.array(object, { maxLength: 12 }),
      fc.array(change, { minLength: 1, maxLength: 8 }),
      (start, changes) => {
        const objects = new Map(start.map((one) => [keyOf(one), one]))
        const followed = followWorld([...objects.values()])
        for (const one of changes) {
          for (const gone of one.remove ?? []) objects.delete(keyOf(gone))
          for (const come of one.set ?? []) objects.set(keyOf(come), come)
          followed.apply(one)
          const fresh = readWorld([...objects.values()])
          const pods = fresh.pods.map(({ name }) => name).sort()
          const now = followed.world()
          assert.deepEqual(now.pods.map(({ name }) => name).sort(), pods)
          assert.deepEqual(all(followed.reachability, pods), all(createReachability(fresh), pods))
          const problems = (list: typeof now.problems) => list.map(({ ref, path }) => `${ref.name} ${path}`).sort()
          assert.deepEqual(problems(now.problems), problems(fresh.problems))
        }
      },
    ),
    { numRuns: 300 },
  )
})

test('pods that came while no policy asked for a named port are told apart when one does again', () => {
  const policy = (name: string): JsonObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: 'n1' },
    spec: { podSelector: {}, ingress: [{ from: [], ports: [{ port: 'web' }] }] },
  })
  const pods = [80, 81].map(
    (containerPort): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p${containerPort}`, namespace: 'n1' },
      spec: { containers: [{ ports: [{ name: 'web', containerPort }] }] },
      status: { podIP: '10.0.0.1' },
    }),
  )
  const followed = followWorld([policy('first')])
  for (const change of [{ remove: [policy('first')] }, { set: pods }, { set: [policy('second')] }])
    followed.apply(change)
  const fresh = createReachability(readWorld([...pods, policy('second')]))
  assert.deepEqual(all(followed.reachability, ['n1/p80', 'n1/p81']), all(fresh, ['n1/p80', 'n1/p81']))
})

test('a policy that only moves to another tier is another policy', () => {
  const pods = ['a', 'b'].map(
    (name): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name, namespace: 'n1' },
      spec: { containers: [] },
      status: {},
    }),
  )
  const isolating = of('networking.k8s.io/v1', 'NetworkPolicy', 'p', { podSelector: {} }, 'n1')
  const inTier = (tier: string) =>
    of('policy.networking.k8s.io/v1alpha2', 'ClusterNetworkPolicy', 'c', {
      tier,
      priority: 1,
      subject: { namespaces: {} },
      ingress: [{ action: 'Accept', from: [{ namespaces: {} }] }],
    })
  const { reachability, apply } = followWorld([...pods, isolating, inTier('Admin')])
  const allowed = () => formatTraffic(reachability.betweenPods('n1/a', 'n1/b')?.allowed ?? assert.fail())
  assert.equal(allowed(), 'all')
  apply({ set: [inTier('Baseline')] })
  assert.equal(allowed(), 'none')
  apply({ remove: [isolating] })
  assert.equal(allowed(), 'all')
})

test('a thousand changes of one policy leave no more behind than a bound', () => {
  const pods = Array.from(
    { length: 40 },
    (_, index): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Pod',
      metadata: { name: `p${index}`, namespace: 'n1', labels: { app: `a${index}` } },
      spec: { containers: [] },
      status: { podIP: `10.0.0.${index}` },
    }),
  )
  const followed = followWorld(pods)
  for (let turn = 0; turn < 1000; turn += 1) {
    const podSelector = { matchLabels: { app: `a${turn % 40}` } }
    const from = [{ podSelector: { matchLabels: { app: `a${(turn * 7) % 40}` } } }]
    followed.apply({
      set: [of('networking.k8s.io/v1', 'NetworkPolicy', 'p', { podSelector, ingress: [{ from }] }, 'n1')],
    })
  }
  // All pods are told apart by one turn or another; without a bound each turn would add to that.
  assert.ok(followed.reachability.classes().length < 300, `${followed.reachability.classes().length} classes`)
  assert.equal(formatTraffic(followed.reachability.betweenPods('n1/p33', 'n1/p39')?.allowed ?? assert.fail()), 'all')
  assert.equal(formatTraffic(followed.reachability.betweenPods('n1/p34', 'n1/p39')?.allowed ?? assert.fail()), 'none')
})

test('what was got before a change is refused after it, where it is no more', () => {
  const { reachability } = followWorld([])
  const other = followWorld([]).reachability.classes()[0]
  assert.ok(other)
  assert.throws(() => reachability.between(other, other), RangeError)
})
