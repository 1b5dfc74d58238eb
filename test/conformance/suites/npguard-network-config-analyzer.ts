import { existsSync, globSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { type Endpoint, istioDefaults, podOfWorkload, readWorld } from '../../../src/engines/network-policy/index.ts'
import { asString, isObject, type JsonObject, type JsonValue } from '../../../src/model/json.ts'
import * as queries from '../config-queries.ts'
import { mapDifferences } from '../connectivity-map.ts'
import { readFwRules } from '../fw-rules.ts'
import { manifestsIn, manifestsOf, parsedYaml } from '../manifests.ts'
import type { CaseResult, Suite } from '../suite.ts'

/**
 * Schemes of network-config-analyzer: named sets of policies on lists of pods, and queries that have a number for an
 * answer: see config-queries.ts.
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
  const load = (name: string, topology = name): Loaded => {
    const key = `${name}\n${topology}`
    const known = cache.get(key) ?? loadConfig(name, topology, configs, scheme, join(tests, file))
    cache.set(key, known)
    return known
  }
  for (const [index, query] of objectsIn(scheme.queries).entries()) {
    yield* runMap(query, `${file}#${index} connectivityMap`, dirname(join(tests, file)), load)
    for (const [kind, ask] of Object.entries(kinds)) {
      const names = textsIn(query[kind])
      if (names.length === 0 || typeof query.expected !== 'number') continue
      const used: Loaded[] = []
      const loadAndUse = (name: string, topology?: string): Loaded => {
        const loaded = load(name, topology)
        used.push(loaded)
        return loaded
      }
      const count = ask(names, loadAndUse)
      const unread = [...new Set(used.flatMap((one) => one.unread))].filter((one) => !isPassedOver(kind, one)).sort()
      const got = unread.length > 0 ? `not read: ${unread.join(', ')}` : count
      yield { name: `${file}#${index} ${kind}`, ok: got === query.expected, expected: query.expected, got }
    }
  }
}

/** The map as a text of rules. The same map in other notations (YAML, CSV, graphs) is not read a second time. */
function* runMap(query: JsonObject, name: string, folder: string, load: Load): Generator<CaseResult> {
  const names = textsIn(query.connectivityMap)
  const output = asString(query.expectedOutput)
  const format = isObject(query.outputConfiguration) ? (query.outputConfiguration.outputFormat ?? 'txt') : 'txt'
  if (names.length === 0 || output === undefined || format !== 'txt') return
  const file = join(folder, output)
  const rules = existsSync(file) ? readFwRules(readFileSync(file, 'utf8')) : `the file ${output}`
  const loaded = names.map((one) => load(one))
  const unread = [...new Set([...loaded.flatMap((one) => one.unread), ...(typeof rules === 'string' ? [rules] : [])])]
  const differences = loaded.flatMap((config, index) =>
    unread.length > 0 || typeof rules === 'string'
      ? [`not read: ${unread.join(', ')}`]
      : mapDifferences(config, rules.get((names[index] ?? '').replace(kindInName, '$1')) ?? [], config.namesOf),
  )
  yield { name, ok: differences.length === 0, expected: 'no difference', got: differences.slice(0, 5) }
}

/** Gateways are no policies to these queries. */
const isPassedOver = (query: string, unread: string): boolean =>
  unread === 'Ingress' && ['vacuity', 'redundancy', 'disjointness', 'allCaptured', 'sanity'].includes(query)

type Load = (name: string, topology?: string) => Loaded
type Ask = (names: readonly string[], load: Load) => number

/** Of each set by itself. */
const each =
  (of: (config: Loaded) => number): Ask =>
  (names, load) =>
    sumOf(names.map((name) => of(load(name))))

/** Of each two, in their order. */
const pairs =
  (of: (one: Loaded, other: Loaded) => number): Ask =>
  (names, load) =>
    sumOf(pairsOf(names.map((name) => load(name))).map(([one, other]) => of(one, other)))

/** Of each but the first with the first. */
const versusFirst =
  (of: (one: Loaded, first: Loaded) => number): Ask =>
  (names, load) => {
    const [first = '', ...rest] = names
    return sumOf(rest.map((name) => of(load(name), load(first))))
  }

/** The same, each with its policies on the pods of the first. */
const specified =
  (of: (spec: Loaded, first: Loaded) => number): Ask =>
  (names, load) => {
    const [first = '', ...rest] = names
    return sumOf(rest.map((name) => of(load(name, first), load(first))))
  }

const kinds: Readonly<Record<string, Ask>> = {
  equivalence: pairs(queries.equivalence),
  containment: versusFirst((one, first) => (queries.contains(first, one) ? 1 : 0)),
  twoWayContainment: pairs(queries.twoWayContainment),
  strongEquivalence: pairs(queries.strongEquivalence),
  semanticDiff: pairs(queries.semanticDiff),
  vacuity: each(queries.vacuity),
  emptiness: each(queries.emptiness),
  redundancy: each(queries.redundancy),
  disjointness: each(queries.disjointness),
  allCaptured: each((config) => queries.allCaptured(config, config.workloadOf)),
  sanity: each(queries.sanity),
  permits: specified(queries.permits),
  forbids: specified(queries.forbids),
  interferes: versusFirst(queries.interferes),
  pairwiseInterferes: (names, load) =>
    sumOf(
      names.flatMap((one) => names.map((other) => (one === other ? 0 : queries.interferes(load(one), load(other))))),
    ),
}

interface Loaded extends queries.Config {
  /** Kinds and fields among the policies that the engine does not know. */
  readonly unread: readonly string[]
  readonly workloadOf: (pod: Endpoint) => string
  /** What a map may call the pod. */
  readonly namesOf: (pod: Endpoint) => readonly string[]
}

const plainKinds = new Set([
  ...['undefined', 'IngressClass', 'AuthorizationPolicy'],
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
  topologyName: string,
  configs: ReadonlyMap<string, JsonObject>,
  scheme: JsonObject,
  file: string,
): Loaded => {
  const [configName = '', ...policyName] = name.split('/')
  const config = configs.get(configName) ?? {}
  const placed = configs.get(topologyName.split('/')[0] ?? '') ?? {}
  const from = (key: string) => filesOf(placed[key] ?? scheme[key], dirname(file))
  const topology = [...from('namespaceList'), ...from('podList')].flatMap(read)
  const resources = [
    ...filesOf(scheme.resourceList, dirname(file)),
    ...filesOf(config.resourceList, dirname(file)),
  ].flatMap(read)
  const policies = filesOf(config.networkPolicyList, dirname(file)).flatMap(read)
  const isPolicy = ({ kind }: JsonObject): boolean => kind === 'NetworkPolicy' || kind === 'GlobalNetworkPolicy'
  const wanted = policyName.join('/').replace(kindInName, '')
  const group = /^K8s/.test(policyName[0] ?? '') ? 'networking.k8s.io' : 'projectcalico.org'
  const isGiven = ({ apiVersion }: JsonObject): boolean => policyName.length < 3 || String(apiVersion).startsWith(group)
  const chosen = [...policies, ...resources].filter(
    (object) => wanted === '' || !isPolicy(object) || (nameOf(object) === wanted && isGiven(object)),
  )
  const objects = [
    ...uniquePods(topology.filter((object) => !isPolicy(object) && object.kind !== 'AuthorizationPolicy')),
    ...chosen,
  ]
  const isMeshed = chosen.some(({ kind }) => kind === 'AuthorizationPolicy')
  const pods = objects.map((object) => podOfWorkload(object) ?? object).map(offHost)
  const istio = { ...istioDefaults, rootNamespace: 'istio-config' }
  const world = readWorld(isMeshed ? pods.map(inMesh) : pods, { ipBlocks: 'not pods', istio })
  const unknown = chosen.map(({ kind }) => String(kind)).filter((kind) => !plainKinds.has(kind))
  const hosts = objects.some(({ kind }) => kind === 'HostEndpoint') ? ['HostEndpoint'] : []
  const lists = [config.networkPolicyList, config.resourceList, config.podList ?? scheme.podList]
  const missing = lists
    .flatMap((list) => filesOf(list, dirname(file)))
    .flatMap((path) => (existsSync(path) ? [] : [relative(dirname(file), path)]))
  const workloads = new Map(objects.map((object) => [nameOf(object), workloadIn(object)]))
  const workloadOf = ({ name: pod }: Endpoint): string => workloads.get(pod) ?? pod
  const owners = new Map(objects.map((object) => [nameOf(object), ownerOf(object)]))
  const namesOf = (pod: Endpoint): readonly string[] => {
    const owner = owners.get(pod.name)
    const workload = workloadOf(pod).split(' ')[1]
    return [pod.name.split('/')[1] ?? '', ...[owner, workload].filter((one) => one !== undefined)]
  }
  return { ...queries.configOf(world), unread: [...unknown, ...hosts, ...missing], workloadOf, namesOf }
}

/** Before the namespace and name of one policy of a set. */
const kindInName = /(^|\/)(?:K8sNetworkPolicy|Calico(?:Global)?NetworkPolicy)\//

const nameOf = ({ kind, metadata }: JsonObject): string => {
  const { namespace, name } = isObject(metadata) ? metadata : {}
  return kind === 'GlobalNetworkPolicy' ? `${name}` : `${namespace ?? 'default'}/${name}`
}

const ownerOf = (pod: JsonObject): string | undefined => {
  const [owner] = objectsIn(isObject(pod.metadata) ? pod.metadata.ownerReferences : undefined)
  return asString(owner?.name)
}

/** Pods of one owner are one workload; of a ReplicaSet with a hash for its last part it is what made that. */
const workloadIn = (pod: JsonObject): string => {
  const [owner] = objectsIn(isObject(pod.metadata) ? pod.metadata.ownerReferences : undefined)
  const name = asString(owner?.name)
  if (owner === undefined || name === undefined) return nameOf(pod)
  const made = owner.kind === 'ReplicaSet' && /-[0-9a-f]+$/i.test(name) ? name.replace(/-[0-9a-f]+$/i, '') : name
  return `${nameOf(pod).split('/')[0]} ${made}`
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

/** To the analyzer every pod is in the mesh. */
const inMesh = (object: JsonObject): JsonObject => {
  if (object.kind !== 'Pod' || !isObject(object.metadata)) return object
  const annotations = isObject(object.metadata.annotations) ? object.metadata.annotations : {}
  return {
    ...object,
    metadata: { ...object.metadata, annotations: { ...annotations, 'sidecar.istio.io/inject': 'true' } },
  }
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
