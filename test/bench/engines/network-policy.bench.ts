// All connections of a cluster by classes of endpoints: 10,000 pods of 2,000 workloads in 100 namespaces, 300 policies.
// Where netpol-analyzer (k8snetpolicy) is on the PATH, both answer for the same smaller cluster in the same run.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  createReachability,
  followWorld,
  isNoTraffic,
  type Reachability,
  readPod,
  readSurroundings,
  readWorld,
  type WorldChange,
} from '../../../src/engines/network-policy/index.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { type Bench, runBench } from '../report.ts'

const appsPerNamespace = 20
const podsPerApp = 5

const namespaceObject = (n: number): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: `team-${n}`, labels: { tenant: `t${n % 10}`, env: n % 3 === 0 ? 'prod' : 'dev' } },
})

const podObject = (n: number, app: number, pod: number, tier = `tier-${app % 4}`): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `app-${app}-${pod}`,
    namespace: `team-${n}`,
    labels: { app: `app-${app}`, tier, 'pod-template-hash': `h${n}x${app}`, pod: `p${n}x${app}x${pod}` },
  },
  spec: {
    nodeName: `node-${(n * 7 + pod) % 200}`,
    containers: [{ name: 'c', ports: [{ name: 'http', containerPort: 8000 + (app % 3), protocol: 'TCP' }] }],
  },
  status: { podIP: `10.${n}.${app}.${pod + 1}` },
})

/** Three for each namespace: nothing unless allowed, the tiers among each other, and what comes from outside of it. */
const policyObjects = (n: number): readonly JsonObject[] => {
  const policy = (name: string, spec: JsonObject): JsonObject => ({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace: `team-${n}` },
    spec,
  })
  const dns = { to: [{ namespaceSelector: {} }], ports: [{ protocol: 'UDP', port: 53 }] }
  const block = { cidr: `192.168.${n}.0/24`, except: [`192.168.${n}.128/25`] }
  return [
    policy('default', { podSelector: {}, policyTypes: ['Ingress', 'Egress'], egress: [dns] }),
    policy('tiers', {
      podSelector: { matchExpressions: [{ key: 'tier', operator: 'In', values: ['tier-1', 'tier-2'] }] },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [{ from: [{ podSelector: { matchLabels: { tier: 'tier-0' } } }], ports: [{ port: 'http' }] }],
      egress: [{ to: [{ podSelector: { matchLabels: { tier: 'tier-3' } } }, { ipBlock: block }] }],
    }),
    policy('others', {
      podSelector: { matchLabels: { app: `app-${n % appsPerNamespace}` } },
      ingress: [
        {
          from: [{ namespaceSelector: { matchLabels: { tenant: `t${n % 10}` } }, podSelector: {} }],
          ports: [{ protocol: 'TCP', port: 8000, endPort: 8001 }],
        },
      ],
    }),
  ]
}

const clusterOf = (namespaces: number): readonly JsonObject[] => {
  const count = (size: number) => Array.from({ length: size }, (_, index) => index)
  return count(namespaces).flatMap((n) => [
    namespaceObject(n),
    ...policyObjects(n),
    ...count(appsPerNamespace).flatMap((app) => count(podsPerApp).map((pod) => podObject(n, app, pod))),
  ])
}

interface Timed<T> {
  readonly result: T
  readonly millis: number
  /** Of this process; unlike the time, it tells little of what else the machine does. */
  readonly cpuMillis: number
}

const timed = <T>(work: () => T): Timed<T> => {
  const cpu = process.cpuUsage()
  const started = performance.now()
  const result = work()
  const millis = performance.now() - started
  const { user, system } = process.cpuUsage(cpu)
  return { result, millis, cpuMillis: Math.round((user + system) / 1000) }
}

/** Ordered pairs of pods of which one can reach the other at all, and pairs of a pod and the outside that can. */
const connectionsOf = (reachability: Reachability): number => {
  let connections = 0
  reachability.eachPair((source, destination, { allowed }) => {
    if (!isNoTraffic(allowed)) connections += Math.max(source.pods.size, 1) * Math.max(destination.pods.size, 1)
  })
  return connections
}

const bench: Bench = async (report) => {
  const objects = clusterOf(100)
  const before = process.memoryUsage().rss
  const whole = timed(() => {
    const reachability = createReachability(readWorld(objects))
    return { reachability, connections: connectionsOf(reachability) }
  })
  const { reachability, connections } = whole.result
  const note = `10,000 pods, 300 policies, ${reachability.classes().length} classes, ${connections} connections, CPU ${whole.cpuMillis} ms`
  report({
    name: 'network-policy: all pairs, objects to answers',
    value: whole.millis,
    unit: 'ms',
    gate: { atMost: 2000 },
    note,
  })
  const rss = process.memoryUsage().rss
  const mebi = 2 ** 20
  report({
    name: 'network-policy: memory of the process after it',
    value: rss / mebi,
    unit: 'MiB',
    gate: { atMost: 500 },
    note: `${Math.round((rss - before) / mebi)} MiB more than before`,
  })

  const moved = readPod(podObject(3, 4, 2, 'tier-new'), readSurroundings([]))
  if (moved === undefined) throw new Error('the pod runs')
  const onePod = timed(() => {
    reachability.setPod(moved)
    return connectionsOf(reachability)
  })
  report({
    name: 'network-policy: all pairs again, one pod changed',
    value: onePod.millis,
    unit: 'ms',
    note: `CPU ${onePod.cpuMillis} ms`,
  })
  const podPairs = timed(() => {
    for (let other = 0; other < 100; other += 1) {
      reachability.betweenPods(moved.name, `team-${other}/app-1-1`)
      reachability.betweenPods(`team-${other}/app-1-1`, moved.name)
    }
  })
  report({ name: 'network-policy: one pair of pods', value: (podPairs.millis * 1000) / 200, unit: 'µs' })
  policyChanges(report, objects)
  peer(report)
}

/** The same policy under another name. */
const renamed = (object: JsonObject): JsonObject => ({ ...object, metadata: { name: 'added', namespace: 'team-7' } })

/** Policies that come, change and go among the others: in place, and by building everything anew. */
const policyChanges = (report: Parameters<Bench>[0], objects: readonly JsonObject[]): void => {
  const followed = followWorld(objects)
  connectionsOf(followed.reachability)
  const [added] = policyObjects(7).slice(2).map(renamed)
  if (added === undefined) throw new Error('there is a third policy')
  const others = { ...added, spec: { podSelector: { matchLabels: { tier: 'tier-2' } }, ingress: [{}] } }
  const changes: readonly WorldChange[] = [{ set: [added] }, { set: [others] }, { remove: [added] }]
  const current = new Map(objects.map((object) => [object, object]))
  const timings = changes.map((change) => {
    const answer = timed(() => {
      followed.apply(change)
      return followed.reachability.betweenPods('team-3/app-1-1', 'team-7/app-7-1')
    })
    const inPlace = timed(() => connectionsOf(followed.reachability))
    for (const one of [...current.values()]) if (one === added || one === others) current.delete(one)
    for (const one of change.set ?? []) current.set(one, one)
    const anew = timed(() => connectionsOf(createReachability(readWorld([...current.values()]))))
    if (anew.result !== inPlace.result) throw new Error('both ways lead to the same connections')
    return { answer: answer.cpuMillis, inPlace: answer.cpuMillis + inPlace.cpuMillis, anew: anew.cpuMillis }
  })
  const median = (of: (one: (typeof timings)[number]) => number): number =>
    timings.map(of).sort((a, b) => a - b)[1] ?? 0
  const note = 'CPU, median of a policy that comes, changes and goes'
  const name = 'network-policy: one policy changed'
  report({ name: `${name}, to the next answer for a pair`, value: median((one) => one.answer), unit: 'ms', note })
  report({ name: `${name}, all pairs again`, value: median((one) => one.inPlace), unit: 'ms', note })
  report({ name: `${name}, all pairs built anew`, value: median((one) => one.anew), unit: 'ms', note })
  const ratio = median((one) => one.anew / Math.max(one.inPlace, 1))
  report({ name: `${name}: anew takes this many times as long`, value: ratio, unit: '×', note })
}

/** The allowed connections of a smaller cluster by netpol-analyzer, which compares each pair of pods. */
const peer = (report: Parameters<Bench>[0]): void => {
  const objects = clusterOf(2)
  const folder = mkdtempSync(join(tmpdir(), 'bench-netpol-'))
  try {
    writeFileSync(join(folder, 'all.json'), JSON.stringify({ apiVersion: 'v1', kind: 'List', items: objects }))
    const ours = timed(() => connectionsOf(createReachability(readWorld(objects))))
    const command = ['list', '--dirpath', folder, '-q']
    const theirs = timed(() => spawnSync('k8snetpolicy', command, { encoding: 'utf8', maxBuffer: 2 ** 28 }))
    const { error, status, stdout, stderr } = theirs.result
    if (error !== undefined) {
      console.error('network-policy: no ratio to netpol-analyzer: k8snetpolicy is not on the PATH')
      return
    }
    const lines = stdout.split('\n').filter((line) => line.includes(' => ')).length
    if (status !== 0 || lines === 0) throw new Error(`netpol-analyzer ended with ${status}: ${stderr.slice(0, 500)}`)
    report({
      name: 'network-policy: netpol-analyzer takes this many times as long',
      value: theirs.millis / ours.millis,
      unit: '×',
      note: `200 pods, 6 policies: ${Math.round(theirs.millis)} ms, ours ${Math.round(ours.millis)} ms; it lists ${lines} connections`,
    })
  } finally {
    rmSync(folder, { recursive: true })
  }
}

export default bench
await runBench(import.meta, bench)
