import type { KindRow } from '../model/answer.ts'
import type { Finding, WorkloadRef } from '../model/finding.ts'
import { type ObjectRef, type ObjectVersion, objectKey } from '../model/object.ts'
import type { ClusterCounts, NamespacePosture, OwnedObject, WorkloadPosture, WorkloadRow } from '../model/posture.ts'
import type { Micros } from '../model/time.ts'
import type { ObjectFilter, ObjectName } from '../state/snapshot.ts'
import type { Posture } from './posture.ts'
import { ownedTree, workloadDetail } from './workload-detail.ts'

/** One cluster at one moment, as the API serves it: what is there, and what the checks say of it. */
export interface ClusterView {
  readonly at: Micros
  readonly version: number
  counts(): ClusterCounts
  kinds(): readonly KindRow[]
  objects(filter: ObjectFilter): readonly ObjectVersion[]
  object(object: ObjectName): ObjectVersion | undefined
  ownersOf(object: ObjectName): readonly ObjectRef[]
  ownedBy(object: ObjectName): readonly OwnedObject[]
  workloadOf(object: ObjectName): WorkloadRef | undefined
  namespaces(): readonly NamespacePosture[]
  workloads(): readonly WorkloadRow[]
  workload(ref: WorkloadRef): WorkloadPosture | undefined
  findings(): readonly Finding[]
}

/** `discovered` are the kinds that the cluster's source knows of, seen or not; none for a past moment. */
export const clusterView = (posture: Posture, at: Micros, discovered: readonly KindRow[]): ClusterView => {
  const { snapshot } = posture
  return {
    at,
    version: snapshot.version,
    counts: () => posture.counts(),
    kinds: () => kindRows(posture, discovered),
    objects: (filter) => Array.from(snapshot.objects(filter)),
    object: (object) => snapshot.get(object),
    ownersOf: (object) => snapshot.ownersOf(object),
    ownedBy: (object) => {
      const found = snapshot.get(object)
      return found ? ownedTree(snapshot, found) : []
    },
    workloadOf: (object) => snapshot.workloadOf(object),
    namespaces: () => posture.namespaces(),
    workloads: () => posture.rows(),
    workload: (ref) => {
      const assessment = posture.assessment(ref)
      return assessment && workloadDetail(snapshot, assessment)
    },
    findings: () => posture.assessments().flatMap(({ findings }) => findings),
  }
}

/** Kinds that have objects, then those that are known and have none or are not seen; each in order of name. */
const kindRows = ({ snapshot }: Posture, discovered: readonly KindRow[]): readonly KindRow[] => {
  const rows = new Map(discovered.map((row) => [`${row.group}/${row.kind}`, { ...row, count: 0 }]))
  for (const { ref, count } of snapshot.kinds()) {
    const known = rows.get(`${ref.group}/${ref.kind}`)
    const { group, version, kind, resource, namespace } = ref
    const row = known ?? { group, version, kind, resource, namespaced: namespace !== '', seen: true, why: '' }
    rows.set(`${group}/${kind}`, { ...row, count })
  }
  return [...rows.values()].sort((a, b) => (objectKey(nameIn(a)) < objectKey(nameIn(b)) ? -1 : 1))
}

const nameIn = ({ group, kind }: KindRow): ObjectName => ({ group, kind, namespace: '', name: '' })
