/**
 * A recording is a file of zstd-compressed JSON lines. The first line is the header, every further line one entry;
 * entries are in order of time.
 *
 * Shapes, one a line:
 *   {"bulwark":"recording","version":1,"cluster":"shop","from":"…","to":"…","description":"…","records":123}
 *   {"t":"<RFC 3339>","s":"audit","d":{…audit.k8s.io/v1 Event…}}
 *   {"t":"<RFC 3339>","s":"falco","d":{…an alert as Falco writes it…}}
 *   {"t":"<RFC 3339>","s":"tetragon","d":{…an event as Tetragon exports it…}}
 *   {"t":"<RFC 3339>","s":"objects","d":{…ObjectVersion without kind, receivedAt, cluster, source…}}
 *   {"t":"<RFC 3339>","s":"gaps","d":{…Gap without kind, receivedAt, cluster, source…}}
 */
import type { JsonObject } from './json.ts'
import type { StreamId } from './source.ts'

export const recordingVersion = 1

/** First line of a recording. Times are RFC 3339. */
export interface RecordingHeader {
  readonly bulwark: 'recording'
  readonly version: number
  readonly cluster: string
  readonly from: string
  readonly to: string
  /** How it was made, for a person; shown on every page. */
  readonly description: string
  readonly records: number
}

/** One entry of a recording: `t` its moment, `s` its stream, `d` its record. */
export interface RecordingLine {
  readonly t: string
  readonly s: StreamId
  readonly d: JsonObject
}
