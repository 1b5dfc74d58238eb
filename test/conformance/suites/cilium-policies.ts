import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import {
  createReachability,
  diffReachability,
  formatTraffic,
  isNoTraffic,
  type Reachability,
  readWorld,
} from '../../../src/engines/network-policy/index.ts'
import { isObject, type JsonObject } from '../../../src/model/json.ts'
import { manifestsOf } from '../manifests.ts'
import type { CaseResult, Suite } from '../suite.ts'

/**
 * Policies of Cilium's connectivity test on a small cluster of the same shape: each is read and judged, each plain
 * NetworkPolicy (`-knp`) does what the one of Cilium does, and each `-deny` takes something from what is allowed.
 */
export const suite: Suite = {
  name: 'cilium-policies',
  *run({ dir }) {
    const folder = join(dir, 'manifests')
    const files = globSync('*.yaml', { cwd: folder }).sort()
    const read = (file: string): readonly JsonObject[] => policiesIn(readFileSync(join(folder, file), 'utf8'))
    for (const file of files) {
      yield runCase(file, 'judged', () => {
        pairsOf(reach(read(file)))
        return 'judged'
      })
      const twin = file.replace('-knp', '')
      if (twin !== file && files.includes(twin)) {
        yield runCase(`${file} as ${twin}`, '', () => difference(reach(read(file)), reach(read(twin))))
      }
      if (/-deny[.-]|^deny-/.test(file)) {
        yield runCase(`${file} denies`, 'something lost, nothing gained', () => {
          // A denial beats what is allowed; what isolates only has something to take where nothing is allowed for certain.
          const denies = /Deny:/.test(readFileSync(join(folder, file), 'utf8'))
          const before = denies ? allowAll : []
          const { changes } = diffReachability(reach(before), reach([...before, ...read(file)]))
          const gained = changes.some((one) => !isNoTraffic(one.gained))
          return `${changes.length > 0 ? 'something' : 'nothing'} lost, ${gained ? 'something' : 'nothing'} gained`
        })
      }
    }
  },
}

const runCase = (name: string, expected: string, run: () => string): CaseResult => {
  const got = run()
  return { name: basename(name), ok: got === expected, expected, got }
}

const namespace = 'cilium-test'
const kinds = new Set([
  'NetworkPolicy',
  'CiliumNetworkPolicy',
  'CiliumClusterwideNetworkPolicy',
  'ClusterNetworkPolicy',
])

/** Templates are filled with the values of a cluster; the blocks that list nodes are one node. */
const policiesIn = (text: string): readonly JsonObject[] => {
  const filled = text
    .replaceAll(/\{\{-? *(?:range|end|if|with)[^}]*\}\}/g, '')
    .replaceAll(/\{\{[^}]*(?:IPv6|CIDRv6)[^}]*ipToCIDR[^}]*\}\}/g, '2606:4700::1111/128')
    .replaceAll(/\{\{[^}]*ipToCIDR[^}]*\}\}/g, '1.1.1.1/32')
    .replaceAll(/\{\{[^}]*\}\}/g, (name) => values.find(([part]) => name.includes(part))?.[1] ?? 'one.one.one.one')
  return manifestsOf(filled)
    .filter(({ kind }) => kinds.has(String(kind)))
    .map((object) => ({ ...object, metadata: { namespace, ...(isObject(object.metadata) ? object.metadata : {}) } }))
}

const values: readonly (readonly [string, string])[] = [
  ['CIDRv6', '2606:4700::/32'],
  ['IPv6', '2606:4700::1111'],
  ['CIDRv4', '1.0.0.0/8'],
  ['IPv4', '1.1.1.1'],
  ['K8sCIDR', '1.1.1.1/32'],
  ['$i.IP', '1.1.1.1'],
  ['$i.Mask', '32'],
  ['{{.}}', '1.1.1.1/32'],
  ['{{ . }}', '1.1.1.1/32'],
  ['DeploymentPort', '8080'],
  ['TestNamespace', namespace],
  ['ClusterName', 'default'],
]

const pod = (name: string, labels: JsonObject, address: string, inside = namespace): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, namespace: inside, labels: { ...labels, name, 'io.cilium.k8s.policy.cluster': 'default' } },
  spec: {
    serviceAccountName: name,
    containers: [{ ports: [{ name: 'http-8080', containerPort: 8080 }] }],
  },
  status: { podIP: address },
})

const cluster: readonly JsonObject[] = [
  { apiVersion: 'v1', kind: 'Namespace', metadata: { name: namespace } },
  pod('client', { kind: 'client' }, '10.0.0.1'),
  pod('client2', { kind: 'client', other: 'client' }, '10.0.0.2'),
  pod('echo-same-node', { kind: 'echo', other: 'echo' }, '10.0.0.3'),
  pod('echo-other-node', { kind: 'echo', first: 'echo' }, '10.0.0.4'),
  pod('backend', { app: 'backend', run: 'backend', lrp: 'backend' }, '10.0.0.5'),
  pod('elsewhere', {}, '10.0.0.6', 'other'),
  {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'agent', namespace },
    spec: { hostNetwork: true, containers: [] },
    status: { podIP: '172.18.0.2' },
  },
]

const allowAll: readonly JsonObject[] = [
  {
    apiVersion: 'cilium.io/v2',
    kind: 'CiliumNetworkPolicy',
    metadata: { name: 'all', namespace },
    spec: { endpointSelector: {}, ingress: [{ fromEntities: ['all'] }], egress: [{ toEntities: ['all'] }] },
  },
]

const reach = (policies: readonly JsonObject[]): Reachability =>
  createReachability(readWorld([...cluster, ...policies], { ipBlocks: 'not pods' }))

const pairsOf = (reachability: Reachability): number => {
  let pairs = 0
  reachability.eachPair(() => {
    pairs += 1
  })
  return pairs
}

const difference = (one: Reachability, other: Reachability): string =>
  diffReachability(one, other)
    .changes.map(
      ({ source, destination, gained, lost }) =>
        `${source.pods.join()} -> ${destination.pods.join()}: +${formatTraffic(gained)} -${formatTraffic(lost)}`,
    )
    .join('; ')
