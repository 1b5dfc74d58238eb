import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import {
  createReachability,
  diffReachability,
  isNoTraffic,
  type Reachability,
  readWorld,
} from '../../../src/engines/network-policy/index.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts'
import { manifestsIn, manifestsOf, parsedYaml } from '../manifests.ts'
import type { CaseResult, Suite } from '../suite.ts'

/**
 * Schemes of network-config-analyzer: named sets of policies on lists of pods, and queries that compare them. Run are
 * the queries on all connections: equivalence, containment and twoWayContainment.
 */
export const suite: Suite = {
  name: 'npguard-network-config-analyzer',
  *run({ dir }) {
    const tests = join(dir, 'tests')
    for (const file of globSync('**/*scheme*.{yaml,yml}', { cwd: tests }).sort()) yield* runScheme(tests, file)
  },
}

function* runScheme(tests: string, file: string): Generator<CaseResult> {
  const scheme = parsedYaml(readFileSync(join(tests, file), 'utf8'))
  if (!isObject(scheme)) return
  const configs = new Map(objectsIn(scheme.networkConfigList).map((config) => [asString(config.name) ?? '', config]))
  const cache = new Map<string, Loaded>()
  const load = (name: string): Loaded => {
    const known = cache.get(name) ?? loadConfig(name, configs, scheme, join(tests, file))
    cache.set(name, known)
    return known
  }
  for (const [index, query] of objectsIn(scheme.queries).entries()) {
    for (const kind of ['equivalence', 'containment', 'twoWayContainment'] as const) {
      const names = textsIn(query[kind])
      if (names.length < 2 || typeof query.expected !== 'number') continue
      const name = `${relative(tests, join(tests, file))}#${index} ${kind}`
      const loaded = names.map(load)
      const unread = [...new Set(loaded.flatMap((one) => one.unread))].sort()
      const got =
        unread.length > 0
          ? `not read: ${unread.join(', ')}`
          : kind === 'containment'
            ? sumOf(loaded.slice(1).map((one) => (contains(loaded[0], one) ? 1 : 0)))
            : sumOf(pairsOf(loaded).map(([one, other]) => compare(kind, one, other)))
      yield { name, ok: got === query.expected, expected: query.expected, got }
    }
  }
}

const compare = (kind: 'equivalence' | 'twoWayContainment', one: Loaded, other: Loaded): number => {
  if (!comparable(one, other)) return 0
  const [inOther, inOne] = [contains(other, one), contains(one, other)]
  if (kind === 'equivalence') return inOther && inOne ? 0 : 1
  if (inOther && inOne) return 3
  if (!inOther && !inOne) return 0
  return inOther ? 2 : 1
}

/** Upstream does not compare sets on other pods. */
const comparable = (one: Loaded, other: Loaded): boolean => {
  const { addedPods, removedPods } = diffReachability(one.reachability, other.reachability)
  return addedPods.length + removedPods.length === 0
}

/** Whether all connections of the second are in the first. Upstream knows of ICMP, and so do we. */
const contains = (whole: Loaded | undefined, part: Loaded): boolean => {
  if (whole === undefined) return false
  const { changes, removedPods } = diffReachability(part.reachability, whole.reachability)
  return removedPods.length === 0 && changes.every(({ lost }) => isNoTraffic(lost))
}

interface Loaded {
  readonly reachability: Reachability
  /** Kinds and fields among the policies that the engine does not know. */
  readonly unread: readonly string[]
}

const plainKinds = new Set([
  ...['Namespace', 'Pod', 'Node', 'Service', 'Endpoints', 'ServiceAccount', 'Deployment', 'ReplicaSet', 'ConfigMap'],
  ...[
    'WorkloadEndpoint',
    'StatefulSet',
    'DaemonSet',
    'NetworkPolicy',
    'GlobalNetworkPolicy',
    'NetworkSet',
    'GlobalNetworkSet',
    'Tier',
  ],
])

const loadConfig = (
  name: string,
  configs: ReadonlyMap<string, JsonObject>,
  scheme: JsonObject,
  file: string,
): Loaded => {
  const [configName = '', ...policyName] = name.split('/')
  const config = configs.get(configName) ?? {}
  const from = (key: string) => filesOf(config[key] ?? scheme[key], dirname(file))
  const topology = [...from('namespaceList'), ...from('podList')].flatMap(read)
  const resources = [
    ...filesOf(scheme.resourceList, dirname(file)),
    ...filesOf(config.resourceList, dirname(file)),
  ].flatMap(read)
  const policies = filesOf(config.networkPolicyList, dirname(file)).flatMap(read)
  const isPolicy = ({ kind }: JsonObject): boolean => kind === 'NetworkPolicy' || kind === 'GlobalNetworkPolicy'
  const wanted = policyName.join('/').replace(/^(?:K8sNetworkPolicy|Calico(?:Global)?NetworkPolicy)\//, '')
  const chosen = [...policies, ...resources].filter(
    (object) => wanted === '' || !isPolicy(object) || nameOf(object) === wanted,
  )
  const objects = [...uniquePods(topology.filter((object) => !isPolicy(object))), ...chosen]
  const world = readWorld(objects.map(offHost), { ipBlocks: 'not pods' })
  const kinds = chosen.map(({ kind }) => String(kind)).filter((kind) => !plainKinds.has(kind))
  const hosts = objects.some(({ kind }) => kind === 'HostEndpoint') ? ['HostEndpoint'] : []
  const lists = [config.networkPolicyList, config.resourceList, config.podList ?? scheme.podList]
  const missing = lists
    .flatMap((list) => filesOf(list, dirname(file)))
    .flatMap((path) => (existsSync(path) ? [] : [relative(dirname(file), path)]))
  return { reachability: createReachability(world), unread: [...kinds, ...hosts, ...missing] }
}

const nameOf = ({ kind, metadata }: JsonObject): string => {
  const { namespace, name } = isObject(metadata) ? metadata : {}
  return kind === 'GlobalNetworkPolicy' ? `${name}` : `${namespace ?? 'default'}/${name}`
}

/** The same list is often named twice. */
const uniquePods = (objects: readonly JsonObject[]): readonly JsonObject[] => [
  ...new Map(objects.map((object) => [`${object.kind} ${nameOf(object)}`, object])).values(),
]

/** The analyzer does not look at hostNetwork; a WorkloadEndpoint is how Calico itself sees a pod. */
const offHost = (object: JsonObject): JsonObject => {
  if (object.kind === 'WorkloadEndpoint') return podOfEndpoint(object)
  return object.kind === 'Pod' && isObject(object.spec)
    ? { ...object, spec: { ...object.spec, hostNetwork: false } }
    : object
}

const podOfEndpoint = (object: JsonObject): JsonObject => {
  const spec = isObject(object.spec) ? object.spec : {}
  const ports = objectsIn(spec.ports).map(({ name, port, protocol }) => ({ name, containerPort: port, protocol }))
  const { serviceAccountName } = spec
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: object.metadata,
    spec: { serviceAccountName, containers: [{ ports }] },
  }
}

const filesOf = (value: JsonValue | undefined, folder: string): readonly string[] =>
  textsIn(value).map((path) => join(folder, path.replace(/\*\*$/, '')))

const read = (path: string): readonly JsonObject[] => {
  if (!existsSync(path)) return []
  return statSync(path).isDirectory() ? manifestsIn(path) : manifestsOf(readFileSync(path, 'utf8'))
}

const textsIn = (value: JsonValue | undefined): readonly string[] =>
  typeof value === 'string' ? [value] : Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
const objectsIn = (value: JsonValue | undefined): readonly JsonObject[] =>
  Array.isArray(value) ? value.filter(isObject) : []
const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0)
const pairsOf = <T>(list: readonly T[]): readonly (readonly [T, T])[] =>
  list.flatMap((one, index) => list.slice(index + 1).map((other) => [one, other] as const))
