// Posture of 10,000 workloads with 30,000 pods: built at once, and brought up to date after one object changed.
import type { JsonObject } from '../../src/model/json.ts'
import type { ObjectVersion } from '../../src/model/object.ts'
import { clusterView } from '../../src/posture/cluster-view.ts'
import { Posture } from '../../src/posture/posture.ts'
import { ClusterState } from '../../src/state/cluster-state.ts'
import { type SampleObject, sampleObject } from '../../src/state/fixture.ts'
import { type Bench, runBench } from './report.ts'

const workloads = Number(process.env.BULWARK_BENCH_WORKLOADS ?? 10_000)
const podsEach = 3
const namespaces = 200
const changes = 500

/** Every third is fine, every third misses a setting, every third is privileged. */
const podSpec = (index: number, resourceVersion: number): JsonObject => ({
  containers: ['app', 'proxy'].map((name) => ({
    name,
    image: `registry.example/${name}:${resourceVersion}`,
    env: Array.from({ length: 10 }, (_, at) => ({ name: `SETTING_${at}`, value: `value ${at}` })),
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      ...(index % 3 === 1 ? {} : { runAsNonRoot: true }),
      ...(index % 3 === 2 ? { privileged: true } : {}),
      seccompProfile: { type: 'RuntimeDefault' },
    },
  })),
  volumes: [
    { name: 'tmp', emptyDir: {} },
    { name: 'token', projected: { sources: [] } },
  ],
})

const objectsOf = (index: number, resourceVersion = 1): readonly ObjectVersion[] => {
  const namespace = `ns-${index % namespaces}`
  const name = `app-${index}`
  const template = { metadata: { labels: { app: name } }, spec: podSpec(index, resourceVersion) }
  const base = { namespace, resourceVersion: String(resourceVersion) }
  const apps = (kind: string, own: string): SampleObject => ({
    ...base,
    apiVersion: 'apps/v1',
    kind,
    name: own,
    rest: { spec: { replicas: podsEach, template } },
  })
  const replicaSet = { ...apps('ReplicaSet', `${name}-r`), owner: { apiVersion: 'apps/v1', kind: 'Deployment', name } }
  const owner = { apiVersion: 'apps/v1', kind: 'ReplicaSet', name: `${name}-r` }
  const pods = Array.from({ length: podsEach }, (_, at): SampleObject => {
    const rest = { spec: podSpec(index, resourceVersion), status: { phase: 'Running' } }
    return { ...base, kind: 'Pod', name: `${name}-r-${at}`, owner, rest }
  })
  return [apps('Deployment', name), replicaSet, ...pods].map(sampleObject)
}

const millisOf = (work: () => void): number => {
  const start = performance.now()
  work()
  return performance.now() - start
}

const percentile = (sorted: readonly number[], part: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0

/** What the page asks after a change: sums, namespaces, and the workload itself. */
const readAll = (posture: Posture, workload: ObjectVersion): void => {
  const view = clusterView(posture, 1, [])
  view.counts()
  view.namespaces()
  view.workload(workload.ref)
}

const bench: Bench = async (report) => {
  const objects = Array.from({ length: workloads }, (_, index) => objectsOf(index)).flat()
  for (let index = 0; index < namespaces; index++)
    objects.push(sampleObject({ kind: 'Namespace', name: `ns-${index}` }))

  const state = new ClusterState()
  const filled = millisOf(() => {
    for (const object of objects) state.apply(object)
  })
  report({ name: `state of ${objects.length} objects, from their versions`, value: filled, unit: 'ms' })

  const posture = new Posture(state)
  const built = millisOf(() => clusterView(posture, 1, []).namespaces())
  report({ name: `posture of ${workloads} workloads, all at once`, value: built, unit: 'ms', gate: { atMost: 3000 } })

  for (const which of ['Deployment', 'Pod'] as const) {
    const times = Array.from({ length: changes }, (_, index) => {
      const made = objectsOf((index * 7919) % workloads, 2 + index)
      const [deployment] = made
      const changed = made.find(({ ref }) => ref.kind === which)
      if (!deployment || !changed) throw new Error('the generator makes both')
      return millisOf(() => {
        posture.apply(state.apply(changed))
        readAll(posture, deployment)
      })
    }).sort((a, b) => a - b)
    const name = `one ${which} changed, to sums, namespaces and workload read`
    report({ name: `${name}, median`, value: percentile(times, 0.5), unit: 'ms' })
    report({ name: `${name}, p99`, value: percentile(times, 0.99), unit: 'ms', gate: { atMost: 50 } })
  }
}

export default bench
await runBench(import.meta, bench)
