import type { WorkloadRef } from '../model/finding.ts'
import { isObject } from '../model/json.ts'
import type { ObjectRef, ObjectVersion } from '../model/object.ts'
import { objectKey } from '../model/object.ts'
import { type Micros, parseMicros } from '../model/time.ts'
import { controllerOf, isWorkloadKind, maxOwners, ownerChain, workloadIn } from './ownership.ts'
import { isOlderVersion } from './resource-version.ts'
import type { ObjectFilter, ObjectName, Snapshot, StateChange } from './snapshot.ts'
import { WorkloadIndex } from './workload-index.ts'

/** How many deleted objects are remembered, so that a late word of one does not bring it back. */
const maxGraves = 4096

/**
 * The objects of one cluster and the indexes over them. Fed by `apply`, in the order in which versions were observed;
 * read as a {@link Snapshot}. Bodies are kept as given, by reference.
 *
 * Kubernetes Events are not state: they are records, and are left out.
 */
export class ClusterState implements Snapshot {
  #time: Micros = 0
  #version = 0
  readonly #objects = new Map<string, ObjectVersion>()
  readonly #byKind = new Map<string, Map<string, ObjectVersion>>()
  readonly #byNamespace = new Map<string, Set<string>>()
  readonly #byUid = new Map<string, string>()
  /** Controller's uid → keys of its dependants, whether the controller is here or not. */
  readonly #dependants = new Map<string, Set<string>>()
  readonly #lastChange = new Map<string, Micros>()
  /** uid → resourceVersion at which it was deleted; oldest first. */
  readonly #graves = new Map<string, string>()
  readonly #workloads = new WorkloadIndex()

  get time(): Micros {
    return this.#time
  }

  get version(): number {
    return this.#version
  }

  get size(): number {
    return this.#objects.size
  }

  /**
   * Takes one object version in. Ignored are: a version with a lower resourceVersion than the one known of the same uid
   * (both numeric; any other order cannot be known), an exact repetition, and a delete or late word of an earlier uid.
   * Of different uids under one name the later observed wins.
   */
  apply(version: ObjectVersion): StateChange {
    if (version.time > this.#time) this.#time = version.time
    if (isEvent(version.ref)) return { kind: 'ignored' }
    const key = objectKey(version.ref)
    const known = this.#objects.get(key)
    return version.change === 'deleted' ? this.#delete(key, known, version) : this.#put(key, known, version)
  }

  get(object: ObjectName): ObjectVersion | undefined {
    return this.#objects.get(objectKey(object))
  }

  *objects({ group, kind, namespace }: ObjectFilter): Iterable<ObjectVersion> {
    const matches = ({ ref }: ObjectVersion): boolean =>
      (group === undefined || ref.group === group) &&
      (kind === undefined || ref.kind === kind) &&
      (namespace === undefined || ref.namespace === namespace)
    for (const version of this.#smallest(group, kind, namespace)) if (matches(version)) yield version
  }

  *kinds(): Iterable<{ readonly ref: ObjectRef; readonly count: number }> {
    for (const versions of this.#byKind.values()) {
      const [first] = versions.values()
      if (first) yield { ref: first.ref, count: versions.size }
    }
  }

  *namespaces(): Iterable<string> {
    const names = new Set(this.#byNamespace.keys())
    names.delete('')
    for (const { ref } of this.objects({ group: '', kind: 'Namespace' })) names.add(ref.name)
    yield* names
  }

  lastChange(namespace: string): Micros {
    return this.#lastChange.get(namespace) ?? 0
  }

  ownersOf(object: ObjectName): readonly ObjectRef[] {
    const version = this.get(object)
    return version ? ownerChain(version, this.#byUidNow) : []
  }

  ownedBy(object: ObjectName): readonly ObjectVersion[] {
    const uid = this.get(object)?.uid
    if (!uid) return []
    return this.#versions(this.#dependants.get(uid) ?? []).sort(byKindAndName)
  }

  workloadOf(object: ObjectName): WorkloadRef | undefined {
    return this.#workloads.workloadOf(objectKey(object))
  }

  workloads(): Iterable<WorkloadRef> {
    return this.#workloads.workloads()
  }

  membersOf(workload: WorkloadRef): readonly ObjectVersion[] {
    return this.#versions(this.#workloads.membersOf(workload))
  }

  #put(key: string, known: ObjectVersion | undefined, version: ObjectVersion): StateChange {
    if (this.#isDead(version)) return { kind: 'ignored' }
    const sameLife = known !== undefined && isSameLife(known, version)
    if (sameLife) {
      if (isOlderVersion(version.resourceVersion, known.resourceVersion)) return { kind: 'ignored' }
      if (version.resourceVersion !== '' && version.resourceVersion === known.resourceVersion)
        return { kind: 'ignored' }
    }
    this.#graves.delete(version.uid)
    // An object that stays under the same owner keeps its own and its dependants' workload.
    const settled = sameLife && known.uid === version.uid && controllerOf(known)?.uid === controllerOf(version)?.uid
    const affected = settled ? [] : this.#withDependants(key, [known?.uid, version.uid])
    if (known && !settled) this.#unlink(key, known)
    this.#objects.set(key, version)
    kindOf(this.#byKind, version.ref).set(key, version)
    if (!settled) this.#link(key, version)
    return this.#changed(known ? 'modified' : 'added', known, version, affected, changeTime(version))
  }

  #delete(key: string, known: ObjectVersion | undefined, version: ObjectVersion): StateChange {
    this.#bury(version)
    if (!known || !isSameLife(known, version)) return { kind: 'ignored' }
    const affected = this.#withDependants(key, [known.uid])
    this.#unlink(key, known)
    this.#objects.delete(key)
    const ofKind = kindOf(this.#byKind, known.ref)
    ofKind.delete(key)
    if (ofKind.size === 0) this.#byKind.delete(kindKey(known.ref))
    return this.#changed('deleted', known, version, affected, version.time)
  }

  #changed(
    kind: 'added' | 'modified' | 'deleted',
    before: ObjectVersion | undefined,
    version: ObjectVersion,
    affected: Iterable<string>,
    time: Micros,
  ): StateChange {
    this.#version += 1
    const object = version.ref
    const namespace = namespaceOf(object)
    if (time > this.lastChange(namespace)) this.#lastChange.set(namespace, time)
    const workloads = new Map<string, WorkloadRef>()
    const note = (workload: WorkloadRef | undefined) => workload && workloads.set(objectKey(workload), workload)
    for (const key of affected) {
      note(this.#workloads.assign(key, this.#resolve(key)))
      note(this.#workloads.workloadOf(key))
    }
    note(this.workloadOf(object))
    const after = kind === 'deleted' ? undefined : version
    return { kind, object, before, after, workloads: [...workloads.values()] }
  }

  #resolve(key: string): WorkloadRef | undefined {
    const version = this.#objects.get(key)
    if (!version || !isWorkloadKind(version.ref)) return undefined
    const { group, kind, namespace, name } = workloadIn(version.ref, ownerChain(version, this.#byUidNow))
    return { group, kind, namespace, name }
  }

  /** The object and all below it, as far down as owners are followed up. */
  #withDependants(key: string, uids: readonly (string | undefined)[]): ReadonlySet<string> {
    const found = new Set([key])
    let level = uids
    for (let depth = 0; depth < maxOwners && level.length > 0; depth++) {
      const next: string[] = []
      for (const uid of level) {
        for (const dependant of (uid ? this.#dependants.get(uid) : undefined) ?? []) {
          if (found.has(dependant)) continue
          found.add(dependant)
          next.push(this.#objects.get(dependant)?.uid ?? '')
        }
      }
      level = next
    }
    return found
  }

  #link(key: string, version: ObjectVersion): void {
    if (version.uid) this.#byUid.set(version.uid, key)
    setOf(this.#byNamespace, version.ref.namespace).add(key)
    const owner = controllerOf(version)?.uid
    if (owner) setOf(this.#dependants, owner).add(key)
  }

  #unlink(key: string, version: ObjectVersion): void {
    if (this.#byUid.get(version.uid) === key) this.#byUid.delete(version.uid)
    remove(this.#byNamespace, version.ref.namespace, key)
    const owner = controllerOf(version)?.uid
    if (owner) remove(this.#dependants, owner, key)
  }

  /** A relist may bring back what was thought deleted; only a word older than the delete is refused. */
  #isDead({ uid, change, synthesised, resourceVersion }: ObjectVersion): boolean {
    const grave = this.#graves.get(uid)
    return grave !== undefined && change !== 'listed' && !synthesised && !isOlderVersion(grave, resourceVersion)
  }

  #bury({ uid, resourceVersion }: ObjectVersion): void {
    if (!uid) return
    this.#graves.set(uid, resourceVersion)
    if (this.#graves.size <= maxGraves) return
    for (const oldest of this.#graves.keys()) {
      this.#graves.delete(oldest)
      break
    }
  }

  #smallest(
    group: string | undefined,
    kind: string | undefined,
    namespace: string | undefined,
  ): Iterable<ObjectVersion> {
    if (group !== undefined && kind !== undefined) return this.#byKind.get(kindKey({ group, kind }))?.values() ?? []
    if (namespace !== undefined) return this.#versions(this.#byNamespace.get(namespace) ?? [])
    return this.#objects.values()
  }

  #versions(keys: Iterable<string>): ObjectVersion[] {
    return Array.from(keys, (key) => this.#objects.get(key)).filter((version) => version !== undefined)
  }

  readonly #byUidNow = (uid: string): ObjectVersion | undefined => {
    const key = this.#byUid.get(uid)
    return key === undefined ? undefined : this.#objects.get(key)
  }
}

/** The state that a stream of versions adds up to: a past moment from the record, or the documents of a file. */
export const stateOf = async (
  versions: Iterable<ObjectVersion> | AsyncIterable<ObjectVersion>,
): Promise<ClusterState> => {
  const state = new ClusterState()
  for await (const version of versions) state.apply(version)
  return state
}

/** Events exist twice, in the core group and in their own. */
const isEvent = ({ group, kind }: ObjectRef): boolean => kind === 'Event' && (group === '' || group === 'events.k8s.io')

/** A Namespace belongs to itself: a change of its labels is a change in it. */
const namespaceOf = ({ group, kind, namespace, name }: ObjectRef): string =>
  group === '' && kind === 'Namespace' ? name : namespace

/**
 * When an object changed. What a list shows may be old: there the object's own word is taken, the newest of its field
 * managers' times and its creation.
 */
const changeTime = ({ change, synthesised, time, body }: ObjectVersion): Micros => {
  if (change !== 'listed' && !synthesised) return time
  const managed: unknown = body.metadata?.managedFields
  const entries = Array.isArray(managed) ? managed.slice(0, 256) : []
  const told = [body.metadata?.creationTimestamp, ...entries.map((entry) => (isObject(entry) ? entry.time : undefined))]
  const known = told.map((text) => (typeof text === 'string' ? parseMicros(text) : undefined))
  return Math.min(time, Math.max(0, ...known.filter((moment) => moment !== undefined)))
}

/** Versions without a uid (files, damaged records) cannot be told apart, and count as the same. */
const isSameLife = (a: ObjectVersion, b: ObjectVersion): boolean => a.uid === b.uid || a.uid === '' || b.uid === ''

const kindKey = ({ group, kind }: Pick<ObjectRef, 'group' | 'kind'>): string => `${group}/${kind}`

const byKindAndName = (a: ObjectVersion, b: ObjectVersion): number => {
  const [left, right] = [objectKey(a.ref), objectKey(b.ref)]
  return left < right ? -1 : left > right ? 1 : 0
}

const kindOf = (index: Map<string, Map<string, ObjectVersion>>, ref: ObjectRef): Map<string, ObjectVersion> => {
  const known = index.get(kindKey(ref))
  if (known) return known
  const fresh = new Map<string, ObjectVersion>()
  index.set(kindKey(ref), fresh)
  return fresh
}

const setOf = (index: Map<string, Set<string>>, at: string): Set<string> => {
  const known = index.get(at)
  if (known) return known
  const fresh = new Set<string>()
  index.set(at, fresh)
  return fresh
}

const remove = (index: Map<string, Set<string>>, at: string, key: string): void => {
  const keys = index.get(at)
  keys?.delete(key)
  if (keys?.size === 0) index.delete(at)
}
