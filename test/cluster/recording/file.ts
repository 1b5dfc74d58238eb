import { createWriteStream } from 'node:fs'
import { rename } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import type { JsonObject } from '../../../src/model/json.ts'
import { isObject } from '../../../src/model/json.ts'
import { type RecordingHeader, type RecordingLine, recordingVersion } from '../../../src/model/recording.ts'
import { formatMicros, microsFromMillis, parseMicros } from '../../../src/model/time.ts'
import { receive } from '../../../src/sources/cluster/body.ts'
import { refOf } from '../../../src/sources/cluster/kind.ts'
import { textAt } from '../client.ts'
import type { Observation } from './watch.ts'

/**
 * Writes a recording: header, then everything in order of time. The file appears whole or not at all. Bodies are kept
 * as Bulwark's own source of a cluster keeps them: of Secrets the names of the keys, nothing else.
 */
export async function writeRecording(
  path: string,
  about: { readonly cluster: string; readonly description: string; readonly from: number; readonly to: number },
  audit: readonly unknown[],
  observations: readonly Observation[],
): Promise<{ readonly records: number }> {
  const from = microsFromMillis(about.from)
  const to = microsFromMillis(about.to)
  const lines = [...audit.map(auditLine), ...observations.map(objectLine)]
    .filter(({ time }) => time >= from && time <= to)
    .sort((a, b) => a.time - b.time)
    .map(({ line }) => line)
  const header: RecordingHeader = {
    bulwark: 'recording',
    version: recordingVersion,
    cluster: about.cluster,
    from: formatMicros(from),
    to: formatMicros(to),
    description: about.description,
    records: lines.length,
  }
  const text = [header, ...lines].map((line) => `${JSON.stringify(line)}\n`)
  const compress = createZstdCompress({
    params: {
      [constants.ZSTD_c_compressionLevel]: 19,
      [constants.ZSTD_c_windowLog]: 24, // 16 MiB: events much like each other lie minutes apart
      [constants.ZSTD_c_checksumFlag]: 1,
    },
  })
  await pipeline(Readable.from(text), compress, createWriteStream(`${path}.new`))
  await rename(`${path}.new`, path)
  return { records: lines.length }
}

type Timed = { readonly time: number; readonly line: RecordingLine }

function auditLine(event: unknown): Timed {
  if (!isObject(event)) throw new Error(`an audit event is no object: ${JSON.stringify(event)}`)
  const time = parseMicros(textAt(event, 'stageTimestamp'))
  if (time === undefined) throw new Error(`an audit event without a time: ${JSON.stringify(event)}`)
  return { time, line: { t: formatMicros(time), s: 'audit', d: event } }
}

function objectLine({ time: millis, kind, change, object }: Observation): Timed {
  const time = microsFromMillis(millis)
  const received = isObject(object) ? receive(kind, object) : undefined
  if (received === undefined) throw new Error(`no object: ${JSON.stringify(object)}`)
  const { uid, resourceVersion, namespace, name, body } = received
  const ref = { ...refOf(kind, namespace, name) }
  const d: JsonObject = { time, ref, uid, resourceVersion, change, synthesised: false, body }
  return { time, line: { t: formatMicros(time), s: 'objects', d } }
}
