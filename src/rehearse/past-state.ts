import type { Subject, SubjectOf } from '../detect/subject.ts'
import { createSubjects } from '../detect/subjects.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { BulwarkRecord, PlacedRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import { ClusterState } from '../state/cluster-state.ts'

/** Sensors tell late, and whoever looked at once saw the state as it was by then; what came later than this saw a later one. */
const longestDelay: Micros = 10_000_000

/**
 * The clusters as they were when a record was judged, so that its workload and service account are found as they were
 * live. It goes along with the records, in their order, and never back.
 */
export class PastState {
  readonly #versions: AsyncIterator<ObjectVersion>
  readonly #clusters = new Map<string, ClusterState>()
  readonly #subjects: SubjectOf
  #next: ObjectVersion | undefined
  #isBegun = false

  /** `versions`: objects in the order in which they were observed. */
  constructor(versions: AsyncIterable<ObjectVersion>) {
    this.#versions = versions[Symbol.asyncIterator]()
    this.#subjects = createSubjects((cluster) => this.#clusters.get(cluster))
  }

  /** As of the records that {@link parts} handed out last. */
  readonly subjectOf: SubjectOf = (record): Subject | undefined => this.#subjects(record)

  /** The batch in parts between which the state changed: each is to be judged before the next one is asked for. */
  async *parts(batch: readonly PlacedRecord[]): AsyncGenerator<readonly PlacedRecord[]> {
    let part: PlacedRecord[] = []
    for (const placed of batch) {
      const moment = judgedAt(placed.record)
      if (moment !== undefined && (await this.#isBehind(moment))) {
        if (part.length > 0) yield part
        part = []
        await this.#catchUp(moment)
      }
      part.push(placed)
    }
    if (part.length > 0) yield part
  }

  /** Nothing more is asked of the record. */
  async close(): Promise<void> {
    await this.#versions.return?.()
  }

  async #isBehind(moment: Micros): Promise<boolean> {
    if (!this.#isBegun) {
      this.#isBegun = true
      await this.#advance()
    }
    return this.#next !== undefined && this.#next.time <= moment
  }

  async #catchUp(moment: Micros): Promise<void> {
    while (this.#next !== undefined && this.#next.time <= moment) {
      const { cluster } = this.#next
      const state = this.#clusters.get(cluster) ?? new ClusterState()
      this.#clusters.set(cluster, state)
      state.apply(this.#next)
      await this.#advance()
    }
  }

  async #advance(): Promise<void> {
    const next = await this.#versions.next()
    this.#next = next.done === true ? undefined : next.value
  }
}

/** When it was received, or soon after it happened; undefined where nobody asks the state about it. */
const judgedAt = (record: BulwarkRecord): Micros | undefined =>
  record.kind === 'runtime' || record.kind === 'object'
    ? Math.min(record.receivedAt, record.time + longestDelay)
    : undefined
