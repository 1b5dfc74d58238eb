import type { RecordingStatus } from '../api/contract/answers.ts'
import type { KindRow } from '../model/answer.ts'
import type { Source } from '../model/source.ts'
import type { Recorder } from '../recorder/index.ts'
import type { Store } from '../store/index.ts'
import type { Log } from '../telemetry/log.ts'
import type { Live } from './live.ts'
import type { SensorReceiver } from './sensor-sources.ts'

/** The parts that a kind of watching is connected to. */
export interface Connected {
  readonly recorder: Recorder
  readonly store: Store
  readonly live: Live
  /** Begins to hand over what is recorded, with what was not stored before. */
  readonly deliver: () => void
  readonly log: Log
}

/** What is watched: a cluster with its audit log, or a recording. */
export interface Watching {
  /** The cluster's name in every record. */
  readonly cluster: string
  /** Set for a recording. */
  readonly recording: RecordingStatus | undefined
  /** The sources that were made so far. */
  sources(): readonly Source[]
  kinds(): readonly KindRow[]
  /** Where the audit webhook is received, and the token that it has to bear. */
  audit(): { readonly url: string; readonly token: string } | undefined
  /** Where runtime sensors are received. */
  sensors(): readonly SensorReceiver[]
  /** Takes what others send by themselves: before anything is replayed, for their senders do not wait. */
  listen(): Promise<void>
  /** Begins to hand records on and to ask for what has to be asked for. Goes on behind; rejects never. */
  begin(): Promise<void>
  stop(): Promise<void>
}
