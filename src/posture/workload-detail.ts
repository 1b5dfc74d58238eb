import { compareLevels, podTemplateOf, remedyFor } from '../engines/pod-security/index.ts'
import { isObject, type JsonObject } from '../model/json.ts'
import { type ObjectVersion, objectKey } from '../model/object.ts'
import { type OwnedObject, type PodSecurityLevel, podSecurityLevels, type WorkloadPosture } from '../model/posture.ts'
import { controllerOf, maxOwners } from '../state/ownership.ts'
import type { Snapshot } from '../state/snapshot.ts'
import type { Assessment } from './assess.ts'
import { judge } from './subject.ts'

/** All that is known of a workload: its assessment, with what stands below it and the patch that would mend it. */
export const workloadDetail = (snapshot: Snapshot, assessment: Assessment): WorkloadPosture => ({
  ...assessment,
  tree: workloadTree(snapshot, assessment),
  patch: patchTowards(snapshot, assessment),
})

/**
 * What an object owns, down to the pods. Anybody can write owner references: each object stands in the tree once, and the
 * tree is no deeper than owners are followed.
 */
export const ownedTree = (
  snapshot: Snapshot,
  object: ObjectVersion,
  seen = new Set<ObjectVersion>(),
  depth = 0,
): readonly OwnedObject[] => {
  if (depth >= maxOwners) return []
  seen.add(object)
  const owned = snapshot.ownedBy(object.ref).filter((one) => isInUse(one) && !seen.has(one))
  for (const one of owned) seen.add(one)
  return owned.map((one) => ({ ...nameOf(one), children: ownedTree(snapshot, one, seen, depth + 1) }))
}

const workloadTree = (snapshot: Snapshot, { workload }: Assessment): readonly OwnedObject[] => {
  const top = snapshot.get(workload)
  if (top) return ownedTree(snapshot, top)
  const members = snapshot.membersOf(workload)
  const uids = new Set(members.map(({ uid }) => uid))
  return members
    .filter((member) => !uids.has(controllerOf(member)?.uid ?? ''))
    .sort((a, b) => (objectKey(a.ref) < objectKey(b.ref) ? -1 : 1))
    .map((member) => ({ ...nameOf(member), children: ownedTree(snapshot, member) }))
}

/** A Deployment keeps its former ReplicaSets, scaled to nothing; they say nothing of what runs. */
const isInUse = ({ ref, body }: ObjectVersion): boolean =>
  ref.kind !== 'ReplicaSet' || !isObject(body.spec) || body.spec.replicas !== 0

const nameOf = ({ ref, body }: ObjectVersion): Omit<OwnedObject, 'children'> => {
  const phase = isObject(body.status) ? body.status.phase : undefined
  return {
    group: ref.group,
    version: ref.version,
    kind: ref.kind,
    name: ref.name,
    phase: typeof phase === 'string' ? phase : '',
  }
}

/** Undefined when the template is fine (then its pods are older than it), is not seen, or needs more than settings. */
const patchTowards = (snapshot: Snapshot, { workload, level }: Assessment): JsonObject | undefined => {
  const next: PodSecurityLevel | undefined = podSecurityLevels[podSecurityLevels.indexOf(level) + 1]
  const top = snapshot.get(workload)
  const template = top && podTemplateOf(top.body)
  const reached = top && judge(top)?.level
  if (!next || !template || !reached || compareLevels(reached, next) >= 0) return undefined
  const { patch, unmendable } = remedyFor({ level: next, version: 'latest' }, template)
  return unmendable.length > 0 ? undefined : patch
}
