import type { WorkloadRef } from '../model/finding.ts'
import { type ObjectVersion, objectKey } from '../model/object.ts'
import type { ClusterCounts, NamespacePosture, WorkloadRow } from '../model/posture.ts'
import type { Snapshot, StateChange } from '../state/snapshot.ts'
import { type Assessment, assess } from './assess.ts'
import { countFindings, RunningCounts } from './counts.ts'
import { namespacePosture } from './namespaces.ts'
import { judge, type Subject } from './subject.ts'

export interface PostureOptions {
  /** Why a namespace is exempt from Pod Security admission, empty when it is not known to be. */
  readonly exempt?: (namespace: string) => string
}

/** How much was done since the start; a test proves by it that a change re-checks only what it touches. */
export interface PostureWork {
  /** Objects on which the checks ran. */
  readonly judged: number
  readonly assessed: number
  readonly namespaces: number
}

/** A workload's assessment, with what lists say of it. */
interface Entry {
  readonly assessment: Assessment
  readonly row: WorkloadRow
}

/**
 * What the checks say of a cluster, kept up to date. `apply` only notes what a change touches; the checks run when
 * somebody reads, so that a burst of changes costs one run.
 */
export class Posture {
  readonly #snapshot: Snapshot
  readonly #exempt: (namespace: string) => string
  readonly #entries = new Map<string, Entry>()
  readonly #counts = new RunningCounts()
  readonly #byNamespace = new Map<string, Map<string, Entry>>()
  readonly #namespaces = new Map<string, NamespacePosture>()
  readonly #staleWorkloads = new Map<string, WorkloadRef>()
  /** Verdicts of object versions, for as long as the state holds these. */
  #subjects = new WeakMap<ObjectVersion, { readonly subject: Subject | undefined }>()
  #judged = 0
  #assessed = 0
  #namespacesMade = 0

  constructor(snapshot: Snapshot, { exempt = () => '' }: PostureOptions = {}) {
    this.#snapshot = snapshot
    this.#exempt = exempt
    for (const workload of snapshot.workloads()) this.#staleWorkloads.set(objectKey(workload), workload)
  }

  get snapshot(): Snapshot {
    return this.#snapshot
  }

  get work(): PostureWork {
    return { judged: this.#judged, assessed: this.#assessed, namespaces: this.#namespacesMade }
  }

  /** Notes a change that was applied to the snapshot. */
  apply(change: StateChange): void {
    if (change.kind === 'ignored') return
    const { object } = change
    for (const workload of change.workloads) this.#staleWorkloads.set(objectKey(workload), workload)
    this.#namespaces.delete(object.group === '' && object.kind === 'Namespace' ? object.name : object.namespace)
  }

  counts(): ClusterCounts {
    this.#settle()
    return this.#counts.sums(Array.from(this.#snapshot.namespaces()).length)
  }

  /** In no promised order. */
  rows(): readonly WorkloadRow[] {
    this.#settle()
    return Array.from(this.#entries.values(), ({ row }) => row)
  }

  assessments(): readonly Assessment[] {
    this.#settle()
    return Array.from(this.#entries.values(), ({ assessment }) => assessment)
  }

  assessment(workload: WorkloadRef): Assessment | undefined {
    this.#settle()
    return this.#entries.get(objectKey(workload))?.assessment
  }

  namespaces(): readonly NamespacePosture[] {
    this.#settle()
    return Array.from(this.#snapshot.namespaces(), (name) => this.#namespace(name))
  }

  #namespace(name: string): NamespacePosture {
    const exempt = this.#exempt(name)
    const known = this.#namespaces.get(name)
    if (known?.exempt === exempt) return known
    const entries = Array.from(this.#byNamespace.get(name)?.values() ?? [], ({ assessment }) => assessment)
    const made = namespacePosture(this.#snapshot, name, entries, exempt)
    this.#namespacesMade += 1
    this.#namespaces.set(name, made)
    return made
  }

  #settle(): void {
    for (const [key, workload] of this.#staleWorkloads) {
      const members = this.#snapshot.membersOf(workload)
      if (members.length === 0) this.#remove(key, workload)
      else this.#set(key, assess(this.#snapshot, workload, this.#judge))
      this.#namespaces.delete(workload.namespace)
    }
    this.#staleWorkloads.clear()
  }

  #set(key: string, assessment: Assessment): void {
    this.#assessed += 1
    const before = this.#entries.get(key)
    if (before) this.#counts.remove(before.row)
    const { workload, level, pods } = assessment
    const entry = { assessment, row: { workload, level, pods, findings: countFindings([assessment]) } }
    this.#entries.set(key, entry)
    this.#counts.add(entry.row)
    const known = this.#byNamespace.get(workload.namespace)
    if (known) known.set(key, entry)
    else this.#byNamespace.set(workload.namespace, new Map([[key, entry]]))
  }

  #remove(key: string, { namespace }: WorkloadRef): void {
    const before = this.#entries.get(key)
    if (before) this.#counts.remove(before.row)
    this.#entries.delete(key)
    this.#byNamespace.get(namespace)?.delete(key)
  }

  readonly #judge = (object: ObjectVersion): Subject | undefined => {
    const known = this.#subjects.get(object)
    if (known) return known.subject
    this.#judged += 1
    const subject = judge(object)
    this.#subjects.set(object, { subject })
    return subject
  }
}
