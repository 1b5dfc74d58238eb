import type { WorkloadRef } from '../model/finding.ts'
import { objectKey } from '../model/object.ts'

/** Which workload each pod and pod maker belongs to, both ways. Keys are those of `objectKey`. */
export class WorkloadIndex {
  readonly #workloadOf = new Map<string, WorkloadRef>()
  readonly #members = new Map<string, { readonly workload: WorkloadRef; readonly keys: Set<string> }>()

  /** Makes an object a member of a workload and of no other; undefined takes it out. Answers the one it was in before. */
  assign(key: string, workload: WorkloadRef | undefined): WorkloadRef | undefined {
    const before = this.#workloadOf.get(key)
    if (before) this.#leave(key, objectKey(before))
    if (!workload) {
      this.#workloadOf.delete(key)
      return before
    }
    const workloadKey = objectKey(workload)
    const known = this.#members.get(workloadKey)
    const entry = known ?? { workload, keys: new Set<string>() }
    if (!known) this.#members.set(workloadKey, entry)
    entry.keys.add(key)
    this.#workloadOf.set(key, entry.workload)
    return before
  }

  workloadOf(key: string): WorkloadRef | undefined {
    return this.#workloadOf.get(key)
  }

  membersOf(workload: WorkloadRef): Iterable<string> {
    return this.#members.get(objectKey(workload))?.keys ?? []
  }

  *workloads(): Iterable<WorkloadRef> {
    for (const { workload } of this.#members.values()) yield workload
  }

  #leave(key: string, workloadKey: string): void {
    const entry = this.#members.get(workloadKey)
    entry?.keys.delete(key)
    if (entry?.keys.size === 0) this.#members.delete(workloadKey)
  }
}
