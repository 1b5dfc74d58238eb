import { test } from 'node:test'
import fc from 'fast-check'
import type { JsonObject, JsonValue } from '../model/json.ts'
import type { KubernetesObject, ObjectVersion } from '../model/object.ts'
import { ClusterState } from '../state/cluster-state.ts'
import { sampleObject } from '../state/fixture.ts'
import { clusterView } from './cluster-view.ts'
import { Posture } from './posture.ts'

/** Any JSON, with the names that somebody reads appearing often. */
const fields = [
  'metadata',
  'spec',
  'status',
  'template',
  'containers',
  'initContainers',
  'volumes',
  'securityContext',
  'capabilities',
  'ownerReferences',
  'labels',
  'annotations',
  'managedFields',
  'name',
  'phase',
  'replicas',
  'privileged',
  'creationTimestamp',
  '__proto__',
  'constructor',
]
const anything = fc.letrec<{ value: JsonValue; object: JsonObject }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom<JsonValue>(null, true, '', 'web', 'ALL', -1, 1e300, [], {}),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(fc.constantFrom(...fields), tie('value'), { maxKeys: 6 }),
})).object

const kinds = [
  ['v1', 'Pod'],
  ['v1', 'Namespace'],
  ['apps/v1', 'Deployment'],
  ['apps/v1', 'ReplicaSet'],
  ['batch/v1', 'CronJob'],
  ['example.io/v1', 'Shop'],
] as const

const hostileVersion: fc.Arbitrary<ObjectVersion> = fc
  .record({
    kind: fc.constantFrom(...kinds),
    name: fc.constantFrom('a', 'b'),
    change: fc.constantFrom('listed', 'added', 'modified', 'deleted'),
    resourceVersion: fc.constantFrom('', '1', '2', 'x'),
    body: anything,
  })
  .map(({ kind: [apiVersion, kind], name, change, resourceVersion, body }) => {
    const version = sampleObject({ apiVersion, kind, namespace: 'shop', name, change, resourceVersion })
    // What a damaged record may hold: the type says more than is so.
    return { ...version, body: { ...body, apiVersion, kind } as KubernetesObject }
  })

test('no object, whatever is in it, stops the state or the checks', () => {
  fc.assert(
    fc.property(fc.array(hostileVersion, { maxLength: 12 }), (versions) => {
      const state = new ClusterState()
      const posture = new Posture(state)
      for (const version of versions) posture.apply(state.apply(version))
      const view = clusterView(posture, 1, [])
      view.counts()
      view.namespaces()
      view.kinds()
      view.findings()
      for (const { workload } of view.workloads()) view.workload(workload)
      for (const { ref } of view.objects({})) {
        view.ownersOf(ref)
        view.ownedBy(ref)
      }
    }),
    { numRuns: 500 },
  )
})
