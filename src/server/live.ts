import type { EventRow } from '../model/answer.ts'
import { eventRowOf } from '../model/event-row.ts'
import type { PlacedRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import { createExemptions } from '../posture/exemptions.ts'
import { Posture } from '../posture/posture.ts'
import type { LiveSink } from '../recorder/index.ts'
import { ClusterState } from '../state/cluster-state.ts'

/** The cluster as it is, what the checks say of it, and the sink that keeps both up to date. */
export interface Live {
  readonly state: ClusterState
  readonly posture: Posture
  readonly exempt: (namespace: string) => string
  readonly sink: LiveSink
  /** From now on, versions of objects received before `time` are not state: everything is about to be listed anew. */
  forgetBefore(time: Micros): void
}

/** Takes the new rows of the page Events, oldest first, while somebody wants them. */
export interface Rows {
  isWanted(): boolean
  publish(rows: readonly EventRow[]): void
  skip(): void
}

export const createLive = (rows: Rows): Live => {
  const state = new ClusterState()
  const exemptions = createExemptions()
  let from: Micros = 0
  const posture = new Posture(state, { exempt: exemptions.reason })
  return {
    state,
    posture,
    exempt: exemptions.reason,
    forgetBefore: (time) => {
      from = time
    },
    sink: {
      name: 'live state',
      take: (records: readonly PlacedRecord[]) => {
        for (const { record } of records) {
          if (record.kind === 'object' && record.receivedAt >= from) posture.apply(state.apply(record))
          if (record.kind === 'audit') exemptions.learn(record)
        }
        if (!rows.isWanted()) {
          rows.skip()
          return
        }
        const made = records.flatMap(({ record }) => eventRowOf(record) ?? [])
        if (made.length > 0) rows.publish(made)
      },
    },
  }
}
