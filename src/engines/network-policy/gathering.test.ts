import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Gathering, gather, gathered, notGathered } from './gathering.ts'
import { createReachability, judge, readWorld } from './index.ts'
import { addTraffic, formatTraffic, noTraffic, portsOf, removeTraffic, sizeOf } from './traffic.ts'

const port = fc.integer({ min: 1, max: 60 })
const traffic = fc
  .tuple(fc.constantFrom('TCP' as const, 'UDP' as const), port, port)
  .map(([protocol, from, to]) => portsOf(protocol, from, to))

test('what is gathered is the union, and what is not is the rest', () => {
  fc.assert(
    fc.property(fc.array(traffic, { maxLength: 40 }), traffic, (added, asked) => {
      const parts: Gathering = []
      for (const one of added) gather(parts, one)
      const union = added.reduce(addTraffic, noTraffic)
      assert.deepEqual(gathered(parts), union)
      assert.deepEqual(notGathered(parts, asked), removeTraffic(asked, union))
    }),
  )
})

test('ten times as many ports are gathered with little more than ten times the work', () => {
  /** How many bounds are written while every second port is added, in an order that is not theirs. */
  const written = (count: number): number => {
    const parts: Gathering = []
    let bounds = 0
    for (let index = 0; index < count; index += 1) {
      gather(parts, portsOf('TCP', 2 * ((index * 7919) % count) + 1, 2 * ((index * 7919) % count) + 1))
      const last = parts.at(-1)
      bounds += last === undefined ? 0 : sizeOf(last)
      assert.ok(parts.length <= Math.log2(2 * count) + 1, `${parts.length} parts`)
    }
    assert.equal(sizeOf(gathered(parts)), 2 * count)
    return bounds
  }
  const [few, many] = [written(1000), written(10_000)]
  assert.ok(many < 20 * few, `${few} bounds for 1000 ports, ${many} for 10,000`)
})

test('10,000 rules with a port each are answered, each with what it decided', () => {
  const names = ['a', 'b']
  const world = readWorld([
    ...names.map((name) => ({ kind: 'Pod', metadata: { namespace: 'shop', name }, spec: {} })),
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { namespace: 'shop', name: 'many' },
      // Twice the same port: the second rule decides nothing.
      spec: {
        podSelector: {},
        ingress: Array.from({ length: 10_000 }, (_, index) => ({ ports: [{ port: 2 * (index % 9999) + 1 }] })),
      },
    },
  ])
  const [source, destination] = world.pods
  if (source === undefined || destination === undefined) assert.fail('both pods are read')
  const started = performance.now()
  const { allowed, decisions } = judge(world.gates, source, destination, world.namespaceLabels)
  const passage = createReachability(world).betweenPods('shop/a', 'shop/b')
  // Generous: it takes some tenths of a second.
  const millis = performance.now() - started
  assert.ok(millis < 10_000, `${millis} ms`)
  const ports = Array.from({ length: 9999 }, (_, index) => `${2 * index + 1}`)
  assert.equal(formatTraffic(allowed), `TCP ${ports.join()}`)
  assert.deepEqual(passage, { allowed, possible: allowed })
  const told = decisions.map(({ effect, by, traffic: decided }) =>
    by.kind === 'rule' ? `${effect} ${by.path} ${formatTraffic(decided)}` : by.kind,
  )
  assert.deepEqual(told, [
    'default',
    ...ports.map((one, index) => `allow spec.ingress[${index}] TCP ${one}`),
    'isolated',
  ])
})
