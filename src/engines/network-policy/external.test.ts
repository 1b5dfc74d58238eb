import assert from 'node:assert/strict'
import { test } from 'node:test'
import { externalParts } from './external.ts'
import { createReachability, formatTraffic, readWorld } from './index.ts'
import { boundsOf } from './relevance.ts'
import type { Match } from './types.ts'

const count = (size: number): readonly number[] => Array.from({ length: size }, (_, index) => index)
const noLabels = () => ({})

test('addresses are parted where conditions answer otherwise, each with what it meets', () => {
  const conditions: readonly Match[] = [
    { kind: 'address', ranges: [10n, 20n] },
    { kind: 'not', of: { kind: 'address', ranges: [15n, 30n] } },
    { kind: 'unknown', reason: 'a field' },
    { kind: 'is', endpoint: 'pod' },
  ]
  const parts = externalParts(boundsOf(conditions), conditions, noLabels)
  const told = parts.map(({ addresses, met }) => [addresses.slice(0, 4).join(), met.map((one) => one.join(' ')).join()])
  assert.deepEqual(told, [
    [`0,10,30,${2n ** 32n}`, '1 yes,2 maybe'],
    ['10,15', '0 yes,1 yes,2 maybe'],
    ['15,20', '0 yes,2 maybe'],
    ['20,30', '2 maybe'],
  ])
})

test('ten times as many blocks are asked about ten times as often', () => {
  const asked = (size: number): number => {
    let reads = 0
    const conditions = count(size).map((index): Match => {
      const ranges = [BigInt(2 * index), BigInt(2 * index + 1)]
      return {
        kind: 'address',
        get ranges() {
          reads += 1
          return ranges
        },
      }
    })
    assert.equal(externalParts(boundsOf(conditions), conditions, noLabels).length, size + 1)
    return reads
  }
  const [few, many] = [asked(100), asked(1000)]
  assert.ok(many <= 11 * few, `${few} times for 100 blocks, ${many} for 1000`)
})

test('3000 rules with a port and an ipBlock each part the outside in as many classes, each with its port', () => {
  const size = 3000
  const pod = { kind: 'Pod', metadata: { namespace: 'shop', name: 'a' }, spec: {} }
  const policy = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { namespace: 'shop', name: 'many' },
    spec: {
      podSelector: {},
      ingress: count(size).map((index) => ({
        ports: [{ port: index + 1 }],
        from: [{ ipBlock: { cidr: `10.${index >> 8}.${index & 255}.0/24` } }],
      })),
    },
  }
  const open = createReachability(readWorld([pod]))
  open.setGates(readWorld([pod, policy]).gates)
  for (const reachability of [createReachability(readWorld([pod, policy])), open]) {
    const answers = new Map<string, string>()
    reachability.eachPair((source, destination, { allowed }) => {
      if (destination.pods.size > 0) answers.set(source.example.name, formatTraffic(allowed))
    })
    // The others are the pod itself and the addresses of no block.
    assert.equal(answers.size, size + 2)
    for (const index of count(size)) {
      const block = `10.${index >> 8}.${index & 255}`
      assert.equal(answers.get(`${block}.0-${block}.255`), `TCP ${index + 1}`)
    }
  }
})
