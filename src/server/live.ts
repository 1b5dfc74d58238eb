/**
 * The cluster as it is, what the checks say of it, and the live rows of the page Events. Records are looked through in the
 * thread that parses them, and only what is of use here comes over.
 */
import { subjectPart } from '../detect/subject-part.ts'
import type { EventRow } from '../model/answer.ts'
import { eventRowOf } from '../model/event-row.ts'
import type { ObjectVersion } from '../model/object.ts'
import type { AuditRecord } from '../model/record.ts'
import type { Micros } from '../model/time.ts'
import { createExemptions, tellsOfExemption } from '../posture/exemptions.ts'
import { Posture } from '../posture/posture.ts'
import type { Channel, LiveSink } from '../recorder/index.ts'
import { ClusterState } from '../state/cluster-state.ts'
import type { Snapshot } from '../state/snapshot.ts'

export interface Live {
  readonly state: ClusterState
  readonly posture: Posture
  readonly exempt: (namespace: string) => string
  /** Takes in what is known of an object from an earlier run. */
  remember(version: ObjectVersion): void
  /** From now on, versions of objects received before `time` are not state: everything is about to be listed anew. */
  forgetBefore(time: Micros): void
}

/** Takes the new rows of the page Events, oldest first, while somebody wants them. */
export interface Rows {
  isWanted(): boolean
  /** Calls `listener` when somebody begins to want them. */
  onWanted(listener: () => void): void
  publish(rows: readonly EventRow[]): void
  skip(): void
}

/** What of an entry is of use to the live state and the page. */
export interface FromLive {
  readonly objects: readonly ObjectVersion[]
  readonly exemptions: readonly Pick<AuditRecord, 'target' | 'event'>[]
  /** Undefined where none were wanted. */
  readonly rows: readonly EventRow[] | undefined
}

export type ToLive =
  | { readonly kind: 'remember'; readonly versions: readonly ObjectVersion[] }
  | { readonly kind: 'forget'; readonly before: Micros }
  | { readonly kind: 'rows'; readonly wanted: boolean }

const rememberedAtOnce = 200

/** The half beside the API. */
export const createLive = (rows: Rows, channel: Channel<FromLive, ToLive>): Live => {
  const state = new ClusterState()
  const exemptions = createExemptions()
  let from: Micros = 0
  let remembered: ObjectVersion[] = []
  const posture = new Posture(state, { exempt: exemptions.reason })
  const apply = (version: ObjectVersion): void => posture.apply(state.apply(version))
  const sendRemembered = (): void => {
    if (remembered.length > 0) channel.send({ kind: 'remember', versions: remembered })
    remembered = []
  }
  let wanted = false
  const askForRows = (): void => {
    if (rows.isWanted() === wanted) return
    wanted = !wanted
    channel.send({ kind: 'rows', wanted })
  }
  rows.onWanted(askForRows)
  channel.receive((part) => {
    for (const version of part.objects) if (version.receivedAt >= from) apply(version)
    for (const record of part.exemptions) exemptions.learn(record)
    if (part.rows === undefined) rows.skip()
    else if (part.rows.length > 0) rows.publish(part.rows)
    askForRows()
  })
  return {
    state,
    posture,
    exempt: exemptions.reason,
    remember: (version) => {
      apply(version)
      remembered.push(subjectPart(version))
      if (remembered.length === 1) setImmediate(sendRemembered)
      if (remembered.length >= rememberedAtOnce) sendRemembered()
    },
    forgetBefore: (time) => {
      from = time
      sendRemembered()
      channel.send({ kind: 'forget', before: time })
    },
  }
}

/** The half in the thread of the records: its sink, and as much of the state as says where a record happened. */
export const liveHere = (
  channel: Channel<ToLive, FromLive>,
): { readonly sink: LiveSink; readonly subjectsOf: (cluster: string) => Snapshot | undefined } => {
  const subjects = new ClusterState()
  let cluster: string | undefined
  const apply = (version: ObjectVersion): void => {
    cluster = version.cluster
    subjects.apply(version)
  }
  let from: Micros = 0
  let wanted = false
  let isSkipTold = false
  channel.receive((message) => {
    switch (message.kind) {
      case 'remember':
        for (const version of message.versions) apply(version)
        break
      case 'forget':
        from = message.before
        break
      case 'rows':
        wanted = message.wanted
        isSkipTold = false
    }
  })
  const sink: LiveSink = {
    name: 'live state',
    take: (records) => {
      const objects: ObjectVersion[] = []
      const exemptions: FromLive['exemptions'][number][] = []
      for (const { record } of records) {
        if (record.kind === 'object') {
          objects.push(record)
          if (record.receivedAt >= from) apply(subjectPart(record))
        } else if (record.kind === 'audit' && tellsOfExemption(record)) {
          exemptions.push({ target: record.target, event: { annotations: record.event.annotations ?? null } })
        }
      }
      const rows = wanted ? records.flatMap(({ record }) => eventRowOf(record) ?? []) : undefined
      const isOfUse = objects.length + exemptions.length + (rows?.length ?? 0) > 0
      // That rows went by is told once: nobody can go on from a position before.
      if (!isOfUse && (rows !== undefined || isSkipTold)) return
      isSkipTold = rows === undefined
      channel.send({ objects, exemptions, rows })
    },
  }
  return { sink, subjectsOf: (of) => (of === cluster ? subjects : undefined) }
}
