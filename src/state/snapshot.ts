import type { WorkloadRef } from '../model/finding.ts'
import type { ObjectRef, ObjectVersion } from '../model/object.ts'
import type { Micros } from '../model/time.ts'

/** Names an object over all its lives: the API version and the plural do not count. */
export type ObjectName = Pick<ObjectRef, 'group' | 'kind' | 'namespace' | 'name'>

/** Undefined members match everything; empty texts are the core group and the cluster-scoped objects. */
export interface ObjectFilter {
  readonly group?: string | undefined
  readonly kind?: string | undefined
  readonly namespace?: string | undefined
}

/** All objects at one moment, live or past: what posture and the engines read. Nobody reading it can change it. */
export interface Snapshot {
  /** The newest moment that it knows of; 0 while it is empty. */
  readonly time: Micros
  /** Grows with each change. */
  readonly version: number
  readonly size: number
  get(object: ObjectName): ObjectVersion | undefined
  objects(filter: ObjectFilter): Iterable<ObjectVersion>
  /** How many objects of each kind, for the kinds that have any. */
  kinds(): Iterable<{ readonly ref: ObjectRef; readonly count: number }>
  /** Names of the namespaces that exist or hold an object. */
  namespaces(): Iterable<string>
  /** When the newest change of an object in this namespace was observed; 0 when none was. */
  lastChange(namespace: string): Micros
  /** From the controller of the object up to the top, as far as it is known; a missing owner is named by its dependant. */
  ownersOf(object: ObjectName): readonly ObjectRef[]
  /** The objects whose controller this one is, in order of kind and name. */
  ownedBy(object: ObjectName): readonly ObjectVersion[]
  /** The workload that an object is, or is a part of; undefined for an object that has nothing to do with pods. */
  workloadOf(object: ObjectName): WorkloadRef | undefined
  /** Every workload, in no promised order. */
  workloads(): Iterable<WorkloadRef>
  /** Pods, ReplicaSets, Jobs and so on that belong to a workload, the workload's own object included. */
  membersOf(workload: WorkloadRef): readonly ObjectVersion[]
}

/** What one object version did to the state. */
export type StateChange =
  | { readonly kind: 'ignored' }
  | {
      readonly kind: 'added' | 'modified' | 'deleted'
      readonly object: ObjectName
      readonly before: ObjectVersion | undefined
      readonly after: ObjectVersion | undefined
      /** Workloads that gained, lost or changed a member. */
      readonly workloads: readonly WorkloadRef[]
    }
