import type { EventRow } from '../model/answer.ts'
import { eventRowOf } from '../model/event-row.ts'
import type { PlacedRecord } from '../model/record.ts'
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
}

/** `publish` gets the new rows of the page Events, oldest first. */
export const createLive = (publish: (rows: readonly EventRow[]) => void): Live => {
  const state = new ClusterState()
  const exemptions = createExemptions()
  const posture = new Posture(state, { exempt: exemptions.reason })
  return {
    state,
    posture,
    exempt: exemptions.reason,
    sink: {
      name: 'live state',
      take: (records: readonly PlacedRecord[]) => {
        const rows: EventRow[] = []
        for (const { record } of records) {
          if (record.kind === 'object') posture.apply(state.apply(record))
          if (record.kind === 'audit') exemptions.learn(record)
          const row = eventRowOf(record)
          if (row !== undefined) rows.push(row)
        }
        if (rows.length > 0) publish(rows)
      },
    },
  }
}
